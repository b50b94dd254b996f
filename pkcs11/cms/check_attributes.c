#include "cms/check_attributes.h"

#include "base/buf.h"
#include "base/der.h"
#include "base/text.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <string.h>
#include <time.h>

/* SET OF Attribute, which OpenSSL sorts. */
/* clang-format off */
ASN1_ITEM_TEMPLATE(ATTRIBUTES) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_OF, 0, attributes, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END(ATTRIBUTES)
    /* clang-format on */

    bool attributes_are_there(CMS_SignerInfo * signer)
{
    return CMS_signed_get_attr_count(signer) >= 0;
}

int attributes_encode(CMS_SignerInfo *signer, unsigned char **der)
{
    STACK_OF(X509_ATTRIBUTE) *attributes = sk_X509_ATTRIBUTE_new_null();
    int i, count = CMS_signed_get_attr_count(signer), len = -1;

    *der = NULL;
    for (i = 0; attributes && i < count; i++)
        if (!sk_X509_ATTRIBUTE_push(attributes, CMS_signed_get_attr(signer, i)))
            goto out;
    if (attributes)
        len = ASN1_item_i2d((const ASN1_VALUE *)attributes, der, ASN1_ITEM_rptr(ATTRIBUTES));
out:
    sk_X509_ATTRIBUTE_free(attributes);
    return len;
}

/* The value of the one that has the name; NULL: it is not there, or not of the type. */
static void *value_of(CMS_SignerInfo *signer, int nid, int type)
{
    int at = CMS_signed_get_attr_by_NID(signer, nid, -1);

    return at < 0 ? NULL : X509_ATTRIBUTE_get0_data(CMS_signed_get_attr(signer, at), 0, type, NULL);
}

/* But for timestamps of the content (ETSI EN 319 122-1), which several authorities may give. */
static bool each_is_there_once(CMS_SignerInfo *signer)
{
    int i, count = CMS_signed_get_attr_count(signer);

    for (i = 0; i < count; i++) {
        X509_ATTRIBUTE *attribute = CMS_signed_get_attr(signer, i);

        if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) ==
            NID_id_smime_aa_ets_contentTimestamp)
            continue;
        if (X509_ATTRIBUTE_count(attribute) != 1 ||
            CMS_signed_get_attr_by_OBJ(signer, X509_ATTRIBUTE_get0_object(attribute), i) >= 0)
            return false;
    }
    return true;
}

static void read_time(CMS_SignerInfo *signer, struct cms_proof *proof)
{
    int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
    const ASN1_TYPE *value;
    struct tm tm;

    if (at < 0)
        return;
    value = X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(signer, at), 0);
    if (value && (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME) &&
        ASN1_TIME_to_tm(value->value.asn1_string, &tm) == 1)
        proof->claimed_time = timegm(&tm);
}

bool attributes_check(const struct cms *cms, CMS_SignerInfo *signer, struct cms_proof *proof)
{
    const ASN1_OBJECT *type = value_of(signer, NID_pkcs9_contentType, V_ASN1_OBJECT);

    if (!each_is_there_once(signer))
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_FORMAT_FAILURE,
                              _("A signed attribute stands there twice, or has no single value."));
    if (!type || !value_of(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING))
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_FORMAT_FAILURE,
                              _("A signed attribute is missing that has to be there."));
    if (OBJ_cmp(type, CMS_get0_eContentType(cms->info)) != 0)
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_FORMAT_FAILURE,
                              _("What was signed is of another type than what is there."));
    read_time(signer, proof);
    return true;
}

