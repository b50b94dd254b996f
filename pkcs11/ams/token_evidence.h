/* What a holder's token did, shown to the authority: a request for a certificate, and
 * signatures by its old and its new key. docs/rest.md tells what is signed. */
#ifndef AMS_TOKEN_EVIDENCE_H
#define AMS_TOKEN_EVIDENCE_H

#include "ams/held.h"

#include "base/buf.h"

/* A bare signature. */
struct evidence_proof {
    enum kunci_alg alg; /* KUNCI_ALG_NONE: there is no proof */
    struct buf signature;
};

/* Each is proved before it is kept; KUNCI_PROOF_INVALID names what does not hold. */
KUNCI_MUST_USE enum kunci_rc evidence_take_csr(const struct held *held, const unsigned char *der,
                                               size_t len, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc evidence_take_old(const struct held *held,
                                               const struct evidence_proof *proof,
                                               struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc evidence_take_new(const struct held *held,
                                               const struct evidence_proof *proof,
                                               struct kunci_err *err);

/* Whether the request for a certificate is well-formed, lint finds no fault, and its own key has
 * signed it: what can be said of it without the store, by any thread. Then hash is its SHA-256,
 * for the desk, and evidence_take_csr() does not look at all that again. */
bool evidence_is_sound(const unsigned char *der, size_t len, unsigned char hash[32]);

/* That no certificate was issued for the key of the request before. */
KUNCI_MUST_USE enum kunci_rc evidence_check_key(const struct held *held, const unsigned char *csr,
                                                size_t len, struct kunci_err *err);

/* The name of what a deed is shown by; NULL: it is not shown. */
const char *evidence_of(enum deed deed);
/* NULL is always there. */
KUNCI_MUST_USE enum kunci_rc evidence_is_there(const struct held *held, const char *name,
                                               bool *there, struct kunci_err *err);

/* The name that the certificate will have; to be freed. NULL where none is asked for. */
KUNCI_MUST_USE enum kunci_rc evidence_subject(const struct held *held, char **out,
                                              struct kunci_err *err);

#endif
