/* Certificates held against each other. */
#include "base/spki.h"
#include "x509/parts.h"

#include <kunci/cert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

static bool take_both(const unsigned char *der, size_t len, const unsigned char *other,
                      size_t other_len, struct parts both[2])
{
    if (!parts_of_certificate(der, len, &both[0]))
        return false;
    if (parts_of_certificate(other, other_len, &both[1]))
        return true;
    parts_clear(&both[0]);
    return false;
}

unsigned kunci_cert_alike(const unsigned char *der, size_t len, const unsigned char *other,
                          size_t other_len)
{
    struct parts both[2];
    unsigned alike = 0;

    if (take_both(der, len, other, other_len, both)) {
        if (both[0].spki_len == both[1].spki_len &&
            memcmp(both[0].spki, both[1].spki, both[0].spki_len) == 0)
            alike |= KUNCI_SAME_KEY;
        if (name_same(both[0].subject, both[1].subject))
            alike |= KUNCI_SAME_SUBJECT;
        parts_clear(&both[0]);
        parts_clear(&both[1]);
    }
    ERR_clear_error();
    return alike;
}

/* Where both tell a key's identifier, it is the same. */
static bool key_fits(const struct parts *cert, const struct parts *issuer)
{
    AUTHORITY_KEYID *wanted = parts_extension(cert, NID_authority_key_identifier);
    ASN1_OCTET_STRING *there = parts_extension(issuer, NID_subject_key_identifier);
    bool fits =
        !wanted || !wanted->keyid || !there || ASN1_OCTET_STRING_cmp(wanted->keyid, there) == 0;

    AUTHORITY_KEYID_free(wanted);
    ASN1_OCTET_STRING_free(there);
    return fits;
}

static bool signature_fits(const unsigned char *der, size_t len, const struct parts *issuer)
{
    const unsigned char *in = der;
    X509 *cert = d2i_X509(NULL, &in, (long)len);
    EVP_PKEY *key = spki_load(issuer->spki, issuer->spki_len);
    bool fits = cert && key && X509_verify(cert, key) == 1;

    X509_free(cert);
    EVP_PKEY_free(key);
    return fits;
}

bool kunci_cert_issued_by(const unsigned char *der, size_t len, const unsigned char *issuer,
                          size_t issuer_len)
{
    struct parts both[2];
    bool issued = false;

    if (take_both(der, len, issuer, issuer_len, both)) {
        issued = name_same(both[0].issuer, both[1].subject) && key_fits(&both[0], &both[1]) &&
                 signature_fits(der, len, &both[1]);
        parts_clear(&both[0]);
        parts_clear(&both[1]);
    }
    ERR_clear_error();
    return issued;
}
