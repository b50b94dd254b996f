/* Asking for a PIN and looking at it before the token sees it. */
#ifndef TOKEN_PIN_ASK_H
#define TOKEN_PIN_ASK_H

#include "token/token.h"

struct asked_pin {
    enum kunci_pin_kind kind;
    struct kunci_secret *secret; /* NULL: the token has its own pinpad */
    unsigned char mac[PIN_MAC_LEN];
};

/* Gets the PIN of this kind from whoever knows it; given, where it is not NULL, is
 * taken instead. One that cannot be right, that was wrong before, or whose being
 * wrong could lock the token, is an error here. The token's login lock is held. */
KUNCI_MUST_USE enum kunci_rc pin_ask(struct kunci_token *token, const CK_TOKEN_INFO *info,
                                     enum kunci_pin_kind kind, const struct kunci_secret *given,
                                     struct asked_pin *out, struct kunci_err *err);
void pin_asked_clear(struct asked_pin *pin);

/* As PKCS#11 functions want it. */
CK_UTF8CHAR *pin_bytes(const struct asked_pin *pin);
CK_ULONG pin_len(const struct asked_pin *pin);

/* Remembers what the module answered to this PIN. */
void pin_learn(struct kunci_token *token, const struct asked_pin *pin, CK_RV rv);

#endif
