#include "ams/crld_entry.h"

#include "base/der.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/algor.h"
#include "x509/document.h"
#include "x509/parts.h"

#include <string.h>
#include <time.h>

enum ca_part crld_issuer(enum crld_list list)
{
    return list == CRLD_ROOT ? CA_ROOT : CA_ISSUING;
}

/* ---- times ---- */

static void add_generalized(struct buf *to, const struct tm *when)
{
    char text[32];
    size_t len = strftime(text, sizeof text, "%Y%m%d%H%M%SZ", when);

    der_put(to, V_ASN1_GENERALIZEDTIME, text, len);
}

/* Time: in two digits of the year as long as they last, to the end of 2049. */
static void add_time(struct buf *to, int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm parts = {.tm_mday = 1};
    char text[32];
    size_t len;

    gmtime_r(&when, &parts);
    if (parts.tm_year >= 150) {
        add_generalized(to, &parts);
        return;
    }
    len = strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts);
    der_put(to, V_ASN1_UTCTIME, text + 2, len - 2);
}

/* ---- entries ---- */

static bool add_serial(struct buf *to, const char *text)
{
    unsigned char bytes[CA_SERIAL / 2];
    size_t len;

    if (!text || !text_unhex(text, bytes, sizeof bytes, &len) || len == 0)
        return false;
    der_header(to, V_ASN1_INTEGER, len + (bytes[0] >> 7));
    if (bytes[0] & 0x80)
        buf_add(to, "", 1);
    buf_add(to, bytes, len);
    return true;
}

static void add_reason(struct buf *to, int reason)
{
    const unsigned char der[] = {
        0x30, 10, 6, 3, 0x55, 0x1d, 0x15, 4, 3, V_ASN1_ENUMERATED, 1, (unsigned char)reason};

    if (reason > CA_UNSPECIFIED) /* which is said by saying nothing */
        buf_add(to, der, sizeof der);
}

/* invalidityDate. */
static void add_invalid(struct buf *to, int64_t seconds)
{
    static const unsigned char head[] = {0x30, 24, 6, 3, 0x55, 0x1d, 0x18, 4, 17};
    time_t when = (time_t)seconds;
    struct tm parts = {.tm_mday = 1};

    if (seconds == 0)
        return;
    gmtime_r(&when, &parts);
    buf_add(to, head, sizeof head);
    add_generalized(to, &parts);
}

bool crld_add_entry(struct buf *to, const struct crld_entry *entry)
{
    struct buf inner = {0}, extensions = {0};
    bool added = add_serial(&inner, entry->serial);

    if (added) {
        add_time(&inner, entry->revoked_at);
        add_reason(&extensions, entry->reason);
        add_invalid(&extensions, entry->invalid_at);
        if (extensions.len > 0)
            der_wrap(&inner, DER_SEQUENCE, &extensions);
        der_wrap(to, DER_SEQUENCE, &inner);
    }
    buf_clear(&inner);
    buf_clear(&extensions);
    return added;
}

/* ---- around them ---- */

static enum kunci_rc issuer_of(const struct ca *ca, const struct crld_turn *turn, struct parts *out,
                               struct kunci_err *err)
{
    size_t len;
    const unsigned char *der = ca_certificate(ca, crld_issuer(turn->list), &len);

    if (parts_of_certificate(der, len, out))
        return KUNCI_OK;
    return document_refuse(&document_certificate, _("it is damaged"), err);
}

enum kunci_rc crld_add_head(struct buf *to, const struct ca *ca, const struct crld_turn *turn,
                            struct kunci_err *err)
{
    static const unsigned char version[] = {V_ASN1_INTEGER, 1, 1};
    const struct kunci_signer *signer = ca_signer(ca, crld_issuer(turn->list));
    const unsigned char *name;
    struct parts issuer;
    enum kunci_rc rc = issuer_of(ca, turn, &issuer, err);
    size_t len;

    buf_add(to, version, sizeof version);
    if (rc == KUNCI_OK)
        rc = algor_add(signer->alg, to, err);
    if (rc == KUNCI_OK) {
        if (X509_NAME_get0_der(issuer.subject, &name, &len) == 1)
            buf_add(to, name, len);
        else
            rc = err_openssl(err, "X509_NAME_get0_der");
    }
    add_time(to, turn->now);
    add_time(to, turn->now + CRLD_LIFE);
    parts_clear(&issuer);
    return rc;
}

/* An extension that is not critical. */
static void add_extension(struct buf *to, unsigned char which, const struct buf *value)
{
    const unsigned char kind[] = {V_ASN1_OBJECT, 3, 0x55, 0x1d, which};
    struct buf inner = {0};

    buf_add(&inner, kind, sizeof kind);
    der_wrap(&inner, V_ASN1_OCTET_STRING, value);
    der_wrap(to, DER_SEQUENCE, &inner);
    buf_clear(&inner);
}

/* As the issuer's certificate has it. */
static enum kunci_rc add_authority_key(struct buf *to, const struct parts *issuer,
                                       struct kunci_err *err)
{
    ASN1_OCTET_STRING *id = parts_extension(issuer, NID_subject_key_identifier);
    struct buf key = {0}, value = {0};

    if (!id)
        return document_refuse(&document_certificate, _("it is damaged"), err);
    der_put(&key, 0x80, ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
    der_wrap(&value, DER_SEQUENCE, &key);
    add_extension(to, 0x23, &value);
    buf_clear(&key);
    buf_clear(&value);
    ASN1_OCTET_STRING_free(id);
    return KUNCI_OK;
}

static void add_number(struct buf *to, int64_t number)
{
    unsigned char bytes[sizeof number + 1] = {0};
    size_t i, skip = 0;
    struct buf value = {0};

    for (i = 0; i < sizeof number; i++)
        bytes[1 + i] = (unsigned char)(number >> (8 * (sizeof number - 1 - i)));
    while (skip < sizeof number && bytes[skip] == 0 && !(bytes[skip + 1] & 0x80))
        skip++;
    der_put(&value, V_ASN1_INTEGER, bytes + skip, sizeof bytes - skip);
    add_extension(to, 0x14, &value);
    buf_clear(&value);
}

enum kunci_rc crld_add_tail(struct buf *to, const struct ca *ca, const struct crld_turn *turn,
                            struct kunci_err *err)
{
    struct buf all = {0}, extensions = {0};
    struct parts issuer;
    enum kunci_rc rc = issuer_of(ca, turn, &issuer, err);

    if (rc == KUNCI_OK)
        rc = add_authority_key(&all, &issuer, err);
    add_number(&all, turn->number);
    der_wrap(&extensions, DER_SEQUENCE, &all);
    der_wrap(to, DER_CONTEXT, &extensions);
    buf_clear(&all);
    buf_clear(&extensions);
    parts_clear(&issuer);
    return rc == KUNCI_OK && to->failed ? err_no_memory(err) : rc;
}
