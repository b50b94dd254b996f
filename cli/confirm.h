/* Asking before something is done that cannot be undone. */
#ifndef CLI_CONFIRM_H
#define CLI_CONFIRM_H

#include "cli/command.h"

/* Says on the terminal what exactly will happen, and asks. --yes is an answer;
 * no terminal is KUNCI_CONFIRM_NEEDED, anything but a yes KUNCI_DECLINED. */
KUNCI_MUST_USE enum kunci_rc confirm(const struct command *command, struct kunci_err *err,
                                     const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
