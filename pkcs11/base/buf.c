#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct buf *buf, size_t more)
{
    size_t room = buf->room ? buf->room : 64;
    char *data;

    if (buf->failed || more > (size_t)1 << 40) {
        buf->failed = true;
        return false;
    }
    while (room - buf->len <= more)
        room *= 2;
    if (room == buf->room)
        return true;
    data = realloc(buf->data, room);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->room = room;
    return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (!grow(buf, len))
        return;
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !grow(buf, (size_t)len)) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

char *buf_take(struct buf *buf)
{
    char *data;

    buf_add(buf, "", 0); /* so that an empty buffer has its NUL too */
    if (buf->failed) {
        buf_clear(buf);
        return NULL;
    }
    data = buf->data;
    *buf = (struct buf){0};
    return data;
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}
