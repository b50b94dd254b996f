/* Whether signatures get a timestamp, and of whom. */
#ifndef CLI_SIGN_LEVEL_H
#define CLI_SIGN_LEVEL_H

#include "cli/command.h"

/* Level T where --level says so, or --tsa does by itself: urls, those of --tsa and then those
 * of the settings, is to be freed. Else urls is NULL. */
KUNCI_MUST_USE enum kunci_rc sign_level(const struct command *command, const char ***urls,
                                        struct kunci_err *err);

#endif
