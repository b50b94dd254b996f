/* Certificates as documents: reading them, and telling what they say. */
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/document.h"
#include "x509/name.h"
#include "x509/parts.h"

#include <kunci/cert.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const pem_names[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
const struct document_kind document_certificate = {pem_names, KUNCI_CERT_INVALID, N_("The input")};

static enum kunci_rc decode(const unsigned char *der, size_t len, X509 **out, struct kunci_err *err)
{
    const unsigned char *p = der;

    ERR_clear_error();
    *out = len <= DOCUMENT_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;
    if (*out && p == der + len)
        return KUNCI_OK;
    X509_free(*out);
    *out = NULL;
    return document_refuse(&document_certificate, _("it is damaged"), err);
}

enum kunci_rc kunci_cert_read(const void *in, size_t len, unsigned char **der, size_t *der_len,
                              struct kunci_err *err)
{
    enum kunci_rc rc = document_read(&document_certificate, in, len, der, der_len, err);
    X509 *x509 = NULL;

    if (rc == KUNCI_OK && (rc = decode(*der, *der_len, &x509, err)) != KUNCI_OK) {
        free(*der);
        *der = NULL;
    }
    X509_free(x509);
    return rc;
}

/* ---- what one says ---- */

static enum kunci_rc read_time(const ASN1_TIME *from, int64_t *to, struct kunci_err *err)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(from, &tm) != 1)
        return document_refuse(&document_certificate, _("its dates cannot be read"), err);
    *to = timegm(&tm);
    return KUNCI_OK;
}

static enum kunci_rc print_serial(const ASN1_INTEGER *serial, char **out, struct kunci_err *err)
{
    size_t i, len = (size_t)ASN1_STRING_length(serial);
    const unsigned char *bytes = ASN1_STRING_get0_data(serial);
    struct buf text = {0};

    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        buf_text(&text, "-");
    for (i = 0; i < len; i++)
        buf_printf(&text, "%02x", bytes[i]);
    *out = buf_take(&text);
    return *out ? KUNCI_OK : err_no_memory(err);
}

enum kunci_rc kunci_cert_describe(const unsigned char *der, size_t len, struct kunci_cert_info *out,
                                  struct kunci_err *err)
{
    struct parts parts = {.len = 0};
    const X509_ALGOR *signature;
    X509 *x509 = NULL;
    enum kunci_rc rc;

    *out = (struct kunci_cert_info){0};
    if ((rc = decode(der, len, &x509, err)) != KUNCI_OK)
        return rc;
    X509_get0_signature(NULL, &signature, x509);
    if ((rc = document_describe(der, len, X509_get_subject_name(x509), X509_get_X509_PUBKEY(x509),
                                signature, out, err)) == KUNCI_OK &&
        (rc = name_print(X509_get_issuer_name(x509), &out->issuer, err)) == KUNCI_OK &&
        (rc = print_serial(X509_get0_serialNumber(x509), &out->serial, err)) == KUNCI_OK &&
        (rc = read_time(X509_get0_notBefore(x509), &out->not_before, err)) == KUNCI_OK)
        rc = read_time(X509_get0_notAfter(x509), &out->not_after, err);
    if (rc == KUNCI_OK && !parts_of_certificate(der, len, &parts))
        rc = document_refuse(&document_certificate, _("it is damaged"), err);
    if (rc == KUNCI_OK)
        rc = document_extensions(&parts, out, err);
    parts_clear(&parts);
    if (rc != KUNCI_OK)
        kunci_cert_info_clear(out);
    X509_free(x509);
    return rc;
}
