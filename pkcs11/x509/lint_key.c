/* Rules of the public key. */
#include "base/spki.h"
#include "base/text.h"
#include "x509/lint.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

static bool is_known(const struct lint *lint)
{
    return lint->key != NULL;
}

static bool is_rsa(const struct lint *lint)
{
    return lint->key && EVP_PKEY_is_a(lint->key, "RSA");
}

static bool rsa_is_long(const struct lint *lint)
{
    return !is_rsa(lint) || EVP_PKEY_get_bits(lint->key) >= 2048;
}

/* Odd, above 2^16 and below 2^256. */
static bool rsa_exponent_is_sound(const struct lint *lint)
{
    BIGNUM *exponent = NULL;
    bool sound;

    if (!is_rsa(lint) || EVP_PKEY_get_bn_param(lint->key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
        return true;
    sound = BN_is_odd(exponent) && BN_num_bits(exponent) > 16 && BN_num_bits(exponent) <= 256;
    BN_free(exponent);
    return sound;
}

static bool rsa_modulus_is_odd(const struct lint *lint)
{
    BIGNUM *modulus = NULL;
    bool odd;

    if (!is_rsa(lint) || EVP_PKEY_get_bn_param(lint->key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1)
        return true;
    odd = BN_is_odd(modulus);
    BN_free(modulus);
    return odd;
}

static bool curve_is_sound(const struct lint *lint)
{
    static const int sound[] = {NID_X9_62_prime256v1, NID_secp384r1,       NID_secp521r1,
                                NID_brainpoolP256r1,  NID_brainpoolP384r1, NID_brainpoolP512r1};
    char group[80] = "";
    size_t i;

    if (!lint->key || !EVP_PKEY_is_a(lint->key, "EC"))
        return true;
    EVP_PKEY_get_utf8_string_param(lint->key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                   NULL);
    for (i = 0; i < sizeof sound / sizeof *sound; i++)
        if (OBJ_sn2nid(group) == sound[i])
            return true;
    return false;
}

/* NULL beside RSA, a curve's name beside a point, nothing beside Ed25519. */
static bool parameters_fit(const struct lint *lint)
{
    struct spki *spki = spki_read(lint->parts.spki, lint->parts.spki_len);
    const ASN1_OBJECT *algorithm;
    bool fit = true;
    int type;

    if (!spki)
        return true;
    X509_ALGOR_get0(&algorithm, &type, NULL, spki->algorithm);
    switch (OBJ_obj2nid(algorithm)) {
    case NID_rsaEncryption:
        fit = type == V_ASN1_NULL;
        break;
    case NID_X9_62_id_ecPublicKey:
        fit = type == V_ASN1_OBJECT;
        break;
    case NID_ED25519:
    case NID_ED448:
        fit = type == V_ASN1_UNDEF;
        break;
    default:
        break;
    }
    spki_free(&spki);
    return fit;
}

const struct lint_rule lint_key_rules[] = {
    {"key_known", LINT_WARNING, LINT_BOTH, "RFC 5280 4.1.2.7",
     N_("Its public key is of a kind that kunci does not know, or damaged."), is_known},
    {"key_parameters", LINT_ERROR, LINT_BOTH, "RFC 3279 2.3.1, RFC 5480 2.1.1, RFC 8410 3",
     N_("What stands beside the public key's algorithm does not belong there."), parameters_fit},
    {"rsa_length", LINT_ERROR, LINT_BOTH, "NIST SP 800-131A 3",
     N_("The RSA key is shorter than 2048 bits."), rsa_is_long},
    {"rsa_exponent", LINT_ERROR, LINT_BOTH, "FIPS 186-5 A.1.1",
     N_("The exponent of the RSA key is even, or too small or large."), rsa_exponent_is_sound},
    {"rsa_modulus", LINT_ERROR, LINT_BOTH, "RFC 8017 3.1",
     N_("The modulus of the RSA key is even."), rsa_modulus_is_odd},
    {"key_curve", LINT_ERROR, LINT_BOTH, "NIST SP 800-186 3.2.1, RFC 5639 3",
     N_("The key lies on a curve that is not used for certificates."), curve_is_sound},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
