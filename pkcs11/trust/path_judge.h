/* One path, as it was put together: whether it holds (RFC 5280, 6.1). */
#ifndef TRUST_PATH_JUDGE_H
#define TRUST_PATH_JUDGE_H

#include "trust/judgement.h"
#include "trust/trust.h"

/* From the certificate to the anchor. Revocation is not looked at. */
bool path_judge(const struct kunci_trust *trust, enum kunci_purpose purpose, int64_t at,
                STACK_OF(X509) * path, struct judgement *out);

#endif
