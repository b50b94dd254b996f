/* Work for which a token wants its security officer (way.h). */
#ifndef TOKEN_OFFICER_H
#define TOKEN_OFFICER_H

#include "token/session.h"

/* Asks for the officer's PIN and does the work once, in the only session that is open.
 * The holder is logged out. */
KUNCI_MUST_USE enum kunci_rc officer_run(struct kunci_token *token, const char *where,
                                         session_work *work, void *context, struct kunci_err *err);

#endif
