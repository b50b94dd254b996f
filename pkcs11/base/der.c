#include "base/der.h"

void der_header(struct buf *to, unsigned char identifier, size_t len)
{
    unsigned char header[2 + sizeof len] = {identifier};
    unsigned bytes = 0, i;

    while (bytes < sizeof len && len >> (8 * bytes))
        bytes++;
    if (len < 0x80) {
        header[1] = (unsigned char)len;
        bytes = 0;
    } else {
        header[1] = (unsigned char)(0x80 | bytes);
        for (i = 0; i < bytes; i++)
            header[2 + i] = (unsigned char)(len >> (8 * (bytes - 1 - i)));
    }
    buf_add(to, header, 2 + bytes);
}

void der_put(struct buf *to, unsigned char identifier, const void *contents, size_t len)
{
    der_header(to, identifier, len);
    buf_add(to, contents, len);
}

void der_wrap(struct buf *to, unsigned char identifier, const struct buf *inner)
{
    der_put(to, identifier, inner->data, inner->len);
    to->failed |= inner->failed;
}
