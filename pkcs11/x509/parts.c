#include "x509/parts.h"

#include "base/der.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* ---- the ASN.1 ---- */

struct tbs {
    ASN1_INTEGER *version, *serial;
    X509_ALGOR *algorithm;
    X509_NAME *issuer, *subject;
    X509_VAL *validity;
    ASN1_TYPE *key;
    ASN1_BIT_STRING *issuer_id, *subject_id;
    STACK_OF(X509_EXTENSION) * extensions;
};

struct whole_certificate {
    struct tbs *tbs;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
};

struct request_info {
    ASN1_INTEGER *version;
    X509_NAME *subject;
    ASN1_TYPE *key;
    STACK_OF(X509_ATTRIBUTE) * attributes;
};

struct whole_request {
    struct request_info *info;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
};

/* clang-format off */
ASN1_SEQUENCE(tbs) = {
    ASN1_EXP_OPT(struct tbs, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(struct tbs, serial, ASN1_INTEGER),
    ASN1_SIMPLE(struct tbs, algorithm, X509_ALGOR),
    ASN1_SIMPLE(struct tbs, issuer, X509_NAME),
    ASN1_SIMPLE(struct tbs, validity, X509_VAL),
    ASN1_SIMPLE(struct tbs, subject, X509_NAME),
    ASN1_SIMPLE(struct tbs, key, ASN1_ANY),
    ASN1_IMP_OPT(struct tbs, issuer_id, ASN1_BIT_STRING, 1),
    ASN1_IMP_OPT(struct tbs, subject_id, ASN1_BIT_STRING, 2),
    ASN1_EXP_SEQUENCE_OF_OPT(struct tbs, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END_name(struct tbs, tbs)

ASN1_SEQUENCE(whole_certificate) = {
    ASN1_SIMPLE(struct whole_certificate, tbs, tbs),
    ASN1_SIMPLE(struct whole_certificate, algorithm, X509_ALGOR),
    ASN1_SIMPLE(struct whole_certificate, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct whole_certificate, whole_certificate)

ASN1_SEQUENCE(request_info) = {
    ASN1_SIMPLE(struct request_info, version, ASN1_INTEGER),
    ASN1_SIMPLE(struct request_info, subject, X509_NAME),
    ASN1_SIMPLE(struct request_info, key, ASN1_ANY),
    ASN1_IMP_SET_OF_OPT(struct request_info, attributes, X509_ATTRIBUTE, 0),
} static_ASN1_SEQUENCE_END_name(struct request_info, request_info)

ASN1_SEQUENCE(whole_request) = {
    ASN1_SIMPLE(struct whole_request, info, request_info),
    ASN1_SIMPLE(struct whole_request, algorithm, X509_ALGOR),
    ASN1_SIMPLE(struct whole_request, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct whole_request, whole_request);
/* clang-format on */

/* The first thing inside the outer sequence is what is signed. */
static void find_signed(struct parts *out)
{
    const unsigned char *p = out->der, *end = out->der + out->len;
    int tag, class;
    long len;

    ASN1_get_object(&p, &len, &tag, &class, end - p);
    out->signed_part = p;
    ASN1_get_object(&p, &len, &tag, &class, end - p);
    out->signed_len = (size_t)(p - out->signed_part) + (size_t)len;
}

static bool take_key(const ASN1_TYPE *key, struct parts *out)
{
    if (key->type != V_ASN1_SEQUENCE)
        return false;
    out->spki = ASN1_STRING_get0_data(key->value.sequence);
    out->spki_len = (size_t)ASN1_STRING_length(key->value.sequence);
    return true;
}

bool parts_of_certificate(const unsigned char *der, size_t len, struct parts *out)
{
    struct whole_certificate *whole = der_read(der, len, ASN1_ITEM_rptr(whole_certificate));

    *out = (struct parts){.der = der, .len = len, .certificate = whole};
    if (!whole || !take_key(whole->tbs->key, out)) {
        parts_clear(out);
        return false;
    }
    find_signed(out);
    out->version = whole->tbs->version;
    out->serial = whole->tbs->serial;
    out->algorithm = whole->algorithm;
    out->algorithm_inside = whole->tbs->algorithm;
    out->issuer = whole->tbs->issuer;
    out->subject = whole->tbs->subject;
    out->not_before = whole->tbs->validity->notBefore;
    out->not_after = whole->tbs->validity->notAfter;
    out->signature = whole->signature;
    out->extensions = whole->tbs->extensions;
    out->has_unique_ids = whole->tbs->issuer_id || whole->tbs->subject_id;
    return true;
}

/* What the extensionRequest holds; true where there is none. Two are one too many. */
static bool take_requested(struct parts *out)
{
    int i, count = 0;

    for (i = 0; i < X509at_get_attr_count(out->attributes); i++) {
        X509_ATTRIBUTE *attribute = X509at_get_attr(out->attributes, i);
        ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
        const unsigned char *in;

        if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != NID_ext_req)
            continue;
        if (count++ || X509_ATTRIBUTE_count(attribute) != 1 || value->type != V_ASN1_SEQUENCE)
            return false;
        in = ASN1_STRING_get0_data(value->value.sequence);
        out->requested = d2i_X509_EXTENSIONS(NULL, &in, ASN1_STRING_length(value->value.sequence));
        if (!out->requested)
            return false;
    }
    out->extensions = out->requested;
    return true;
}

bool parts_of_request(const unsigned char *der, size_t len, struct parts *out)
{
    struct whole_request *whole = der_read(der, len, ASN1_ITEM_rptr(whole_request));

    *out = (struct parts){.is_request = true, .der = der, .len = len, .request = whole};
    if (!whole || !take_key(whole->info->key, out))
        goto refused;
    find_signed(out);
    out->version = whole->info->version;
    out->algorithm = whole->algorithm;
    out->subject = whole->info->subject;
    out->signature = whole->signature;
    out->attributes = whole->info->attributes;
    if (take_requested(out))
        return true;
refused:
    parts_clear(out);
    return false;
}

void parts_clear(struct parts *parts)
{
    ASN1_item_free((ASN1_VALUE *)parts->certificate, ASN1_ITEM_rptr(whole_certificate));
    ASN1_item_free((ASN1_VALUE *)parts->request, ASN1_ITEM_rptr(whole_request));
    sk_X509_EXTENSION_pop_free(parts->requested, X509_EXTENSION_free);
    *parts = (struct parts){.len = 0};
}

void *parts_extension(const struct parts *parts, int nid)
{
    int critical;
    void *value = X509V3_get_d2i(parts->extensions, nid, &critical, NULL);

    if (!value && ERR_GET_REASON(ERR_peek_error()) != ERR_R_MALLOC_FAILURE)
        ERR_clear_error();
    return value;
}

int parts_extension_at(const struct parts *parts, int nid)
{
    return X509v3_get_ext_by_NID(parts->extensions, nid, -1);
}

bool parts_is_critical(const struct parts *parts, int nid)
{
    int at = parts_extension_at(parts, nid);

    return at >= 0 && X509_EXTENSION_get_critical(X509v3_get_ext(parts->extensions, at));
}

bool name_same(const X509_NAME *a, const X509_NAME *b)
{
    const unsigned char *bytes, *others;
    size_t len, other_len;

    return X509_NAME_get0_der(a, &bytes, &len) && X509_NAME_get0_der(b, &others, &other_len) &&
           len == other_len && memcmp(bytes, others, len) == 0;
}

bool parts_self_issued(const struct parts *parts)
{
    return parts->issuer && name_same(parts->issuer, parts->subject);
}
