/* Seals: a line that holds the signature, by the authority's audit key, of the hash of the
 * line before it. Who changes what a seal vouches for has to break that key. */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include "audit/ledger.h"

#include <kunci/sign.h>

/* Within the caller's transaction. The signer needs its certificate. Nothing is added to a
 * trail that has not begun, or ends with a seal. */
KUNCI_MUST_USE enum kunci_rc audit_seal(struct store *store, struct kunci_signer *signer,
                                        const char *node, int64_t at, struct kunci_err *err);

/* The certificates by which seals are believed: DER, one after the other. */
struct audit_sealers {
    const unsigned char *certs;
    size_t len;
};

/* A detached signature (CMS, base64) of the text. To be freed. */
KUNCI_MUST_USE enum kunci_rc audit_sign(struct kunci_signer *signer, const char *text, char **out,
                                        struct kunci_err *err);
/* Whether it is one, by one of the sealers; where not, wrong says why: a sentence's part,
 * translated. */
KUNCI_MUST_USE enum kunci_rc audit_signed(const struct audit_sealers *sealers, const char *text,
                                          const char *cms, bool *holds, char wrong[256],
                                          struct kunci_err *err);

#endif
