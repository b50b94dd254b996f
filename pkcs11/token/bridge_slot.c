#include "token/bridge_slot.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static bool describe(struct bridge_slot *slot, CK_ATTRIBUTE_TYPE type, const void *value,
                     size_t len)
{
    struct bridge_attribute *to = slot->of_both;

    while (to->value)
        to++;
    to->type = type;
    to->value = OPENSSL_malloc(len ? len : 1); /* a key may have no label */
    to->len = len;
    if (to->value)
        memcpy(to->value, value, len);
    return to->value != NULL;
}

static bool describe_number(struct bridge_slot *slot, CK_ATTRIBUTE_TYPE type,
                            const EVP_PKEY *public, const char *name)
{
    unsigned char bytes[1024];
    BIGNUM *number = NULL;
    bool ok;

    ok = EVP_PKEY_get_bn_param(public, name, &number) == 1 &&
         BN_num_bytes(number) <= (int)sizeof bytes &&
         describe(slot, type, bytes, (size_t)BN_bn2bin(number, bytes));
    BN_free(number);
    return ok;
}

static bool describe_curve(struct bridge_slot *slot, const EVP_PKEY *public)
{
    unsigned char point[256], *der = NULL, *octets = NULL;
    ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
    size_t point_len = 0;
    char curve[64];
    int len = 0, octets_len = 0;
    bool ok = false;

    if (!string ||
        EVP_PKEY_get_utf8_string_param(public, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve,
                                       NULL) != 1 ||
        EVP_PKEY_get_octet_string_param(public, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
                                        sizeof point, &point_len) != 1)
        goto out;
    len = i2d_ASN1_OBJECT(OBJ_txt2obj(curve, 0), &der);
    if (len <= 0 || ASN1_OCTET_STRING_set(string, point, (int)point_len) != 1)
        goto out;
    octets_len = i2d_ASN1_OCTET_STRING(string, &octets);
    ok = octets_len > 0 && describe(slot, CKA_EC_PARAMS, der, (size_t)len) &&
         describe(slot, CKA_EC_POINT, octets, (size_t)octets_len);
    slot->signature_len = (CK_ULONG)(EVP_PKEY_get_bits(public) + 7) / 8 * 2;
out:
    ASN1_OCTET_STRING_free(string);
    OPENSSL_free(der);
    OPENSSL_free(octets);
    return ok;
}

static enum kunci_rc describe_key(struct bridge_slot *slot, const EVP_PKEY *public,
                                  const struct kunci_key_info *info, struct kunci_err *err)
{
    unsigned char id[sizeof info->id / 2];
    size_t id_len = 0;
    bool ok;

    if (EVP_PKEY_is_a(public, "RSA")) {
        slot->key_type = CKK_RSA;
        slot->signature_len = (CK_ULONG)EVP_PKEY_get_size(public);
        ok = describe_number(slot, CKA_MODULUS, public, OSSL_PKEY_PARAM_RSA_N) &&
             describe_number(slot, CKA_PUBLIC_EXPONENT, public, OSSL_PKEY_PARAM_RSA_E);
    } else if (EVP_PKEY_is_a(public, "EC")) {
        slot->key_type = CKK_EC;
        ok = describe_curve(slot, public);
    } else {
        return err_set(err, KUNCI_EVP_UNSUPPORTED, info->label,
                       "libp11 knows RSA and elliptic curve keys only");
    }
    ok = ok && text_unhex(info->id, id, sizeof id, &id_len) && describe(slot, CKA_ID, id, id_len) &&
         describe(slot, CKA_LABEL, info->label, strlen(info->label));
    return ok ? KUNCI_OK : err_openssl(err, "EVP_PKEY_get_params");
}

void bridge_slot_free(struct bridge_slot **slot)
{
    struct bridge_slot *gone = *slot;
    size_t i;

    *slot = NULL;
    if (!gone)
        return;
    for (i = 0; i < sizeof gone->of_both / sizeof *gone->of_both; i++)
        OPENSSL_free(gone->of_both[i].value);
    kunci_key_free(&gone->key);
    free(gone);
}

enum kunci_rc bridge_slot_new(struct kunci_key *key, struct bridge_slot **out,
                              struct kunci_err *err)
{
    const unsigned char *der = NULL;
    struct kunci_key_info info;
    EVP_PKEY *public = NULL;
    size_t len = 0;
    enum kunci_rc rc;

    *out = NULL;
    if ((rc = kunci_key_info(key, &info, err)) != KUNCI_OK ||
        (rc = kunci_key_spki(key, &der, &len, err)) != KUNCI_OK)
        return rc;
    public = d2i_PUBKEY_ex(NULL, &der, (long)len, NULL, "provider=default");
    if (!public)
        return err_openssl(err, "d2i_PUBKEY");
    *out = calloc(1, sizeof **out);
    rc = *out ? describe_key(*out, public, &info, err) : err_no_memory(err);
    EVP_PKEY_free(public);
    if (rc == KUNCI_OK)
        (*out)->key = key_hold(key);
    else
        bridge_slot_free(out);
    return rc;
}

