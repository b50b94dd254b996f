/* Rules of what a key is for: keyUsage, extendedKeyUsage, and what follows of them. */
#include "base/text.h"
#include "x509/lint.h"
#include "x509/usage.h"

#include <openssl/evp.h>
#include <string.h>

/* ---- keyUsage ---- */

static bool is_not_empty(const struct lint *lint)
{
    return !lint->usage || lint->usage_bits;
}

/* Zeros at the end are left out where bits have names (X.690 11.2.2). */
static bool has_no_zeros_at_its_end(const struct lint *lint)
{
    int at = parts_extension_at(&lint->parts, NID_key_usage), len;
    ASN1_BIT_STRING *again = lint->usage ? usage_new(lint->usage_bits) : NULL;
    const ASN1_OCTET_STRING *written;
    unsigned char *der = NULL;
    bool same = true;

    len = again ? i2d_ASN1_BIT_STRING(again, &der) : 0;
    if (at >= 0 && len > 0) {
        written = X509_EXTENSION_get_data(X509v3_get_ext(lint->parts.extensions, at));
        same = ASN1_STRING_length(written) == len &&
               memcmp(ASN1_STRING_get0_data(written), der, (size_t)len) == 0;
    }
    ASN1_BIT_STRING_free(again);
    OPENSSL_free(der);
    return same;
}

static bool is_critical(const struct lint *lint)
{
    return !lint->usage || parts_is_critical(&lint->parts, NID_key_usage);
}

static bool authority_says_it(const struct lint *lint)
{
    return !lint->is_authority || (lint->usage_bits & USAGE(KEY_CERT_SIGN)) ||
           (lint->usage_bits & USAGE(CRL_SIGN));
}

static bool only_authorities_issue(const struct lint *lint)
{
    return !(lint->usage_bits & USAGE(KEY_CERT_SIGN)) || lint->is_authority;
}

static bool only_agreement_is_narrowed(const struct lint *lint)
{
    return !(lint->usage_bits & (USAGE(ENCIPHER_ONLY) | USAGE(DECIPHER_ONLY))) ||
           (lint->usage_bits & USAGE(KEY_AGREEMENT));
}

/* Keys on curves encipher nothing, those of Ed25519 agree on nothing either, and with
 * RSA nothing is agreed upon. */
static bool fits_its_key(const struct lint *lint)
{
    unsigned encipherment = USAGE(KEY_ENCIPHERMENT) | USAGE(DATA_ENCIPHERMENT), never = 0;

    if (!lint->key)
        return true;
    if (EVP_PKEY_is_a(lint->key, "EC"))
        never = encipherment;
    else if (EVP_PKEY_is_a(lint->key, "ED25519"))
        never = encipherment | USAGE(KEY_AGREEMENT);
    else if (EVP_PKEY_is_a(lint->key, "RSA"))
        never = USAGE(KEY_AGREEMENT);
    return !(lint->usage_bits & never);
}

/* ---- extendedKeyUsage ---- */

static bool purposes_are_not_empty(const struct lint *lint)
{
    return !lint->purposes || sk_ASN1_OBJECT_num(lint->purposes) > 0;
}

static bool any_is_not_critical(const struct lint *lint)
{
    return !lint_has_purpose(lint, NID_anyExtendedKeyUsage) ||
           !parts_is_critical(&lint->parts, NID_ext_key_usage);
}

/* RFC 5280 tells which bits go with which purpose. */
static bool purposes_fit_usage(const struct lint *lint)
{
    static const struct row {
        int purpose;
        unsigned bits;
    } rows[] = {
        {NID_server_auth,
         USAGE(DIGITAL_SIGNATURE) | USAGE(KEY_ENCIPHERMENT) | USAGE(KEY_AGREEMENT)},
        {NID_client_auth, USAGE(DIGITAL_SIGNATURE) | USAGE(KEY_AGREEMENT)},
        {NID_code_sign, USAGE(DIGITAL_SIGNATURE)},
        {NID_email_protect, USAGE(DIGITAL_SIGNATURE) | USAGE(NON_REPUDIATION) |
                                USAGE(KEY_ENCIPHERMENT) | USAGE(KEY_AGREEMENT)},
        {NID_time_stamp, USAGE(DIGITAL_SIGNATURE) | USAGE(NON_REPUDIATION)},
        {NID_OCSP_sign, USAGE(DIGITAL_SIGNATURE) | USAGE(NON_REPUDIATION)},
    };
    size_t i;

    for (i = 0; lint->usage && i < sizeof rows / sizeof *rows; i++)
        if (lint_has_purpose(lint, rows[i].purpose) && !(lint->usage_bits & rows[i].bits))
            return false;
    return true;
}

