/* Sessions: a pool a token, shared by all threads. Work is a function that is
 * lent a session; when the token went and came back in between, it is lent a
 * new one and runs once more. */
#ifndef TOKEN_SESSION_H
#define TOKEN_SESSION_H

#include "token/token.h"

struct session {
    CK_FUNCTION_LIST *f;
    CK_SESSION_HANDLE handle;
    unsigned generation;
    bool of_so; /* the security officer is logged in, for whom no key signs */
};

enum session_need {
    SESSION_PUBLIC,  /* works without the holder */
    SESSION_PRIVATE, /* the holder has to be logged in; asks if need be */
    SESSION_ONCE     /* writes, and is never done twice: the session is tried out before; the
                      * security officer's where the token wants him for it (way.h) */
};

/* Answers a CK_RV; err is for what is no answer of the module. */
typedef CK_RV session_work(const struct session *session, void *context, struct kunci_err *err);

/* Lends a session to work. Where the answer says that the session or the login
 * is lost, the token is looked for, and work runs a second time. */
KUNCI_MUST_USE enum kunci_rc session_run(struct kunci_token *token, enum session_need need,
                                         const char *where, session_work *work, void *context,
                                         struct kunci_err *err);

/* One session, for a caller who gives it back with the module's last answer to it. */
KUNCI_MUST_USE enum kunci_rc session_take(struct kunci_token *token, struct session *out,
                                          struct kunci_err *err);
void session_give(struct kunci_token *token, const struct session *session, CK_RV last);

/* Closes every idle session; answers whether none is left open. With the last one
 * the holder is logged out. */
bool session_close_all(struct kunci_token *token);

/* Whether the answer says that sessions and handles are worthless. */
bool session_is_lost(CK_RV rv);

/* Every session and handle of this generation is worthless from now on. */
void session_lost(struct kunci_token *token, unsigned generation);

/* The same without a word to the module. The token's lock is held. */
void session_forget(struct kunci_token *token);

#endif
