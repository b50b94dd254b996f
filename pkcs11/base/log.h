/* Writing to the log: an event and its fields, never free text. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <kunci/log.h>

/* log_event("token.login", "token", label, "answer", name, NULL): names and
 * values in turn, ended by NULL. A value may be NULL. */
void log_event(const char *event, ...) __attribute__((sentinel));

#endif
