/* Attestation as a YubiKey has it: a certificate that says a key was made on the
 * card, by a key of the card's own. */
#include "tokens/piv_card.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

const unsigned char card_version[3] = {5, 2, 7};

/* Yubico's extensions, whose value is bare bytes. */
#define OID_VERSION "1.3.6.1.4.1.41482.3.3"
#define OID_SERIAL  "1.3.6.1.4.1.41482.3.7"
#define OID_POLICY  "1.3.6.1.4.1.41482.3.8"

static bool set_name(X509_NAME *name, const char *common)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1,
                                      -1, 0) == 1;
}

static bool add_extension(X509 *cert, const char *oid, const unsigned char *value, size_t len)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    bool ok = object && octets && ASN1_OCTET_STRING_set(octets, value, (int)len) == 1 &&
              (extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets)) &&
              X509_add_ext(cert, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
    ASN1_OBJECT_free(object);
    return ok;
}

static bool add_constraints(X509 *cert, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, value);
    bool ok = extension && X509_add_ext(cert, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return ok;
}

/* All but subject, issuer, extensions and signature. */
static X509 *new_certificate(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    uint32_t serial;

    if (cert && RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
        X509_set_version(cert, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) == 1 &&
        ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), "20240101000000Z") == 1 &&
        ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "20500101000000Z") == 1 &&
        X509_set_pubkey(cert, key) == 1)
        return cert;
    X509_free(cert);
    return NULL;
}

X509 *attest_root(EVP_PKEY *key)
{
    X509 *cert = new_certificate(key);

    if (cert && set_name(X509_get_subject_name(cert), "kunci PIV Attestation") &&
        X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
        add_constraints(cert, "critical,CA:TRUE") && X509_sign(cert, key, EVP_sha256()) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

X509 *attest_key(const struct piv_card *card, const struct piv_key *key)
{
    const unsigned char policy[] = {key->policy, key->touch};
    unsigned char serial[2 + sizeof card->serial] = {V_ASN1_INTEGER, sizeof card->serial};
    X509 *cert = new_certificate(key->key);
    char subject[64];
    size_t i;

    for (i = 0; i < sizeof card->serial; i++) /* its first byte is 0: it is positive */
        serial[2 + i] = card->serial[i];
    snprintf(subject, sizeof subject, "kunci PIV Attestation %02x", key->slot);
    if (cert && set_name(X509_get_subject_name(cert), subject) &&
        X509_set_issuer_name(cert, X509_get_subject_name(card->attestation_cert)) == 1 &&
        add_extension(cert, OID_VERSION, card_version, sizeof card_version) &&
        add_extension(cert, OID_SERIAL, serial, sizeof serial) &&
        add_extension(cert, OID_POLICY, policy, sizeof policy) &&
        X509_sign(cert, card->attestation, EVP_sha256()) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

bool add_certificate(const X509 *cert, struct bytes *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    if (len <= 0)
        return false;
    bytes_add(out, der, (size_t)len);
    OPENSSL_free(der);
    return true;
}
