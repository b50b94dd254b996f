/* Whether one certificate was revoked: what came along is looked at first, then what is
 * remembered and at hand, then what the network says. */
#ifndef TRUST_REVOCATION_H
#define TRUST_REVOCATION_H

#include "trust/evidence.h"
#include "trust/trust.h"

/* What comes along is anybody's, and each of it is compared with each. */
enum { ALONG_MAX = 256 };

/* question->stock is what came along with the request; all is that and what the trust
 * itself has. A question that nobody could answer leaves evidence->trouble. */
void revocation_ask(struct kunci_trust *trust, const struct kunci_path_request *request,
                    const struct question *question, const struct stock *all,
                    struct evidence *evidence);

#endif
