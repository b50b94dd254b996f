/* Base64 (RFC 4648, 4): padded, in one piece, and in one form only. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

void base64_add(struct buf *to, const void *bytes, size_t len);

/* Adds what the text stands for; false, and nothing added, where it is anything but what
 * base64_add() writes. */
bool base64_read(const char *text, size_t len, struct buf *to);

#endif
