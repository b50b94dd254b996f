/* Signatures of a desk judged, for tests of cmocka. */
#ifndef LIB_JUDGED_H
#define LIB_JUDGED_H

#include "lib/signing_desk.h"

#include <kunci/verify.h>

/* The desk's root is believed, and that of the timestamp authority. crl may be NULL: then
 * nobody is asked. */
struct kunci_trust *judged_trust(const struct desk *desk, const char *crl);

/* content may be NULL; to be freed. */
struct kunci_report *judged(struct kunci_trust *trust, const struct desk *desk,
                            const char *signature, const char *content, int64_t now);

/* Fails unless the signature of "letter" is judged so. */
void is_judged(struct kunci_trust *trust, const struct desk *desk, const char *signature,
               int64_t now, enum kunci_indication indication, enum kunci_reason reason);

/* Writes crl.pem, of the issuer: the signer's certificate was revoked at that time. */
void judged_revoke(const struct desk *desk, int64_t revoked_at, int64_t issued_at);

#endif
