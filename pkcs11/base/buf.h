/* A growing buffer. A failed allocation sticks: append as often as needed, ask once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* always ended with a NUL that len does not count, once anything was added */
    size_t len, room;
    bool failed;
};

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands the bytes over to be freed by the caller and empties the buffer; NULL
 * where an allocation failed. */
char *buf_take(struct buf *buf);
void buf_clear(struct buf *buf);

#endif
