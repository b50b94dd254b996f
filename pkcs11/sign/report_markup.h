/* HTML in pieces, where nothing that is told can become markup. */
#ifndef SIGN_REPORT_MARKUP_H
#define SIGN_REPORT_MARKUP_H

#include "base/buf.h"

#include <stdint.h>

/* Text as it is, of any origin. */
void markup_text(struct buf *page, const char *text);
/* The same, put together first. */
void markup_say(struct buf *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* <tag class="style">text</tag>; style may be NULL. Nothing where there is no text. */
void markup_element(struct buf *page, const char *tag, const char *style, const char *text);

/* "2026-11-21 02:37:36 UTC", for machines too. */
void markup_time(struct buf *page, int64_t when);

/* A line of a list of titles and what stands beside them. */
void markup_field(struct buf *page, const char *title, const char *text);

#endif
