#include "base/der.h"

#include <limits.h>

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

void *der_read(const unsigned char *der, size_t len, const ASN1_ITEM *item)
{
    const unsigned char *in = der;
    ASN1_VALUE *value = len <= LONG_MAX ? ASN1_item_d2i(NULL, &in, (long)len, item) : NULL;

    if (value && in == der + len)
        return value;
    ASN1_item_free(value, item);
    return NULL;
}
