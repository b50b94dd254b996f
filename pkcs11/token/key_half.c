/* What one object on the token tells of a public key. */
#include "token/key.h"
#include "token/key_spki.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { RSA_BYTES_MAX = 2048, POINT_MAX = 512, CERT_MAX = 1 << 20, INFO_MAX = 2048 };

static CK_RV read_rsa(const struct session *session, struct key_half *half)
{
    unsigned char modulus[RSA_BYTES_MAX], exponent[64];
    CK_ATTRIBUTE attributes[] = {
        {CKA_MODULUS, modulus, sizeof modulus},
        {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent},
    };
    CK_RV rv = object_read(session, half->object.handle, attributes, 2);
    BIGNUM *number;

    if (rv != CKR_OK || attributes[0].ulValueLen == 0)
        return rv;
    if (!(number = BN_bin2bn(modulus, (int)attributes[0].ulValueLen, NULL)))
        return CKR_HOST_MEMORY;
    half->kind = key_kind_of_rsa((CK_ULONG)BN_num_bits(number));
    BN_free(number);
    if (attributes[1].ulValueLen == 0)
        return CKR_OK;
    half->spki = key_spki_of_rsa(&attributes[0], &attributes[1], &half->spki_len);
    return half->spki ? CKR_OK : CKR_HOST_MEMORY;
}

/* The private half may tell its public one in an attribute that is newer than most
 * tokens; what is no SubjectPublicKeyInfo there is passed over. */
static CK_RV read_public_info(const struct session *session, struct key_half *half)
{
    unsigned char info[INFO_MAX], id[KEY_ID_LEN];
    CK_ATTRIBUTE attribute = {CKA_PUBLIC_KEY_INFO, info, sizeof info};
    CK_RV rv = object_read(session, half->object.handle, &attribute, 1);

    if (rv != CKR_OK || !key_spki_id(info, attribute.ulValueLen, id))
        return rv;
    if (!(half->spki = OPENSSL_memdup(info, attribute.ulValueLen)))
        return CKR_HOST_MEMORY;
    half->spki_len = attribute.ulValueLen;
    return CKR_OK;
}

static CK_RV read_curve(const struct session *session, struct key_half *half)
{
    unsigned char params[128], point[POINT_MAX];
    CK_ATTRIBUTE attributes[] = {
        {CKA_EC_PARAMS, params, sizeof params},
        {CKA_EC_POINT, point, sizeof point},
    };
    bool is_private = half->object.class == CKO_PRIVATE_KEY;
    CK_RV rv = object_read(session, half->object.handle, attributes, is_private ? 1 : 2);

    if (rv != CKR_OK)
        return rv;
    half->kind = key_kind_of_curve(params, attributes[0].ulValueLen);
    if (half->kind && half->kind->key_type != half->key_type)
        half->kind = NULL;
    if (!half->kind)
        return CKR_OK;
    if (is_private)
        return read_public_info(session, half);
    if (attributes[1].ulValueLen == 0)
        return CKR_OK;
    half->spki = key_spki_of_point(half->kind, &attributes[1], &half->spki_len);
    return half->spki ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV read_key(const struct session *session, struct key_half *half)
{
    CK_BBOOL always = CK_FALSE, signs = CK_TRUE;
    CK_ATTRIBUTE attributes[] = {
        {CKA_KEY_TYPE, &half->key_type, sizeof half->key_type},
        {CKA_ALWAYS_AUTHENTICATE, &always, sizeof always},
        {CKA_SIGN, &signs, sizeof signs},
    };
    bool is_private = half->object.class == CKO_PRIVATE_KEY;
    CK_RV rv = object_read(session, half->object.handle, attributes, is_private ? 3 : 1);

    if (rv != CKR_OK || attributes[0].ulValueLen == 0)
        return rv;
    half->always_authenticate = always != CK_FALSE;
    half->never_signs = signs == CK_FALSE;
    if (half->key_type == CKK_RSA)
        return read_rsa(session, half);
    if (half->key_type == CKK_EC || half->key_type == CKK_EC_EDWARDS)
        return read_curve(session, half);
    return CKR_OK;
}

/* A certificate that cannot be read tells nothing. */
static CK_RV read_certificate(const struct session *session, struct key_half *half)
{
    unsigned char *der;
    size_t len;
    CK_RV rv = object_read_long(session, half->object.handle, CKA_VALUE, CERT_MAX, &der, &len);

    if (rv == CKR_OK && der) {
        half->spki = key_spki_of_certificate(der, len, &half->spki_len);
        half->cert = cert_kind(der, len);
    }
    free(der);
    return rv;
}

CK_RV key_half_read(const struct session *session, const struct object *object,
                    struct key_half *out)
{
    CK_RV rv;

    memset(out, 0, sizeof *out);
    out->object = *object;
    out->key_type = CK_UNAVAILABLE_INFORMATION;
    rv = object->class == CKO_CERTIFICATE ? read_certificate(session, out) : read_key(session, out);
    if (rv != CKR_OK)
        key_half_clear(out);
    return rv;
}

void key_half_clear(struct key_half *half)
{
    OPENSSL_free(half->spki);
    half->spki = NULL;
    half->spki_len = 0;
}

bool key_half_same(const struct key_half *a, const struct key_half *b)
{
    return a->spki && b->spki && a->spki_len == b->spki_len &&
           memcmp(a->spki, b->spki, a->spki_len) == 0;
}

CK_RV key_half_among(const struct session *session, const struct object_list *list,
                     bool certificates, const struct key_half *wanted, bool *is)
{
    struct key_half half;
    CK_RV rv = CKR_OK;
    size_t i;

    *is = false;
    for (i = 0; rv == CKR_OK && !*is && i < list->count; i++) {
        if ((list->items[i].class == CKO_CERTIFICATE) != certificates ||
            (rv = key_half_read(session, &list->items[i], &half)) != CKR_OK)
            continue;
        *is = half.cert == CERT_HOLDERS && key_half_same(&half, wanted);
        key_half_clear(&half);
    }
    return rv;
}
