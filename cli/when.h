/* Moments on the command line. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include "cli/command.h"

/* "2026-11-21T02:37:36Z", or a day, which is its first second. */
bool when_read(const char *text, int64_t *at);

/* The moment that an option names; where it is not given, another. */
KUNCI_MUST_USE enum kunci_rc when_option(const struct command *command, enum option_id id,
                                         int64_t otherwise, int64_t *at, struct kunci_err *err);

#endif
