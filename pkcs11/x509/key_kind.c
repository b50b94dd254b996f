#include "x509/key_kind.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <string.h>

enum kunci_key_type key_kind(const EVP_PKEY *key)
{
    static const struct row {
        enum kunci_key_type type;
        const char *name, *group;
        int bits;
    } rows[] = {
        {KUNCI_KEY_RSA2048, "RSA", "", 2048},      {KUNCI_KEY_RSA3072, "RSA", "", 3072},
        {KUNCI_KEY_RSA4096, "RSA", "", 4096},      {KUNCI_KEY_P256, "EC", SN_X9_62_prime256v1, 256},
        {KUNCI_KEY_P384, "EC", SN_secp384r1, 384}, {KUNCI_KEY_P521, "EC", SN_secp521r1, 521},
        {KUNCI_KEY_ED25519, "ED25519", "", 256},
    };
    char group[80] = "";
    size_t i;

    if (!key)
        return KUNCI_KEY_OTHER;
    if (EVP_PKEY_is_a(key, "EC"))
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (EVP_PKEY_is_a(key, rows[i].name) && strcmp(group, rows[i].group) == 0 &&
            EVP_PKEY_get_bits(key) == rows[i].bits)
            return rows[i].type;
    return KUNCI_KEY_OTHER;
}
