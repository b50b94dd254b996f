/* Help, drawn from the command table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

/* All commands; those of a noun; or one of them with its options. */
KUNCI_MUST_USE enum kunci_rc help_show(struct command *command, const char *noun, const char *verb,
                                       struct kunci_err *err);

#endif
