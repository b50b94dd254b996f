#include "x509/outline.h"

#include "base/der.h"

#include <openssl/asn1.h>
#include <string.h>
#include <time.h>

enum { VERSION = DER_CONTEXT, EXTENSIONS = DER_CONTEXT | 3 };

static bool read_time(struct elements *in, int64_t *to)
{
    struct element found;
    const unsigned char *p;
    ASN1_TIME *time;
    struct tm parts;
    bool good;

    if (!element_take(in, &found))
        return false;
    p = found.start;
    time = d2i_ASN1_TIME(NULL, &p, (long)element_whole_len(&found));
    good = time && ASN1_TIME_to_tm(time, &parts) == 1;
    ASN1_TIME_free(time);
    if (good)
        *to = (int64_t)timegm(&parts);
    return good;
}

static bool read_dates(struct elements *in, struct outline *out)
{
    struct element dates;
    struct elements inside;

    if (!element_expect(in, DER_SEQUENCE, &dates))
        return false;
    inside = element_inside(&dates);
    return read_time(&inside, &out->not_before) && read_time(&inside, &out->not_after);
}

static bool read_key(struct elements *in, struct outline *out)
{
    struct element spki, algorithm;
    struct elements inside;

    if (!element_expect(in, DER_SEQUENCE, &spki))
        return false;
    inside = element_inside(&spki);
    return element_expect(&inside, DER_SEQUENCE, &algorithm) &&
           element_expect(&inside, V_ASN1_BIT_STRING, &out->key);
}

/* The first two bits of the BIT STRING in an OCTET STRING. */
static bool read_usage(const struct element *octets, struct outline *out)
{
    enum { SIGNS = 0xc0 };
    struct elements in = element_inside(octets);
    struct element bits;

    if (!element_expect(&in, V_ASN1_BIT_STRING, &bits))
        return false;
    out->states_usage = true;
    out->may_sign = bits.len > 1 && (bits.value[1] & SIGNS);
    return true;
}

static bool read_extension(const struct element *extension, struct outline *out)
{
    static const unsigned char key_usage[] = {V_ASN1_OBJECT, 3, 0x55, 0x1d, 0x0f};
    struct elements in = element_inside(extension);
    struct element oid, value;

    if (!element_expect(&in, V_ASN1_OBJECT, &oid) || !element_take(&in, &value) ||
        (value.identifier == V_ASN1_BOOLEAN && !element_take(&in, &value)))
        return false;
    return !element_is(&oid, key_usage, sizeof key_usage) ||
           (value.identifier == V_ASN1_OCTET_STRING && read_usage(&value, out));
}

/* Unique identifiers may stand before them. */
static bool read_extensions(struct elements *in, struct outline *out)
{
    struct element found, list, extension;
    struct elements inside;

    do
        if (!element_take(in, &found))
            return in->next == in->end;
    while (found.identifier != EXTENSIONS);
    inside = element_inside(&found);
    if (!element_expect(&inside, DER_SEQUENCE, &list))
        return false;
    inside = element_inside(&list);
    while (element_take(&inside, &extension))
        if (!read_extension(&extension, out))
            return false;
    return inside.next == inside.end;
}

bool outline_take(struct elements *from, struct outline *out)
{
    struct element signed_part, algorithm;
    struct elements in;

    *out = (struct outline){.may_sign = true};
    if (!element_expect(from, DER_SEQUENCE, &out->whole))
        return false;
    in = element_inside(&out->whole);
    if (!element_expect(&in, DER_SEQUENCE, &signed_part))
        return false;
    in = element_inside(&signed_part);
    if (!element_take(&in, &out->serial) ||
        (out->serial.identifier == VERSION && !element_take(&in, &out->serial)))
        return false;
    return out->serial.identifier == V_ASN1_INTEGER &&
           element_expect(&in, DER_SEQUENCE, &algorithm) &&
           element_expect(&in, DER_SEQUENCE, &out->issuer) && read_dates(&in, out) &&
           element_expect(&in, DER_SEQUENCE, &out->subject) && read_key(&in, out) &&
           read_extensions(&in, out);
}

bool outline_issued(const struct outline *issuer, const struct outline *cert)
{
    return element_is(&cert->issuer, issuer->subject.start, element_whole_len(&issuer->subject));
}

bool outline_is_root(const struct outline *outline)
{
    return outline_issued(outline, outline);
}
