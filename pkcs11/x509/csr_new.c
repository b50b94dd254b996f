/* A new certificate request (PKCS#10, RFC 2986), put together from its DER parts: the
 * public key comes as DER and goes as DER, and OpenSSL's own way through EVP_PKEY would
 * spend more time on encoding it than all the rest. */
#include "base/buf.h"
#include "base/der.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/alt_name.h"
#include "x509/document.h"
#include "x509/extension.h"
#include "x509/lint.h"
#include "x509/name.h"
#include "x509/parts.h"
#include "x509/signed.h"
#include "x509/usage.h"

#include <kunci/cert.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdlib.h>

/* ---- what is asked for ---- */

/* What a request is made of. */
struct wish {
    const struct kunci_csr_options *options;
    struct parts like;
    X509_NAME *subject;
    STACK_OF(X509_EXTENSION) * extensions;
};

static enum kunci_rc take_subject(struct wish *wish, struct kunci_err *err)
{
    if (wish->options->subject)
        return name_parse(wish->options->subject, &wish->subject, err);
    if (!wish->like.subject)
        return err_set(err, KUNCI_SUBJECT_INVALID, "", _("there is none"));
    wish->subject = X509_NAME_dup(wish->like.subject);
    return wish->subject ? KUNCI_OK : err_openssl(err, "X509_NAME_dup");
}

/* The extension of the certificate that it shall be like, where there is one. */
static enum kunci_rc copy(struct wish *wish, int nid, struct kunci_err *err)
{
    int at = parts_extension_at(&wish->like, nid);
    X509_EXTENSION *extension;

    if (at < 0)
        return KUNCI_OK;
    extension = X509_EXTENSION_dup(X509v3_get_ext(wish->like.extensions, at));
    if (extension && sk_X509_EXTENSION_push(wish->extensions, extension) > 0)
        return KUNCI_OK;
    X509_EXTENSION_free(extension);
    return err_no_memory(err);
}

static enum kunci_rc take_names(struct wish *wish, struct kunci_err *err)
{
    const char *const *names = wish->options->names;
    GENERAL_NAMES *read = NULL;
    enum kunci_rc rc;

    if (!names || !*names)
        return copy(wish, NID_subject_alt_name, err);
    if ((rc = alt_name_read(names, &read, err)) == KUNCI_OK)
        rc = extension_add(wish->extensions, NID_subject_alt_name, false, read, err);
    GENERAL_NAMES_free(read);
    return rc;
}

static enum kunci_rc add_usages(struct wish *wish, unsigned bits, EXTENDED_KEY_USAGE *purposes,
                                struct kunci_err *err)
{
    ASN1_BIT_STRING *usage = bits ? usage_new(bits) : NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (bits && !usage)
        return err_no_memory(err);
    if (usage)
        rc = extension_add(wish->extensions, NID_key_usage, true, usage, err);
    if (rc == KUNCI_OK && purposes)
        rc = extension_add(wish->extensions, NID_ext_key_usage, false, purposes, err);
    ASN1_BIT_STRING_free(usage);
    return rc;
}

static enum kunci_rc take_usages(struct wish *wish, struct kunci_err *err)
{
    const char *const *usages = wish->options->usages;
    EXTENDED_KEY_USAGE *purposes = NULL;
    enum kunci_rc rc;
    unsigned bits;

    if (!usages || !*usages) {
        rc = copy(wish, NID_key_usage, err);
        return rc == KUNCI_OK ? copy(wish, NID_ext_key_usage, err) : rc;
    }
    if ((rc = usage_read(usages, &bits, &purposes, err)) == KUNCI_OK)
        rc = add_usages(wish, bits, purposes, err);
    EXTENDED_KEY_USAGE_free(purposes);
    return rc;
}

static enum kunci_rc make_wish(struct wish *wish, struct kunci_err *err)
{
    const struct kunci_csr_options *options = wish->options;
    const char *const *extension = options->extensions;
    enum kunci_rc rc;

