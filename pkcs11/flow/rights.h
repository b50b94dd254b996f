/* Whether a person may do a step of a request. */
#ifndef FLOW_RIGHTS_H
#define FLOW_RIGHTS_H

#include "flow/request.h"

/* Whether he has that role there today: the step's actor's, or that of whoever was asked.
 * Whose place he takes is left in *of, NULL where it is his own. */
KUNCI_MUST_USE enum kunci_rc rights_check(const struct kunci_request *request, enum role role,
                                          const struct kunci_flow_actor *actor, int64_t now,
                                          const char **of, struct kunci_err *err);

/* That neither he nor the one whose place he takes did what another has to. */
KUNCI_MUST_USE enum kunci_rc rights_check_eyes(const struct kunci_request *request,
                                               const struct step *step, const char *person,
                                               const char *of, struct kunci_err *err);

/* Whether a grant reaches that institution. */
bool rights_cover(const char *scope, const char *institution);

#endif
