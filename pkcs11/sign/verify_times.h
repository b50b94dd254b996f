/* When a signature is proved to have existed. */
#ifndef SIGN_VERIFY_TIMES_H
#define SIGN_VERIFY_TIMES_H

#include "cms/read.h"

#include <kunci/verify.h>

/* Judges the timestamps that a signature covers and those over it: content_time becomes
 * the last of the former that is good, best_time the first of the latter. */
KUNCI_MUST_USE enum kunci_rc times_judge(struct kunci_trust *trust, const struct cms *cms,
                                         CMS_SignerInfo *signer, int64_t now,
                                         struct kunci_signature_report *out, struct kunci_err *err);

/* Whether it would have been made before what it covers. */
bool times_contradict(const struct kunci_signature_report *signature);

#endif