    if (options->like && !parts_of_certificate(options->like, options->like_len, &wish->like))
        return document_refuse(&document_certificate, _("it is damaged"), err);
    if (!(wish->extensions = sk_X509_EXTENSION_new_null()))
        return err_no_memory(err);
    if ((rc = take_subject(wish, err)) == KUNCI_OK && (rc = take_names(wish, err)) == KUNCI_OK)
        rc = take_usages(wish, err);
    for (; rc == KUNCI_OK && extension && *extension; extension++)
        rc = extension_read(wish->extensions, *extension, err);
    return rc;
}

static void clear_wish(struct wish *wish)
{
    sk_X509_EXTENSION_pop_free(wish->extensions, X509_EXTENSION_free);
    X509_NAME_free(wish->subject);
    parts_clear(&wish->like);
}

/* ---- writing it ---- */

/* [0], with the attribute extensionRequest in it where anything is asked for. */
static enum kunci_rc write_attributes(const STACK_OF(X509_EXTENSION) * extensions, struct buf *to,
                                      struct kunci_err *err)
{
    struct buf set = {0}, attribute = {0}, attributes = {0};
    unsigned char *list = NULL, *type = NULL;
    int len, type_len;

    if (sk_X509_EXTENSION_num(extensions) > 0) {
        len = i2d_X509_EXTENSIONS(extensions, &list);
        type_len = i2d_ASN1_OBJECT(OBJ_nid2obj(NID_ext_req), &type);
        if (len > 0 && type_len > 0) {
            der_put(&set, DER_SET, list, (size_t)len);
            buf_add(&attribute, type, (size_t)type_len);
            buf_add(&attribute, set.data, set.len);
            der_wrap(&attributes, DER_SEQUENCE, &attribute);
        }
        attributes.failed |= len <= 0 || type_len <= 0 || set.failed;
    }
    der_wrap(to, DER_CONTEXT, &attributes);
    OPENSSL_free(list);
    OPENSSL_free(type);
    buf_clear(&set);
    buf_clear(&attribute);
    buf_clear(&attributes);
    return to->failed ? err_no_memory(err) : KUNCI_OK;
}

/* CertificationRequestInfo: version 0, the name, the key and the attributes. */
static enum kunci_rc write_info(const struct kunci_signer *signer, const struct wish *wish,
                                struct buf *to, struct kunci_err *err)
{
    static const unsigned char version[] = {V_ASN1_INTEGER, 1, 0};
    unsigned char *name = NULL;
    int name_len = i2d_X509_NAME(wish->subject, &name);
    struct buf inner = {0};
    enum kunci_rc rc;

    if (name_len < 0)
        return err_openssl(err, "i2d_X509_NAME");
    buf_add(&inner, version, sizeof version);
    buf_add(&inner, name, (size_t)name_len);
    buf_add(&inner, signer->spki, signer->spki_len);
    if ((rc = write_attributes(wish->extensions, &inner, err)) == KUNCI_OK)
        der_wrap(to, DER_SEQUENCE, &inner);
    OPENSSL_free(name);
    buf_clear(&inner);
    return rc == KUNCI_OK && to->failed ? err_no_memory(err) : rc;
}

/* A subject alone keeps the rules, as name_parse() does: trying them all would take
 * longer than the rest. */
static enum kunci_rc check(const struct wish *wish, const unsigned char *der, size_t len,
                           struct kunci_err *err)
{
    bool plain = !wish->options->like && sk_X509_EXTENSION_num(wish->extensions) == 0;

    return plain ? KUNCI_OK : lint_request(der, len, err);
}

enum kunci_rc kunci_csr_new(struct kunci_signer *signer, const struct kunci_csr_options *options,
                            unsigned char **der, size_t *len, struct kunci_err *err)
{
    struct wish wish = {.options = options};
    struct buf info = {0};
    enum kunci_rc rc;

    *der = NULL;
    *len = 0;
    if ((rc = signed_prepare(signer, err)) == KUNCI_OK &&
        (rc = make_wish(&wish, err)) == KUNCI_OK &&
        (rc = write_info(signer, &wish, &info, err)) == KUNCI_OK &&
        (rc = signed_make(signer, &info, der, len, err)) == KUNCI_OK &&
        (rc = check(&wish, *der, *len, err)) != KUNCI_OK) {
        free(*der);
        *der = NULL;
    }
    buf_clear(&info);
    clear_wish(&wish);
    return rc;
}
