/* Certificate requests (PKCS#10, RFC 2986). A new one is put together from its
 * DER parts: the public key comes as DER and goes as DER, and OpenSSL's own way
 * through EVP_PKEY would spend more time on encoding it than all the rest. */
#include "base/buf.h"
#include "base/der.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/algor.h"
#include "x509/document.h"
#include "x509/name.h"
#include "x509/proof.h"

#include <kunci/cert.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

static const char *const pem_names[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", NULL};
static const struct document_kind request = {pem_names, KUNCI_CSR_INVALID, N_("The input")};

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
    return document_refuse(&request, _("it is damaged"), err);
}

/* Checks that who made the request holds the key in it. */
static enum kunci_rc check_signature(const unsigned char *der, size_t len, struct kunci_err *err)
{
    X509_REQ *req = NULL;
    EVP_PKEY *key;
    enum kunci_rc rc = decode(der, len, &req, err);

    if (rc != KUNCI_OK)
        return rc;
    key = X509_REQ_get0_pubkey(req);
    if (!key)
        rc = document_refuse(&request, _("its public key cannot be used"), err);
    else if (X509_REQ_verify(req, key) != 1)
        rc = document_refuse(&request, _("its signature was not made with its key"), err);
    ERR_clear_error();
    X509_REQ_free(req);
    return rc;
}

enum kunci_rc kunci_csr_read(const void *in, size_t in_len, unsigned char **der, size_t *len,
                             struct kunci_err *err)
{
    enum kunci_rc rc = document_read(&request, in, in_len, der, len, err);

    if (rc == KUNCI_OK && (rc = check_signature(*der, *len, err)) != KUNCI_OK) {
        free(*der);
        *der = NULL;
    }
    return rc;
}

enum kunci_rc kunci_csr_describe(const unsigned char *der, size_t len, struct kunci_cert_info *out,
                                 struct kunci_err *err)
{
    const X509_ALGOR *signature;
    X509_REQ *req = NULL;
    enum kunci_rc rc;

    *out = (struct kunci_cert_info){0};
    if ((rc = decode(der, len, &req, err)) != KUNCI_OK)
        return rc;
    X509_REQ_get0_signature(req, NULL, &signature);
    rc = document_describe(der, len, X509_REQ_get_subject_name(req), X509_REQ_get_X509_PUBKEY(req),
                           signature, out, err);
    if (rc != KUNCI_OK)
        kunci_cert_info_clear(out);
    X509_REQ_free(req);
    return rc;
}

/* ---- making one ---- */

/* CertificationRequestInfo: version 0, the name, the key and no attributes. */
static enum kunci_rc write_info(const struct kunci_signer *signer, const X509_NAME *subject,
                                struct buf *to, struct kunci_err *err)
{
    static const unsigned char version[] = {V_ASN1_INTEGER, 1, 0}, no_attributes[] = {0xa0, 0};
    unsigned char *name = NULL;
    int name_len = i2d_X509_NAME(subject, &name);

    if (name_len < 0)
        return err_openssl(err, "i2d_X509_NAME");
    der_header(to, DER_SEQUENCE,
               sizeof version + (size_t)name_len + signer->spki_len + sizeof no_attributes);
    buf_add(to, version, sizeof version);
    buf_add(to, name, (size_t)name_len);
    buf_add(to, signer->spki, signer->spki_len);
    buf_add(to, no_attributes, sizeof no_attributes);
    OPENSSL_free(name);
    return to->failed ? err_no_memory(err) : KUNCI_OK;
}

/* The whole: what is signed, the algorithm, the signature. */
static enum kunci_rc write_request(const struct buf *info, const X509_ALGOR *algor,
                                   const unsigned char *sig, size_t sig_len, struct buf *to,
                                   struct kunci_err *err)
{
    unsigned char *algorithm = NULL;
    struct buf tail = {0};
    int len = i2d_X509_ALGOR(algor, &algorithm);
    enum kunci_rc rc = KUNCI_OK;

    if (len < 0)
        return err_openssl(err, "i2d_X509_ALGOR");
    buf_add(&tail, algorithm, (size_t)len);
    OPENSSL_free(algorithm);
    der_header(&tail, V_ASN1_BIT_STRING, sig_len + 1);
    buf_add(&tail, "", 1); /* no bits of the last byte are unused */
    buf_add(&tail, sig, sig_len);
    der_header(to, DER_SEQUENCE, info->len + tail.len);
    buf_add(to, info->data, info->len);
    buf_add(to, tail.data, tail.len);
    if (tail.failed || to->failed)
        rc = err_no_memory(err);
    buf_clear(&tail);
    return rc;
}

enum kunci_rc kunci_csr_new(struct kunci_signer *signer, const char *subject, unsigned char **der,
                            size_t *len, struct kunci_err *err)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct buf info = {0}, whole = {0};
    X509_ALGOR *algor = NULL;
    X509_NAME *name = NULL;
    size_t sig_len = 0;
    enum kunci_rc rc;

    *der = NULL;
    *len = 0;
    if ((rc = algor_new(signer->alg, &algor, err)) != KUNCI_OK ||
        (rc = name_parse(subject, &name, err)) != KUNCI_OK ||
        (rc = write_info(signer, name, &info, err)) != KUNCI_OK ||
        (rc = kunci_sign_message(signer, info.data, info.len, sig, &sig_len, err)) != KUNCI_OK ||
        (rc = proof_check(signer, info.data, info.len, sig, sig_len, err)) != KUNCI_OK ||
        (rc = write_request(&info, algor, sig, sig_len, &whole, err)) != KUNCI_OK)
        goto out;
    *len = whole.len;
    *der = (unsigned char *)buf_take(&whole);
    if (!*der)
        rc = err_no_memory(err);
out:
    X509_ALGOR_free(algor);
    X509_NAME_free(name);
    buf_clear(&info);
    buf_clear(&whole);
    return rc;
}
