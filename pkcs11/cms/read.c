#include "cms/read.h"

#include "base/buf.h"
#include "base/der.h"
#include "base/error.h"
#include "base/text.h"
#include "cms/read_ber.h"
#include "cms/read_ocsp.h"
#include "x509/document.h"

#include <errno.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <string.h>

/* What comes before the content, and what comes after: CRLs may be long. */
enum { HEAD_MAX = 1 << 16, TAIL_MAX = 1 << 24, SIGNERS_MAX = 64 };

static const struct document_kind message = {NULL, KUNCI_CMS_INVALID, N_("The signature")};

/* A message while it is read. */
struct reading {
    struct stream stream;
    const struct cms_sink *sink;
    struct cms *cms;
    struct buf outer, head, type, tail; /* the elements as they came */
    size_t revocation, revocation_len;  /* where in the tail CRLs and OCSP answers stand */
};

static bool take_content(void *context, const unsigned char *bytes, size_t len)
{
    struct reading *reading = context;

    if (reading->sink && !reading->sink->take(reading->sink->context, bytes, len))
        return stream_refuse(&reading->stream, _("it is larger than a signature can be"));
    return digests_take(&reading->cms->digests, bytes, len);
}

/* clang-format off */
ASN1_ITEM_TEMPLATE(NAMES) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_OF, 0, names, X509_ALGOR)
static_ASN1_ITEM_TEMPLATE_END(NAMES)
    /* clang-format on */

    /* The names stand between the version and the content. */
    static enum kunci_rc
    begin_digests(struct reading * reading, size_t version_len, struct kunci_err *err)
{
    const unsigned char *p = (const unsigned char *)reading->head.data + version_len;
    long len = (long)(reading->head.len - version_len);
    X509_ALGORS *names = (X509_ALGORS *)ASN1_item_d2i(NULL, &p, len, ASN1_ITEM_rptr(NAMES));
    enum kunci_rc rc;

    if (!names)
        return document_refuse(&message, _("it is damaged"), err);
    rc = digests_begin(&reading->cms->digests, names, err);
    sk_X509_ALGOR_pop_free(names, X509_ALGOR_free);
    return rc;
}

static bool read_content(struct reading *reading, const struct ber *in)
{
    struct stream *stream = &reading->stream;
    struct ber encapsulated, content;

    if (!ber_open(stream, in, DER_SEQUENCE, &encapsulated) ||
        !ber_copy(stream, &encapsulated, &reading->type, HEAD_MAX))
        return false;
    if (ber_more(stream, &encapsulated)) {
        reading->cms->attached = true;
        ber_open(stream, &encapsulated, DER_CONTEXT, &content);
        if (stream->rc != KUNCI_OK || !ber_octets(stream, &content, take_content, reading) ||
            !ber_close(stream, &content))
            return false;
        return ber_close(stream, &encapsulated);
    }
    return stream->rc == KUNCI_OK;
}

static bool is_signed_data(const struct buf *type)
{
    static const unsigned char oid[] = {V_ASN1_OBJECT, 9,    0x2a, 0x86, 0x48, 0x86,
                                        0xf7,          0x0d, 1,    7,    2};

    return type->len == sizeof oid && memcmp(type->data, oid, sizeof oid) == 0;
}

/* Certificates, what tells of revocation, signers. */
static void read_tail(struct reading *reading, const struct ber *in)
{
    struct buf *tail = &reading->tail;
    size_t at;

    while (ber_more(&reading->stream, in)) {
        at = tail->len;
        if (!ber_copy(&reading->stream, in, tail, TAIL_MAX))
            return;
        if ((unsigned char)tail->data[at] == (DER_CONTEXT | 1)) {
            reading->revocation = at;
            reading->revocation_len = tail->len - at;
        }
    }
}

static enum kunci_rc read_signed_data(struct reading *reading, const struct ber *in,
                                      struct kunci_err *err)
{
    struct stream *stream = &reading->stream;
    struct ber data;
    size_t version_len;
    enum kunci_rc rc;

    if (!ber_open(stream, in, DER_SEQUENCE, &data) ||
        !ber_copy(stream, &data, &reading->head, HEAD_MAX))
        return KUNCI_OK; /* the stream knows what is wrong */
    version_len = reading->head.len;
    if (!ber_copy(stream, &data, &reading->head, HEAD_MAX))
        return KUNCI_OK;
    if ((rc = begin_digests(reading, version_len, err)) != KUNCI_OK)
        return rc;
    if (read_content(reading, &data))
        read_tail(reading, &data);
    return KUNCI_OK;
}

static enum kunci_rc read_all(struct reading *reading, struct kunci_err *err)
{
    struct stream *stream = &reading->stream;
    struct ber message_element, body;
    const unsigned char *after;
    enum kunci_rc rc = KUNCI_OK;

