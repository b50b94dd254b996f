#include "base/spki.h"

#include "base/der.h"

#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/* ---- the ASN.1 ---- */

/* clang-format off */
ASN1_SEQUENCE(spki) = {
    ASN1_SIMPLE(struct spki, algorithm, X509_ALGOR),
    ASN1_SIMPLE(struct spki, key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct spki, spki)

ASN1_SEQUENCE(spki_rsa) = {
    ASN1_SIMPLE(struct spki_rsa, modulus, ASN1_INTEGER),
    ASN1_SIMPLE(struct spki_rsa, exponent, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END_name(struct spki_rsa, spki_rsa);
/* clang-format on */

static unsigned char *write_whole(const void *value, const ASN1_ITEM *item, size_t *len)
{
    unsigned char *der = NULL;
    int size = ASN1_item_i2d(value, &der, item);

    *len = size > 0 ? (size_t)size : 0;
    return size > 0 ? der : NULL;
}

struct spki *spki_read(const unsigned char *der, size_t len)
{
    return der_read(der, len, ASN1_ITEM_rptr(spki));
}

void spki_free(struct spki **spki)
{
    ASN1_item_free((ASN1_VALUE *)*spki, ASN1_ITEM_rptr(spki));
    *spki = NULL;
}

unsigned char *spki_write(int nid, int parameter_type, void *parameter, const unsigned char *key,
                          size_t key_len, size_t *len)
{
    struct spki spki = {X509_ALGOR_new(), ASN1_BIT_STRING_new()};
    unsigned char *der = NULL;

    *len = 0;
    if (!spki.algorithm || !spki.key ||
        X509_ALGOR_set0(spki.algorithm, OBJ_nid2obj(nid), parameter_type, parameter) != 1) {
        ASN1_OBJECT_free(parameter);
    } else if (ASN1_STRING_set(spki.key, key, (int)key_len) == 1) {
        spki.key->flags |= ASN1_STRING_FLAG_BITS_LEFT; /* whole bytes, zeros at the end too */
        der = write_whole(&spki, ASN1_ITEM_rptr(spki), len);
    }
    X509_ALGOR_free(spki.algorithm);
    ASN1_BIT_STRING_free(spki.key);
    return der;
}

struct spki_rsa *spki_rsa_read(const unsigned char *der, size_t len)
{
    return der_read(der, len, ASN1_ITEM_rptr(spki_rsa));
}

unsigned char *spki_rsa_write(const struct spki_rsa *key, size_t *len)
{
    return write_whole(key, ASN1_ITEM_rptr(spki_rsa), len);
}

void spki_rsa_free(struct spki_rsa **key)
{
    ASN1_item_free((ASN1_VALUE *)*key, ASN1_ITEM_rptr(spki_rsa));
    *key = NULL;
}

/* ---- loading ---- */

static EVP_PKEY *load(const char *type, OSSL_PARAM_BLD *parts)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, "provider=default");
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
    EVP_PKEY *key = NULL;

    if (context && params && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *load_rsa(const ASN1_BIT_STRING *bits, OSSL_PARAM_BLD *parts)
{
    struct spki_rsa *rsa =
        spki_rsa_read(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits));
    BIGNUM *modulus = rsa ? ASN1_INTEGER_to_BN(rsa->modulus, NULL) : NULL;
    BIGNUM *exponent = rsa ? ASN1_INTEGER_to_BN(rsa->exponent, NULL) : NULL;
    EVP_PKEY *key = NULL;

    if (modulus && exponent && OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, modulus) &&
        OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, exponent))
        key = load("RSA", parts);
    BN_free(modulus);
    BN_free(exponent);
    spki_rsa_free(&rsa);
    return key;
}

static EVP_PKEY *load_point(const char *type, const char *group, const ASN1_BIT_STRING *bits,
                            OSSL_PARAM_BLD *parts)
{
    if ((group && !OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, group, 0)) ||
        !OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY,
                                          ASN1_STRING_get0_data(bits),
                                          (size_t)ASN1_STRING_length(bits)))
        return NULL;
    return load(type, parts);
}

/* The decoders of OpenSSL try every format there is and take five times as long. */
EVP_PKEY *spki_load(const unsigned char *der, size_t len)
{
    struct spki *spki = spki_read(der, len);
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    const ASN1_OBJECT *algorithm;
    const void *parameter;
    EVP_PKEY *key = NULL;
    int type;

    if (spki && parts) {
        X509_ALGOR_get0(&algorithm, &type, &parameter, spki->algorithm);
        if (OBJ_obj2nid(algorithm) == NID_rsaEncryption)
            key = load_rsa(spki->key, parts);
        else if (OBJ_obj2nid(algorithm) == NID_ED25519)
            key = load_point("ED25519", NULL, spki->key, parts);
        else if (OBJ_obj2nid(algorithm) == NID_X9_62_id_ecPublicKey && type == V_ASN1_OBJECT)
            key = load_point("EC", OBJ_nid2sn(OBJ_obj2nid(parameter)), spki->key, parts);
    }
    OSSL_PARAM_BLD_free(parts);
    spki_free(&spki);
    return key;
}
