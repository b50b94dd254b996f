#include "base/element.h"

#include <string.h>

enum { LONG_TAG = 0x1f, LONG_LENGTH = 0x80, LENGTH_BYTES = 0x7f };

/* Minimal, and not without an end: anything else is no DER. */
static bool long_length(const unsigned char *in, size_t bytes, uint64_t *len)
{
    size_t i;

    *len = 0;
    if (bytes == 0 || bytes >= sizeof *len || in[0] == 0)
        return false;
    for (i = 0; i < bytes; i++)
        *len = *len << 8 | in[i];
    return *len >= LONG_LENGTH;
}

bool element_head(const unsigned char *in, size_t len, struct element *out)
{
    size_t bytes = 0;

    if (len < 2 || (in[0] & LONG_TAG) == LONG_TAG)
        return false;
    *out = (struct element){.identifier = in[0], .start = in, .len = in[1]};
    if (in[1] & LONG_LENGTH) {
        bytes = in[1] & LENGTH_BYTES;
        if (bytes > len - 2 || !long_length(in + 2, bytes, &out->len))
            return false;
    }
    out->value = in + 2 + bytes;
    return true;
}

bool element_take(struct elements *from, struct element *out)
{
    if (!element_head(from->next, (size_t)(from->end - from->next), out) ||
        out->len > (uint64_t)(from->end - out->value))
        return false;
    from->next = out->value + out->len;
    return true;
}

bool element_expect(struct elements *from, unsigned char identifier, struct element *out)
{
    return element_take(from, out) && out->identifier == identifier;
}

struct elements element_inside(const struct element *element)
{
    return (struct elements){element->value, element->value + element->len};
}

size_t element_whole_len(const struct element *element)
{
    return (size_t)(element->value - element->start) + (size_t)element->len;
}

bool element_is(const struct element *element, const void *bytes, size_t len)
{
    return element_whole_len(element) == len && memcmp(element->start, bytes, len) == 0;
}
