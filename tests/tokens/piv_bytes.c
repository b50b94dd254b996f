#include "tokens/piv_bytes.h"

#include <string.h>

void bytes_add(struct bytes *bytes, const void *data, size_t len)
{
    if (len > sizeof bytes->data - bytes->len) {
        bytes->overflow = true;
        return;
    }
    if (len)
        memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
}

void bytes_byte(struct bytes *bytes, unsigned char byte)
{
    bytes_add(bytes, &byte, 1);
}

static void add_length(struct bytes *bytes, size_t len)
{
    if (len >= 256) {
        bytes_byte(bytes, 0x82);
        bytes_byte(bytes, (unsigned char)(len >> 8));
    } else if (len >= 128) {
        bytes_byte(bytes, 0x81);
    }
    bytes_byte(bytes, (unsigned char)len);
}

void bytes_tlv(struct bytes *bytes, unsigned tag, const void *value, size_t len)
{
    if (tag > 0xffff)
        bytes_byte(bytes, (unsigned char)(tag >> 16));
    if (tag > 0xff)
        bytes_byte(bytes, (unsigned char)(tag >> 8));
    bytes_byte(bytes, (unsigned char)tag);
    add_length(bytes, len);
    bytes_add(bytes, value, len);
}

static bool take_byte(struct part *from, size_t *out)
{
    if (from->len == 0)
        return false;
    *out = *from->data++;
    from->len--;
    return true;
}

/* Takes one element off the front. */
static bool take_element(struct part *from, size_t *tag, struct part *value)
{
    size_t len, more, byte;

    if (!take_byte(from, tag))
        return false;
    if ((*tag & 31) == 31) {
        if (!take_byte(from, &byte))
            return false;
        *tag = *tag << 8 | byte;
    }
    if (!take_byte(from, &len))
        return false;
    if (len > 0x80) {
        more = len & 0x7f;
        if (more > 2)
            return false;
        for (len = 0; more > 0; more--) {
            if (!take_byte(from, &byte))
                return false;
            len = len << 8 | byte;
        }
    }
    if (len > from->len)
        return false;
    *value = (struct part){from->data, len};
    from->data += len;
    from->len -= len;
    return true;
}

struct part tlv_find(struct part template, unsigned tag)
{
    struct part value;
    size_t found;

    while (take_element(&template, &found, &value))
        if (found == tag)
            return value;
    return (struct part){NULL, 0};
}