bool attributes_check_digest(const struct cms *cms, CMS_SignerInfo *signer, const EVP_MD *hash,
                             struct cms_proof *proof)
{
    const ASN1_OCTET_STRING *said = value_of(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    const unsigned char *found = digests_value(&cms->digests, hash);

    if (ASN1_STRING_length(said) == EVP_MD_get_size(hash) &&
        memcmp(ASN1_STRING_get0_data(said), found, (size_t)ASN1_STRING_length(said)) == 0)
        return true;
    return cms_find_fault(proof, KUNCI_FAILED, KUNCI_HASH_FAILURE, NULL);
}

/* ---- the certificate's name (RFC 5035) ---- */

/* The first element of a SEQUENCE as DER, in a SEQUENCE of its own. */
static bool first_of(const unsigned char *der, long len, struct buf *out)
{
    ASN1_SEQUENCE_ANY *elements = d2i_ASN1_SEQUENCE_ANY(NULL, &der, len);
    unsigned char *first = NULL;
    int first_len = -1;

    if (elements && sk_ASN1_TYPE_num(elements) > 0)
        first_len = i2d_ASN1_TYPE(sk_ASN1_TYPE_value(elements, 0), &first);
    if (first_len > 0)
        der_put(out, DER_SEQUENCE, first, (size_t)first_len);
    OPENSSL_free(first);
    sk_ASN1_TYPE_pop_free(elements, ASN1_TYPE_free);
    return first_len > 0 && !out->failed;
}

/* The attribute's value with the first name alone, which is the signer's: others say how
 * to believe it, and that is ours to find. */
static bool first_name(const ASN1_STRING *value, struct buf *out)
{
    const unsigned char *names = NULL;
    struct buf list = {0}, first = {0};
    bool found = false;
    long len = 0;
    int tag, class;

    if (first_of(ASN1_STRING_get0_data(value), ASN1_STRING_length(value), &list)) {
        names = (const unsigned char *)list.data;
        ASN1_get_object(&names, &len, &tag, &class, (long)list.len);
        found = first_of(names, len, &first);
        der_wrap(out, DER_SEQUENCE, &first);
    }
    out->failed |= list.failed || first.failed;
    buf_clear(&list);
    buf_clear(&first);
    return found && !out->failed;
}

static bool names_cert(int nid, const ASN1_STRING *value, X509 *cert)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    ESS_SIGNING_CERT_V2 *newer = NULL;
    ESS_SIGNING_CERT *older = NULL;
    struct buf name = {0};
    bool named = false;
    const unsigned char *p;

    if (!chain || !sk_X509_push(chain, cert) || !first_name(value, &name))
        goto out;
    p = (const unsigned char *)name.data;
    if (nid == NID_id_smime_aa_signingCertificateV2)
        newer = d2i_ESS_SIGNING_CERT_V2(NULL, &p, (long)name.len);
    else
        older = d2i_ESS_SIGNING_CERT(NULL, &p, (long)name.len);
    named = OSSL_ESS_check_signing_certs(older, newer, chain, 1) == 1;
out:
    if (name.failed) {
        ERR_clear_error(); /* cms_check() looks at the first one */
        ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
    }
    ESS_SIGNING_CERT_V2_free(newer);
    ESS_SIGNING_CERT_free(older);
    sk_X509_free(chain);
    buf_clear(&name);
    return named;
}

bool attributes_check_cert(CMS_SignerInfo *signer, struct cms_proof *proof)
{
    static const int nids[] = {NID_id_smime_aa_signingCertificate,
                               NID_id_smime_aa_signingCertificateV2};
    size_t i;

    for (i = 0; i < sizeof nids / sizeof *nids; i++) {
        const ASN1_STRING *value = value_of(signer, nids[i], V_ASN1_SEQUENCE);

        if (!value && CMS_signed_get_attr_by_NID(signer, nids[i], -1) < 0)
            continue;
        if (!value || !names_cert(nids[i], value, proof->cert))
            return cms_find_fault(proof, KUNCI_INDETERMINATE, KUNCI_NO_SIGNING_CERTIFICATE_FOUND,
                                  _("The certificate beside it is not the one that was signed."));
        proof->cades = true;
    }
    return true;
}
