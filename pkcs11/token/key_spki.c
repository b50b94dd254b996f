#include "token/key_spki.h"

#include "base/der.h"
#include "base/element.h"
#include "base/spki.h"

#include <openssl/evp.h>

static ASN1_INTEGER *integer(const CK_ATTRIBUTE *attribute)
{
    BIGNUM *number = BN_bin2bn(attribute->pValue, (int)attribute->ulValueLen, NULL);
    ASN1_INTEGER *made = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;

    BN_free(number);
    return made;
}

unsigned char *key_spki_of_rsa(const CK_ATTRIBUTE *modulus, const CK_ATTRIBUTE *exponent,
                               size_t *len)
{
    struct spki_rsa key = {integer(modulus), integer(exponent)};
    unsigned char *encoded = NULL, *der = NULL;
    size_t encoded_len;

    *len = 0;
    if (key.modulus && key.exponent)
        encoded = spki_rsa_write(&key, &encoded_len);
    if (encoded)
        der = spki_write(NID_rsaEncryption, V_ASN1_NULL, NULL, encoded, encoded_len, len);
    OPENSSL_free(encoded);
    ASN1_INTEGER_free(key.modulus);
    ASN1_INTEGER_free(key.exponent);
    return der;
}

unsigned char *key_spki_of_point(const struct key_kind *kind, const CK_ATTRIBUTE *attribute,
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
        der =
            spki_write(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT,
                       d2i_ASN1_OBJECT(NULL, &oid, (long)kind->params_len), point, point_len, len);
    else
        der = spki_write(NID_ED25519, V_ASN1_UNDEF, NULL, point, point_len, len);
    ASN1_OCTET_STRING_free(inner);
    return der;
}

/* Steps over what stands before it: the serial number's version, signature algorithm,
 * issuer, dates and subject. */
static bool find_spki(struct elements in, struct element *out)
{
    enum { VERSION = DER_CONTEXT, BETWEEN = 4 };
    struct element step;
    int i;

    if (!element_expect(&in, DER_SEQUENCE, &step) || in.next != in.end)
        return false;
    in = element_inside(&step);
    if (!element_expect(&in, DER_SEQUENCE, &step))
        return false;
    in = element_inside(&step);
    if (!element_take(&in, &step) || (step.identifier == VERSION && !element_take(&in, &step)))
        return false;
    for (i = 0; i < BETWEEN; i++)
        if (!element_expect(&in, DER_SEQUENCE, &step))
            return false;
    return element_expect(&in, DER_SEQUENCE, out);
}

/* By OpenSSL's way the key would be loaded, which takes longer than a signature. */
unsigned char *key_spki_of_certificate(const unsigned char *der, size_t der_len, size_t *len)
{
    struct element spki;

    *len = 0;
    if (!find_spki((struct elements){der, der + der_len}, &spki))
        return NULL;
    *len = element_whole_len(&spki);
    return OPENSSL_memdup(spki.start, *len);
}

bool key_spki_id(const unsigned char *der, size_t len, unsigned char id[KEY_ID_LEN])
{
    struct spki *spki = spki_read(der, len);
    bool done =
        spki && EVP_Digest(ASN1_STRING_get0_data(spki->key), (size_t)ASN1_STRING_length(spki->key),
                           id, NULL, EVP_sha1(), NULL) == 1;

    spki_free(&spki);
    return done;
}
