/* Certificate requests (PKCS#10, RFC 2986) read and told. */
#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "x509/document.h"
#include "x509/parts.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

static const char *const pem_names[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", NULL};
const struct document_kind document_request = {pem_names, KUNCI_CSR_INVALID, N_("The input")};

static enum kunci_rc decode(const unsigned char *der, size_t len, X509_REQ **out,
                            struct kunci_err *err)
{
    const unsigned char *p = der;

    ERR_clear_error();
    *out = len <= DOCUMENT_MAX ? d2i_X509_REQ(NULL, &p, (long)len) : NULL;
    if (*out && p == der + len)
        return KUNCI_OK;
    X509_REQ_free(*out);
    *out = NULL;
    return document_refuse(&document_request, _("it is damaged"), err);
}

/* By the bytes that were signed, and the key loaded by the short way, where it is one of
 * ours: OpenSSL's own way, for all others, takes as long as issuing the certificate. */
static enum kunci_rc check_ours(const struct parts *parts, EVP_PKEY *key, struct kunci_err *err)
{
    const unsigned char *p = parts->signed_part;
    ASN1_TYPE *body = d2i_ASN1_TYPE(NULL, &p, (long)parts->signed_len);
    bool proved = body && ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), parts->algorithm,
                                           parts->signature, body, key) == 1;

    ASN1_TYPE_free(body);
    return proved ? KUNCI_OK
                  : document_refuse(&document_request, _("its signature was not made with its key"),
                                    err);
}

static enum kunci_rc check_others(const unsigned char *der, size_t len, struct kunci_err *err)
{
    X509_REQ *req = NULL;
    EVP_PKEY *key;
    enum kunci_rc rc = decode(der, len, &req, err);

    if (rc != KUNCI_OK)
        return rc;
    key = X509_REQ_get0_pubkey(req);
    if (!key)
        rc = document_refuse(&document_request, _("its public key cannot be used"), err);
    else if (X509_REQ_verify(req, key) != 1)
        rc = document_refuse(&document_request, _("its signature was not made with its key"), err);
    X509_REQ_free(req);
    return rc;
}

/* Checks that who made the request holds the key in it. */
static enum kunci_rc check_signature(const unsigned char *der, size_t len, struct kunci_err *err)
{
    struct parts parts = {.len = 0};
    EVP_PKEY *key = NULL;
    enum kunci_rc rc;

    if (len <= DOCUMENT_MAX && parts_of_request(der, len, &parts))
        key = spki_load(parts.spki, parts.spki_len);
    if (key)
        rc = check_ours(&parts, key, err);
    else if ((rc = check_others(der, len, err)) == KUNCI_OK && !parts.der)
        rc = document_refuse(&document_request, _("its extensions cannot be read"), err);
    parts_clear(&parts);
    ERR_clear_error();
    EVP_PKEY_free(key);
    return rc;
}

enum kunci_rc kunci_csr_read(const void *in, size_t in_len, unsigned char **der, size_t *len,
                             struct kunci_err *err)
{
    enum kunci_rc rc = document_read(&document_request, in, in_len, der, len, err);

    if (rc == KUNCI_OK && (rc = check_signature(*der, *len, err)) != KUNCI_OK) {
        free(*der);
        *der = NULL;
    }
    return rc;
}

enum kunci_rc kunci_csr_describe(const unsigned char *der, size_t len, struct kunci_cert_info *out,
                                 struct kunci_err *err)
{
    struct parts parts = {.len = 0};
    const X509_ALGOR *signature;
    X509_REQ *req = NULL;
    enum kunci_rc rc;

    *out = (struct kunci_cert_info){0};
    if ((rc = decode(der, len, &req, err)) != KUNCI_OK)
        return rc;
    X509_REQ_get0_signature(req, NULL, &signature);
    if (!parts_of_request(der, len, &parts))
        rc = document_refuse(&document_request, _("its extensions cannot be read"), err);
    else if ((rc = document_describe(der, len, X509_REQ_get_subject_name(req),
                                     X509_REQ_get_X509_PUBKEY(req), signature, out, err)) ==
             KUNCI_OK)
        rc = document_extensions(&parts, out, err);
    parts_clear(&parts);
    if (rc != KUNCI_OK)
        kunci_cert_info_clear(out);
    X509_REQ_free(req);
    return rc;
}
