/* When a signature is proved to have existed. */
#ifndef SIGN_VERIFY_TIMES_H
#define SIGN_VERIFY_TIMES_H

#include <kunci/verify.h>
#include <openssl/cms.h>

/* Judges the timestamps over a signature; best_time becomes the earliest that is good. */
KUNCI_MUST_USE enum kunci_rc times_judge(struct kunci_trust *trust, CMS_SignerInfo *signer,
                                         const ASN1_OCTET_STRING *value, int64_t now,
                                         struct kunci_signature_report *out, struct kunci_err *err);

#endif
