/* Logging in, by the holder and by the security officer. */
#ifndef TOKEN_LOGIN_H
#define TOKEN_LOGIN_H

#include "token/pin_ask.h"
#include "token/session.h"

/* Logs the holder in unless that is done already or the token wants no login. */
KUNCI_MUST_USE enum kunci_rc login_ensure(struct kunci_token *token, struct kunci_err *err);

bool login_is_needed(struct kunci_token *token);

/* The module says that the holder is not logged in any more. */
void login_ended(struct kunci_token *token);

/* The PIN once more, for one signature by a key that always asks. An operation is
 * under way in the session. */
KUNCI_MUST_USE enum kunci_rc login_again(struct kunci_token *token, const struct session *session,
                                         struct kunci_err *err);

/* Before a PIN goes to the token: the module forgets what it knows, as another
 * program may have changed the PIN, and *info is the token's present state. The
 * login lock is held. */
KUNCI_MUST_USE enum kunci_rc login_prepare(struct kunci_token *token, CK_TOKEN_INFO *info,
                                           struct kunci_err *err);

#endif