static const struct flag {
    CK_ATTRIBUTE_TYPE type;
    CK_BBOOL of_private, of_public;
} flags[] = {
    {CKA_TOKEN, CK_TRUE, CK_TRUE},
    {CKA_PRIVATE, CK_TRUE, CK_FALSE},
    {CKA_SIGN, CK_TRUE, CK_FALSE},
    {CKA_VERIFY, CK_FALSE, CK_TRUE},
    {CKA_SENSITIVE, CK_TRUE, CK_FALSE},
    {CKA_EXTRACTABLE, CK_FALSE, CK_TRUE},
    {CKA_ALWAYS_AUTHENTICATE, CK_FALSE, CK_FALSE},
};

static const CK_OBJECT_CLASS classes[] = {
    [BRIDGE_PRIVATE_KEY] = CKO_PRIVATE_KEY, [BRIDGE_PUBLIC_KEY] = CKO_PUBLIC_KEY};

/* Answers NULL for an attribute that the object does not have. */
static const void *value_of(const struct bridge_slot *slot, CK_OBJECT_HANDLE object,
                            CK_ATTRIBUTE_TYPE type, size_t *len)
{
    size_t i;

    if (type == CKA_CLASS) {
        *len = sizeof classes[object];
        return &classes[object];
    }
    if (type == CKA_KEY_TYPE) {
        *len = sizeof slot->key_type;
        return &slot->key_type;
    }
    for (i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].type == type) {
            *len = sizeof(CK_BBOOL);
            return object == BRIDGE_PRIVATE_KEY ? &flags[i].of_private : &flags[i].of_public;
        }
    for (i = 0; i < sizeof slot->of_both / sizeof *slot->of_both; i++)
        if (slot->of_both[i].type == type) {
            *len = slot->of_both[i].len;
            return slot->of_both[i].value;
        }
    return NULL;
}

CK_RV bridge_slot_attribute(const struct bridge_slot *slot, CK_OBJECT_HANDLE object,
                            CK_ATTRIBUTE *to)
{
    size_t len = 0;
    const void *value = value_of(slot, object, to->type, &len);
    CK_ULONG room = to->ulValueLen;

    to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (!value)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if (to->pValue && room < len)
        return CKR_BUFFER_TOO_SMALL;
    if (to->pValue)
        memcpy(to->pValue, value, len);
    to->ulValueLen = len;
    return CKR_OK;
}

bool bridge_slot_fits(const struct bridge_slot *slot, CK_OBJECT_HANDLE object,
                      const CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    CK_ULONG i;

    for (i = 0; i < count; i++) {
        size_t len = 0;
        const void *value = value_of(slot, object, wanted[i].type, &len);

        if (!value || len != wanted[i].ulValueLen || memcmp(value, wanted[i].pValue, len) != 0)
            return false;
    }
    return true;
}

/* ---- mechanisms ---- */

static const struct hash {
    CK_MECHANISM_TYPE mechanism;
    CK_RSA_PKCS_MGF_TYPE mgf;
    const char *name;
} hashes[] = {
    {CKM_SHA_1, CKG_MGF1_SHA1, "SHA1"},      {CKM_SHA224, CKG_MGF1_SHA224, "SHA224"},
    {CKM_SHA256, CKG_MGF1_SHA256, "SHA256"}, {CKM_SHA384, CKG_MGF1_SHA384, "SHA384"},
    {CKM_SHA512, CKG_MGF1_SHA512, "SHA512"},
};

static CK_RV read_pss(const CK_MECHANISM *mechanism, struct sign_order *order)
{
    CK_RSA_PKCS_PSS_PARAMS pss;
    size_t i;

    if (!mechanism->pParameter || mechanism->ulParameterLen != sizeof pss)
        return CKR_MECHANISM_PARAM_INVALID;
    memcpy(&pss, mechanism->pParameter, sizeof pss);
    for (i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (hashes[i].mechanism == pss.hashAlg)
            order->hash = hashes[i].name;
        if (hashes[i].mgf == pss.mgf)
            order->mgf_hash = hashes[i].name;
    }
    order->how = SIGN_PSS;
    order->salt = pss.sLen;
    return order->hash && order->mgf_hash ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

CK_RV bridge_slot_order(const struct bridge_slot *slot, const CK_MECHANISM *mechanism,
                        struct sign_order *order)
{
    memset(order, 0, sizeof *order);
    if (mechanism->mechanism == CKM_ECDSA && slot->key_type == CKK_EC)
        order->how = SIGN_ECDSA;
    else if (mechanism->mechanism == CKM_RSA_PKCS && slot->key_type == CKK_RSA)
        order->how = SIGN_PKCS1;
    else if (mechanism->mechanism == CKM_RSA_X_509 && slot->key_type == CKK_RSA)
        order->how = SIGN_RAW; /* libp11 pads for PSS itself */
    else if (mechanism->mechanism == CKM_RSA_PKCS_PSS && slot->key_type == CKK_RSA)
        return read_pss(mechanism, order);
    else
        return CKR_MECHANISM_INVALID;
    return CKR_OK;
}
