/* Which files are signed, and where their signatures go: settled before the token is
 * asked for anything. */
#ifndef CLI_SIGN_PLAN_H
#define CLI_SIGN_PLAN_H

#include "cli/command.h"

/* The bare signature is wanted, not CAdES. */
bool sign_is_raw(const struct command *command);

struct sign_plan {
    struct kunci_sign_item *items;
    size_t count;
    bool many; /* a batch, even where it holds one */
    char *list;
};
KUNCI_MUST_USE enum kunci_rc sign_plan_make(const struct command *command, struct sign_plan *out,
                                            struct kunci_err *err);
void sign_plan_clear(struct sign_plan *plan);

#endif
