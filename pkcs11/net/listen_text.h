/* Texts of a request as they may be looked at: %-escapes undone, nothing in them that would
 * end or change a line. Pure. */
#ifndef NET_LISTEN_TEXT_H
#define NET_LISTEN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Undoes %XX in place. False, with the text spoilt, for an escape that is none, a control
 * character (a NUL too) or what is no UTF-8. */
bool listen_text_undo(char *text);

/* Decimal digits alone, and no more than fit. */
bool listen_text_length(const char *text, uint64_t *length);

#endif