static bool stamps_alone_and_critical(const struct lint *lint)
{
    return !lint_has_purpose(lint, NID_time_stamp) ||
           (sk_ASN1_OBJECT_num(lint->purposes) == 1 &&
            parts_is_critical(&lint->parts, NID_ext_key_usage));
}

static bool purposes_stand_once(const struct lint *lint)
{
    int i, j, count = sk_ASN1_OBJECT_num(lint->purposes);

    for (i = 0; i < count; i++)
        for (j = i + 1; j < count; j++)
            if (OBJ_cmp(sk_ASN1_OBJECT_value(lint->purposes, i),
                        sk_ASN1_OBJECT_value(lint->purposes, j)) == 0)
                return false;
    return true;
}

static bool servers_have_names(const struct lint *lint)
{
    return !lint_has_purpose(lint, NID_server_auth) || lint->names;
}

/* ---- OCSP ---- */

static bool only_responders_go_unchecked(const struct lint *lint)
{
    return !lint_has_extension(lint, NID_id_pkix_OCSP_noCheck) ||
           lint_has_purpose(lint, NID_OCSP_sign);
}

const struct lint_rule lint_usage_rules[] = {
    {"usage_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.3",
     N_("The key's usage is given, but allows nothing."), is_not_empty},
    {"usage_zeros", LINT_ERROR, LINT_BOTH, "X.690 11.2.2",
     N_("The key's usage ends in zeros, which DER leaves out."), has_no_zeros_at_its_end},
    {"usage_critical", LINT_WARNING, LINT_BOTH, "RFC 5280 4.2.1.3",
     N_("The key's usage is not critical."), is_critical},
    {"usage_authority", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.2.1.3",
     N_("An authority's certificate does not say that its key signs certificates or CRLs."),
     authority_says_it},
    {"usage_issues", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.2.1.3, 4.2.1.9",
     N_("The key may sign certificates, but is no authority's."), only_authorities_issue},
    {"usage_agreement", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.3",
     N_("Agreement on keys is narrowed, but not allowed."), only_agreement_is_narrowed},
    {"usage_key", LINT_ERROR, LINT_BOTH, "RFC 3279 2.3.1, RFC 8813 3, RFC 9295 3",
     N_("The key is of a kind that cannot do what its usage says."), fits_its_key},
    {"purposes_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.12",
     N_("The list of purposes is empty."), purposes_are_not_empty},
    {"purpose_any", LINT_WARNING, LINT_BOTH, "RFC 5280 4.2.1.12",
     N_("Purposes are critical though any is allowed."), any_is_not_critical},
    {"purpose_usage", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.12",
     N_("A purpose does not go with the key's usage."), purposes_fit_usage},
    {"purpose_stamps", LINT_ERROR, LINT_CERTIFICATE, "RFC 3161 2.3",
     N_("A key that makes timestamps is for that alone, and critically so; this is not."),
     stamps_alone_and_critical},
    {"purpose_repeated", LINT_WARNING, LINT_BOTH, "RFC 5280 4.2.1.12",
     N_("A purpose stands there twice."), purposes_stand_once},
    {"server_names", LINT_WARNING, LINT_CERTIFICATE, "RFC 9525 2, RFC 2818 3.1",
     N_("A server's certificate has no alternative names, where clients look for them."),
     servers_have_names},
    {"ocsp_nocheck", LINT_ERROR, LINT_CERTIFICATE, "RFC 6960 4.2.2.2.1",
     N_("It asks not to be checked for revocation, but is no OCSP responder's."),
     only_responders_go_unchecked},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
