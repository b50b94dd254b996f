#include "cms/signed_data.h"

#include "base/der.h"
#include "base/element.h"
#include "base/text.h"
#include "cms/oid.h"
#include "cms/set_of.h"

#include <openssl/asn1.h>
#include <string.h>

enum { CONTEXT_1 = DER_CONTEXT | 1 };

void signed_data_clear(struct signed_data *data)
{
    buf_clear(&data->hashes);
    buf_clear(&data->certs);
    buf_clear(&data->crls);
    buf_clear(&data->signers);
}

/* ---- writing ---- */

void signed_data_tail(struct buf *to, const struct signed_data *data)
{
    if (data->certs.len)
        set_of(to, DER_CONTEXT, &data->certs);
    if (data->crls.len)
        set_of(to, CONTEXT_1, &data->crls);
    set_of(to, DER_SET, &data->signers);
    to->failed |= data->certs.failed || data->crls.failed;
}

/* From the inside out: each header wants to know how long all that follows is. */
void signed_data_head(struct buf *to, const struct signed_data *data, bool attached,
                      uint64_t content_len, size_t tail_len)
{
    struct buf octets = {0}, content = {0}, encap = {0}, start = {0}, inner = {0}, outer = {0};

    if (attached)
        der_header(&octets, V_ASN1_OCTET_STRING, content_len);
    if (attached)
        der_header(&content, DER_CONTEXT, octets.len + content_len);
    der_header(&encap, DER_SEQUENCE, sizeof OID_DATA - 1 + content.len + octets.len + content_len);
    der_put(&start, V_ASN1_INTEGER, &data->version, 1);
    set_of(&start, DER_SET, &data->hashes);
    buf_add(&start, encap.data, encap.len);
    buf_add(&start, OID(OID_DATA));
    buf_add(&start, content.data, content.len);
    buf_add(&start, octets.data, octets.len);
    der_header(&inner, DER_SEQUENCE, start.len + content_len + tail_len);
    der_header(&outer, DER_CONTEXT, inner.len + start.len + content_len + tail_len);
    der_header(to, DER_SEQUENCE,
               sizeof OID_SIGNED_DATA - 1 + outer.len + inner.len + start.len + content_len +
                   tail_len);
    buf_add(to, OID(OID_SIGNED_DATA));
    buf_add(to, outer.data, outer.len);
    buf_add(to, inner.data, inner.len);
    buf_add(to, start.data, start.len);
    to->failed |= octets.failed || content.failed || encap.failed || start.failed || inner.failed ||
                  outer.failed;
    buf_clear(&octets);
    buf_clear(&content);
    buf_clear(&encap);
    buf_clear(&start);
    buf_clear(&inner);
    buf_clear(&outer);
}

/* ---- reading ---- */

static bool expect_oid(struct elements *in, const char *oid, size_t len)
{
    struct element found;

    return element_expect(in, V_ASN1_OBJECT, &found) && element_is(&found, oid, len);
}

/* Goes into an element that may be longer than what there is to see of it. */
static bool enter(struct elements *in, unsigned char identifier, struct element *out)
{
    if (!element_head(in->next, (size_t)(in->end - in->next), out) || out->identifier != identifier)
        return false;
    in->next = out->value;
    return true;
}

/* Where an element that was entered ends, seen from the file's start. */
static uint64_t end_of(const unsigned char *start, const struct element *element)
{
    return (uint64_t)(element->value - start) + element->len;
}

/* The content and all that it stands in have to end at the same place. */
static bool read_content(const unsigned char *in, struct elements *at,
                         struct signed_data_frame *frame)
{
    struct element encap, content, octets;

    if (!enter(at, DER_SEQUENCE, &encap) || !expect_oid(at, OID(OID_DATA)))
        return false;
    frame->tail = end_of(in, &encap);
    if ((uint64_t)(at->next - in) == frame->tail)
        return true;
    if (!enter(at, DER_CONTEXT, &content) || !enter(at, V_ASN1_OCTET_STRING, &octets) ||
        end_of(in, &content) != frame->tail || end_of(in, &octets) != frame->tail)
        return false;
    frame->attached = true;
    frame->content = (uint64_t)(at->next - in);
    frame->content_len = octets.len;
    return true;
}

const char *signed_data_read_head(const unsigned char *in, size_t len,
                                  struct signed_data_frame *frame, struct signed_data *data)
{
    struct elements at = {in, in + len};
    struct element info, explicit, whole, version, hashes;

    *frame = (struct signed_data_frame){0};
    *data = (struct signed_data){0};
    if (!enter(&at, DER_SEQUENCE, &info) || !expect_oid(&at, OID(OID_SIGNED_DATA)) ||
        !enter(&at, DER_CONTEXT, &explicit) || !enter(&at, DER_SEQUENCE, &whole) ||
        !element_expect(&at, V_ASN1_INTEGER, &version) || version.len != 1 ||
        !element_expect(&at, DER_SET, &hashes) || !read_content(in, &at, frame))
        return _("it is no CMS signature in DER");
    frame->end = end_of(in, &whole);
    if (end_of(in, &info) != frame->end || end_of(in, &explicit) != frame->end ||
        frame->tail > frame->end)
        return _("it is damaged");
    data->version = version.value[0];
    buf_add(&data->hashes, hashes.value, (size_t)hashes.len);
    return NULL;
}

/* Takes the next element's members where it has this identifier. */
static bool take_set(struct elements *from, unsigned char identifier, struct buf *to)
{
    struct element set;

    if (from->next == from->end || *from->next != identifier)
        return false;
    if (element_take(from, &set))
        buf_add(to, set.value, (size_t)set.len);
    return true;
}

const char *signed_data_read_tail(const unsigned char *in, size_t len, struct signed_data *data)
{
    struct elements at = {in, in + len};

    take_set(&at, DER_CONTEXT, &data->certs);
    take_set(&at, CONTEXT_1, &data->crls);
    if (!take_set(&at, DER_SET, &data->signers) || at.next != at.end)
        return _("it is damaged");
    return NULL;
}
