/* HTML in pieces, where nothing that is told can become markup. */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include "base/buf.h"

#include <stdint.h>

/* <html> to <main>, in the house's look for the screen and for A4, and behind it the
 * page's own rules, "" where it has none. Nothing is ever fetched by it. */
void markup_open(struct buf *page, const char *title, const char *style);
void markup_close(struct buf *page);

/* Text as it is, of any origin. */
void markup_text(struct buf *page, const char *text);
void markup_part(struct buf *page, const char *text, size_t len);
/* The same, put together first. */
void markup_say(struct buf *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* <tag class="style">text</tag>; style may be NULL. Nothing where there is no text. */
void markup_element(struct buf *page, const char *tag, const char *style, const char *text);

/* "2026-11-21 02:37:36 UTC", for machines too. */
void markup_time(struct buf *page, int64_t when);

/* A line of a list of titles and what stands beside them. */
void markup_field(struct buf *page, const char *title, const char *text);

/* How a page looks. */
extern const char markup_style[];

#endif
