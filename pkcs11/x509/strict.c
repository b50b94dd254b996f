#include "x509/strict.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/* A value: its header, its contents. */
struct value {
    int tag, class;
    bool constructed;
    const unsigned char *at, *contents;
    size_t len;
};

/* Reads one value off the bytes; its header must be as short as can be. */
static bool take(const unsigned char **at, const unsigned char *end, struct value *out)
{
    const unsigned char *p = *at;
    long len;
    int form = ASN1_get_object(&p, &len, &out->tag, &out->class, end - *at);

    if ((form & 0x80) || (form & 1)) /* damaged, or of a length that is not told */
        return false;
    out->constructed = form & V_ASN1_CONSTRUCTED;
    out->at = *at;
    out->contents = p;
    out->len = (size_t)len;
    *at = p + len;
    return ASN1_object_size(out->constructed, (int)len, out->tag) == *at - out->at;
}

static bool integer_is_short(const unsigned char *p, size_t len)
{
    if (len == 0)
        return false;
    return len == 1 || !((p[0] == 0 && p[1] < 0x80) || (p[0] == 0xff && p[1] >= 0x80));
}

static bool bits_are_clean(const unsigned char *p, size_t len)
{
    if (len == 0 || p[0] > 7 || (len == 1 && p[0]))
        return false;
    return (p[len - 1] & ((1u << p[0]) - 1)) == 0 || len == 1;
}

static bool numbers_are_short(const unsigned char *p, size_t len)
{
    size_t i;

    if (len == 0 || p[len - 1] & 0x80)
        return false;
    for (i = 0; i < len; i++)
        if (p[i] == 0x80 && (i == 0 || !(p[i - 1] & 0x80)))
            return false;
    return true;
}

static bool primitive_is_strict(const struct value *value)
{
    const unsigned char *p = value->contents;

    switch (value->tag) {
    case V_ASN1_BOOLEAN:
        return value->len == 1 && (p[0] == 0 || p[0] == 0xff);
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
        return integer_is_short(p, value->len);
    case V_ASN1_BIT_STRING:
        return bits_are_clean(p, value->len);
    case V_ASN1_NULL:
        return value->len == 0;
    case V_ASN1_OBJECT:
        return numbers_are_short(p, value->len);
    default:
        return value->tag != V_ASN1_SEQUENCE && value->tag != V_ASN1_SET;
    }
}

/* The members of a set stand in the order of their bytes. */
static bool in_order(const struct value *before, const struct value *after)
{
    size_t a = before->len + (size_t)(before->contents - before->at);
    size_t b = after->len + (size_t)(after->contents - after->at);
    int order = memcmp(before->at, after->at, a < b ? a : b);

    return order < 0 || (order == 0 && a <= b);
}

static bool is_strict(const struct value *value, unsigned depth)
{
    const unsigned char *at = value->contents, *end = at + value->len;
    bool universal = value->class == V_ASN1_UNIVERSAL;
    struct value inner, before = {.at = NULL};

    if (!value->constructed)
        return !universal || primitive_is_strict(value);
    if (depth == DEPTH_MAX || (universal && value->tag != V_ASN1_SEQUENCE &&
                               value->tag != V_ASN1_SET && value->tag != V_ASN1_EXTERNAL))
        return false;
    while (at < end) {
        if (!take(&at, end, &inner) || !is_strict(&inner, depth + 1))
            return false;
        if (universal && value->tag == V_ASN1_SET && before.at && !in_order(&before, &inner))
            return false;
        before = inner;
    }
    return true;
}

bool strict_der(const unsigned char *der, size_t len)
{
    const unsigned char *at = der;
    struct value value;
    bool strict;

    ERR_set_mark();
    strict = len && take(&at, der + len, &value) && at == der + len && is_strict(&value, 0);
    ERR_pop_to_mark();
    return strict;
}
