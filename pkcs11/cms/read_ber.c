#include "cms/read_ber.h"

#include "base/text.h"

#include <openssl/asn1.h>

/* How deep elements may lie in one another where their number is the sender's. */
enum { DEPTH = 16 };

const struct ber ber_all = {.end = UINT64_MAX};

/* The header, which is appended to copy where there is one. */
static bool read_header(struct stream *stream, const struct ber *in, struct ber *out,
                        struct buf *copy)
{
    unsigned char bytes[2 + 8];
    uint64_t len = 0;
    unsigned i, more;

    if (!stream_take(stream, bytes, 2))
        return false;
    more = bytes[1] & 0x80 ? bytes[1] & 0x7f : 0;
    if ((bytes[0] & 0x1f) == 0x1f || more > 8)
        return stream_refuse(stream, _("it is damaged"));
    if (!stream_take(stream, bytes + 2, more))
        return false;
    for (i = 0; i < more; i++)
        len = len << 8 | bytes[2 + i];
    if (copy)
        buf_add(copy, bytes, 2 + more);
    *out = (struct ber){bytes[0], bytes[1] == 0x80, in->end};
    len = bytes[1] & 0x80 ? len : bytes[1];
    if (stream->at > in->end || len > in->end - stream->at ||
        (out->indefinite && !(bytes[0] & V_ASN1_CONSTRUCTED)))
        return stream_refuse(stream, _("it is damaged"));
    if (!out->indefinite)
        out->end = stream->at + len;
    return true;
}

bool ber_open(struct stream *stream, const struct ber *in, unsigned char identifier,
              struct ber *out)
{
    *out = (struct ber){0};
    if (!read_header(stream, in, out, NULL))
        return false;
    if (out->identifier != identifier)
        return stream_refuse(stream, _("it is no signature in the form of CMS"));
    return true;
}

bool ber_more(struct stream *stream, const struct ber *in)
{
    unsigned char end[2];
    int next;

    if (stream->rc != KUNCI_OK)
        return false;
    if (!in->indefinite)
        return stream->at < in->end;
    next = stream_peek(stream);
    if (next != 0)
        return next > 0 || stream_refuse(stream, _("it is cut short"));
    if (stream_take(stream, end, 2) && (end[1] != 0 || stream->at > in->end))
        stream_refuse(stream, _("it is damaged"));
    return false;
}

bool ber_close(struct stream *stream, const struct ber *element)
{
    if (ber_more(stream, element))
        stream_refuse(stream, _("something stands after it"));
    return stream->rc == KUNCI_OK;
}

static bool copy_bytes(struct stream *stream, uint64_t len, struct buf *to, size_t most)
{
    const unsigned char *part;
    size_t got;

    if (len > most || to->len > most - (size_t)len)
        return stream_refuse(stream, _("it is larger than a signature can be"));
    for (; len && (got = stream_next(stream, (size_t)len, &part)) != 0; len -= got)
        buf_add(to, part, got);
    return len == 0 || stream_refuse(stream, _("it is cut short"));
}

static bool copy(struct stream *stream, const struct ber *in, struct buf *to, size_t most,
                 unsigned depth)
{
    struct ber element;

    if (depth == 0 || to->len > most)
        return stream_refuse(stream, _("it is damaged"));
    if (!read_header(stream, in, &element, to))
        return false;
    if (!element.indefinite)
        return copy_bytes(stream, element.end - stream->at, to, most);
    while (ber_more(stream, &element) && copy(stream, &element, to, most, depth - 1))
        ;
    buf_add(to, "\0\0", 2);
    return stream->rc == KUNCI_OK;
}

bool ber_copy(struct stream *stream, const struct ber *in, struct buf *to, size_t most)
{
    if (copy(stream, in, to, most, DEPTH) && to->failed)
        stream_fail(stream, KUNCI_NO_MEMORY);
    return stream->rc == KUNCI_OK;
}

/* ---- the content ---- */

static bool hand_on(struct stream *stream, uint64_t len, ber_take *take, void *context)
{
    const unsigned char *part;
    size_t got;

    for (; len; len -= got) {
        got = stream_next(stream, len < SIZE_MAX ? (size_t)len : SIZE_MAX, &part);
        if (got == 0)
            return stream_refuse(stream, _("it is cut short"));
        if (!take(context, part, got))
            return stream_fail(stream, KUNCI_OPENSSL_FAILED);
    }
    return true;
}

static bool octets(struct stream *stream, const struct ber *in, ber_take *take, void *context,
                   unsigned depth)
{
    struct ber element;

    if (depth == 0)
        return stream_refuse(stream, _("it is damaged"));
    if (!read_header(stream, in, &element, NULL))
        return false;
    if (element.identifier == V_ASN1_OCTET_STRING)
        return hand_on(stream, element.end - stream->at, take, context);
    if (element.identifier != (V_ASN1_OCTET_STRING | V_ASN1_CONSTRUCTED))
        return stream_refuse(stream, _("it is no signature in the form of CMS"));
    while (ber_more(stream, &element) && octets(stream, &element, take, context, depth - 1))
        ;
    return stream->rc == KUNCI_OK;
}

bool ber_octets(struct stream *stream, const struct ber *in, ber_take *take, void *context)
{
    return octets(stream, in, take, context, DEPTH);
}
