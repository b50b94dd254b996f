/* Text broken into lines, for a terminal or a drawing. */
#ifndef FLOW_WRAP_H
#define FLOW_WRAP_H

#include "base/buf.h"

/* How wide a piece of text is. */
typedef int wrap_measure(const char *text, size_t len);
/* In columns of a terminal. */
int wrap_columns(const char *text, size_t len);
/* In hundredths of the font's size, rather too much than too little. */
int wrap_sans(const char *text, size_t len);

/* The next line of a text that wrap_clean() made: where it begins, *len bytes long. *text
 * goes on behind it; NULL at the end. Only a word wider than the line is broken itself. */
const char *wrap_next(const char **text, int width, wrap_measure *measure, size_t *len);

/* Adds text of any origin, printable, with the line breaks it has. */
void wrap_clean(struct buf *to, const char *text);

#endif
