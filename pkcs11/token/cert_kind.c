#include "token/cert_kind.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

/* One of those that Yubico puts into a statement will do: x509/attest.c reads them. The
 * device's own certificate may tell the same, but it is one that issues others. */
static bool is_statement(X509 *x509)
{
    static const char *const oids[] = {"1.3.6.1.4.1.41482.3.3", "1.3.6.1.4.1.41482.3.7",
                                       "1.3.6.1.4.1.41482.3.8"};
    bool has = false;
    size_t i;

    for (i = 0; !has && i < sizeof oids / sizeof *oids; i++) {
        ASN1_OBJECT *oid = OBJ_txt2obj(oids[i], 1);

        has = oid && X509_get_ext_by_OBJ(x509, oid, -1) >= 0;
        ASN1_OBJECT_free(oid);
    }
    return has && X509_check_ca(x509) != 1;
}

/* YKCS11 puts one beside a new key, to show its public half: it has no issuer, no number,
 * and is valid for no time. A second may pass while it is written. */
static bool is_filler(const X509 *x509)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    int days, seconds;

    return X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0 &&
           ASN1_INTEGER_get(serial) == 0 &&
           ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x509), X509_get0_notAfter(x509)) &&
           days == 0 && (seconds == 0 || seconds == 1);
}

enum cert_kind cert_kind(const unsigned char *der, size_t len)
{
    const unsigned char *in = der;
    enum cert_kind kind = CERT_HOLDERS;
    X509 *x509;

    ERR_set_mark(); /* that it cannot be read is no error */
    x509 = d2i_X509(NULL, &in, (long)len);
    if (x509 && in == der + len)
        kind = is_statement(x509) ? CERT_STATEMENT : is_filler(x509) ? CERT_FILLER : CERT_HOLDERS;
    X509_free(x509);
    ERR_pop_to_mark();
    return kind;
}
