#include "token/spki.h"

#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct rsa_public {
    ASN1_INTEGER *modulus, *exponent;
};

ASN1_SEQUENCE(rsa_public) = {
    ASN1_SIMPLE(struct rsa_public, modulus, ASN1_INTEGER),
    ASN1_SIMPLE(struct rsa_public, exponent, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END_name(struct rsa_public, rsa_public)

struct spki {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *key;
};

ASN1_SEQUENCE(spki) = {
    ASN1_SIMPLE(struct spki, algorithm, X509_ALGOR),
    ASN1_SIMPLE(struct spki, key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct spki, spki)

static unsigned char *encode(const void *value, const ASN1_ITEM *item, size_t *len)
{
    unsigned char *der = NULL;
    int size = ASN1_item_i2d(value, &der, item);

    *len = size > 0 ? (size_t)size : 0;
    return size > 0 ? der : NULL;
}

/* The parameter is taken over. */
static unsigned char *wrap(int nid, int parameter_type, void *parameter,
                           const unsigned char *key, size_t key_len, size_t *len)
{
    struct spki spki = {X509_ALGOR_new(), ASN1_BIT_STRING_new()};
    unsigned char *der = NULL;

    if (!spki.algorithm || !spki.key ||
        X509_ALGOR_set0(spki.algorithm, OBJ_nid2obj(nid), parameter_type, parameter) != 1) {
        ASN1_OBJECT_free(parameter);
    } else if (ASN1_BIT_STRING_set(spki.key, (unsigned char *)(uintptr_t)key, (int)key_len) == 1) {
        spki.key->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 7);
        spki.key->flags |= ASN1_STRING_FLAG_BITS_LEFT; /* whole bytes, zeros at the end too */
        der = encode(&spki, ASN1_ITEM_rptr(spki), len);
    }
    X509_ALGOR_free(spki.algorithm);
    ASN1_BIT_STRING_free(spki.key);
    return der;
}

static ASN1_INTEGER *integer(const CK_ATTRIBUTE *attribute)
{
    BIGNUM *number = BN_bin2bn(attribute->pValue, (int)attribute->ulValueLen, NULL);
    ASN1_INTEGER *made = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;

    BN_free(number);
    return made;
}

unsigned char *spki_of_rsa(const CK_ATTRIBUTE *modulus, const CK_ATTRIBUTE *exponent, size_t *len)
{
    struct rsa_public key = {integer(modulus), integer(exponent)};
    unsigned char *encoded = NULL, *der = NULL;
    size_t encoded_len;

    if (key.modulus && key.exponent)
        encoded = encode(&key, ASN1_ITEM_rptr(rsa_public), &encoded_len);
    if (encoded)
        der = wrap(NID_rsaEncryption, V_ASN1_NULL, NULL, encoded, encoded_len, len);
    OPENSSL_free(encoded);
    ASN1_INTEGER_free(key.modulus);
    ASN1_INTEGER_free(key.exponent);
    return der;
}

unsigned char *spki_of_point(const struct key_kind *kind, const CK_ATTRIBUTE *attribute,
                             size_t *len)
{
    const unsigned char *oid = (const unsigned char *)kind->params, *in = attribute->pValue;
    const unsigned char *point = in, *end = in + attribute->ulValueLen;
    size_t point_len = attribute->ulValueLen;
    ASN1_OCTET_STRING *inner = d2i_ASN1_OCTET_STRING(NULL, &in, (long)point_len);
    unsigned char *der;

    if (inner && in == end) {
        point = ASN1_STRING_get0_data(inner);
        point_len = (size_t)ASN1_STRING_length(inner);
    }
    if (kind->key_type == CKK_EC)
        der = wrap(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT,
                   d2i_ASN1_OBJECT(NULL, &oid, (long)kind->params_len), point, point_len, len);
    else
        der = wrap(NID_ED25519, V_ASN1_UNDEF, NULL, point, point_len, len);
    ASN1_OCTET_STRING_free(inner);
    return der;
}

unsigned char *spki_of_certificate(const unsigned char *der, size_t der_len, size_t *len)
{
    const unsigned char *in = der;
    X509 *certificate = d2i_X509(NULL, &in, (long)der_len);
    unsigned char *spki = NULL;
    int size = 0;

    if (certificate && in == der + der_len)
        size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
    X509_free(certificate);
    *len = size > 0 ? (size_t)size : 0;
    return size > 0 ? spki : NULL;
}

bool spki_id(const unsigned char *der, size_t len, unsigned char id[SPKI_ID_LEN])
{
    const unsigned char *in = der;
    struct spki *spki = (struct spki *)ASN1_item_d2i(NULL, &in, (long)len, ASN1_ITEM_rptr(spki));
    bool done = spki && in == der + len &&
                EVP_Digest(ASN1_STRING_get0_data(spki->key),
                           (size_t)ASN1_STRING_length(spki->key), id, NULL, EVP_sha1(), NULL) == 1;

    ASN1_item_free((ASN1_VALUE *)spki, ASN1_ITEM_rptr(spki));
    return done;
}