    if (!ber_open(stream, &ber_all, DER_SEQUENCE, &message_element) ||
        !ber_copy(stream, &message_element, &reading->outer, HEAD_MAX))
        return stream_result(stream, err);
    if (!is_signed_data(&reading->outer))
        stream_refuse(stream, _("it is CMS, but no signature"));
    else if (ber_open(stream, &message_element, DER_CONTEXT, &body))
        rc = read_signed_data(reading, &body, err);
    if (rc != KUNCI_OK)
        return rc;
    if (stream->rc == KUNCI_OK && ber_close(stream, &body) && ber_close(stream, &message_element) &&
        stream_next(stream, 1, &after))
        stream_refuse(stream, _("something stands after it"));
    return stream_result(stream, err);
}

/* The message without its content, which is a message too: that of a content that
 * lies elsewhere. */
static enum kunci_rc parse_rest(struct reading *reading, struct kunci_err *err)
{
    struct buf data = {0}, body = {0}, whole = {0}, all = {0};
    const unsigned char *p;
    enum kunci_rc rc = KUNCI_OK;

    buf_add(&data, reading->head.data, reading->head.len);
    der_wrap(&data, DER_SEQUENCE, &reading->type);
    buf_add(&data, reading->tail.data, reading->tail.len);
    der_wrap(&body, DER_SEQUENCE, &data);
    buf_add(&whole, reading->outer.data, reading->outer.len);
    der_wrap(&whole, DER_CONTEXT, &body);
    der_wrap(&all, DER_SEQUENCE, &whole);
    p = (const unsigned char *)all.data;
    if (all.failed)
        rc = err_no_memory(err);
    else if (!(reading->cms->info = d2i_CMS_ContentInfo(NULL, &p, (long)all.len)) ||
             p != (const unsigned char *)all.data + all.len)
        rc = document_refuse(&message, _("it is damaged"), err);
    buf_clear(&data);
    buf_clear(&body);
    buf_clear(&whole);
    buf_clear(&all);
    return rc;
}

static enum kunci_rc collect(struct reading *reading, struct kunci_err *err)
{
    struct cms *cms = reading->cms;

    ERR_clear_error();
    cms->certs = CMS_get1_certs(cms->info);
    cms->crls = CMS_get1_crls(cms->info);
    cms->signers = CMS_get0_SignerInfos(cms->info);
    if (ERR_peek_error())
        return document_refuse(&message, _("it is damaged"), err);
    if (sk_CMS_SignerInfo_num(cms->signers) < 1)
        return err_set(err, KUNCI_CMS_INVALID, _(message.about), _("nobody has signed it"));
    if (sk_CMS_SignerInfo_num(cms->signers) > SIGNERS_MAX)
        return err_set(err, KUNCI_CMS_INVALID, _(message.about), _("it has too many signers"));
    if (reading->revocation_len == 0)
        return KUNCI_OK;
    return ocsps_read((const unsigned char *)reading->tail.data + reading->revocation,
                      reading->revocation_len, cms, err);
}

enum kunci_rc cms_read(BIO *in, const struct cms_sink *sink, struct cms *out, struct kunci_err *err)
{
    struct reading reading = {.sink = sink, .cms = out};
    enum kunci_rc rc;

    *out = (struct cms){0};
    ERR_clear_error();
    stream_open(&reading.stream, in);
    if ((rc = read_all(&reading, err)) == KUNCI_OK &&
        (rc = parse_rest(&reading, err)) == KUNCI_OK && (rc = collect(&reading, err)) == KUNCI_OK &&
        out->attached)
        rc = digests_end(&out->digests, err);
    out->complete = out->attached;
    stream_close(&reading.stream);
    buf_clear(&reading.outer);
    buf_clear(&reading.head);
    buf_clear(&reading.type);
    buf_clear(&reading.tail);
    return rc;
}

static enum kunci_rc digest_all(struct digests *digests, BIO *content, struct kunci_err *err)
{
    unsigned char bytes[16384];
    int got;

    while ((got = BIO_read(content, bytes, sizeof bytes)) > 0 ||
           (got < 0 && (errno == EINTR || BIO_should_retry(content))))
        if (got > 0 && !digests_take(digests, bytes, (size_t)got))
            return err_openssl(err, "EVP_DigestUpdate");
    if (got < 0)
        return err_system(err, KUNCI_FILE_READ, _("The content"), errno);
    return digests_end(digests, err);
}

enum kunci_rc cms_read_content(struct cms *cms, BIO *content, struct kunci_err *err)
{
    struct digests beside = {0};
    enum kunci_rc rc;

    if (cms->attached) {
        if ((rc = digests_begin_like(&beside, &cms->digests, err)) == KUNCI_OK &&
            (rc = digest_all(&beside, content, err)) == KUNCI_OK)
            cms->contradicted = !digests_are_equal(&cms->digests, &beside);
        digests_clear(&beside);
        return rc;
    }
    rc = digest_all(&cms->digests, content, err);
    cms->complete = rc == KUNCI_OK;
    return rc;
}

void cms_clear(struct cms *cms)
{
    CMS_ContentInfo_free(cms->info);
    sk_X509_pop_free(cms->certs, X509_free);
    sk_X509_CRL_pop_free(cms->crls, X509_CRL_free);
    sk_ASN1_TYPE_pop_free(cms->ocsps, ASN1_TYPE_free);
    digests_clear(&cms->digests);
    *cms = (struct cms){0};
}
