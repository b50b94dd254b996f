/* Keys on cards that keep them in numbered places and have them made by the security
 * officer (way.h): YubiKeys, by YKCS11. */
#ifndef TOKEN_KEY_PLACE_H
#define TOKEN_KEY_PLACE_H

#include "token/key.h"

/* Makes a pair in the first place that seems empty, and reads it as its holder. The
 * card names its keys itself. */
KUNCI_MUST_USE enum kunci_rc key_place_new(struct kunci_token *token, const struct key_kind *kind,
                                           struct kunci_key **out, struct kunci_err *err);

#endif
