/* Rules of ETSI EN 319 412-2, certificates of natural persons. */
#include "base/text.h"
#include "x509/lint.h"
#include "x509/usage.h"

static bool has(const X509_NAME *name, int nid)
{
    return lint_has_attribute(name, OBJ_nid2obj(nid));
}

/* ---- names ---- */

static bool issuer_is_whole(const struct lint *lint)
{
    const X509_NAME *issuer = lint->parts.issuer;

    return has(issuer, NID_countryName) && has(issuer, NID_organizationName) &&
           has(issuer, NID_commonName);
}

static bool subject_has_country(const struct lint *lint)
{
    return has(lint->parts.subject, NID_countryName);
}

static bool subject_has_common_name(const struct lint *lint)
{
    return has(lint->parts.subject, NID_commonName);
}

static bool subject_has_serial_number(const struct lint *lint)
{
    return has(lint->parts.subject, NID_serialNumber);
}

static bool subject_is_named(const struct lint *lint)
{
    const X509_NAME *subject = lint->parts.subject;

    return has(subject, NID_givenName) || has(subject, NID_surname) || has(subject, NID_pseudonym);
}

/* A pseudonym hides the name: both together hide nothing. */
static bool pseudonym_stands_alone(const struct lint *lint)
{
    const X509_NAME *subject = lint->parts.subject;

    return !has(subject, NID_pseudonym) ||
           (!has(subject, NID_givenName) && !has(subject, NID_surname));
}

static bool subject_stands_once(const struct lint *lint)
{
    static const int once[] = {NID_countryName, NID_commonName, NID_serialNumber, NID_pseudonym};
    const X509_NAME *subject = lint->parts.subject;
    size_t i;

    for (i = 0; i < sizeof once / sizeof *once; i++) {
        int first = X509_NAME_get_index_by_NID(subject, once[i], -1);

        if (first >= 0 && X509_NAME_get_index_by_NID(subject, once[i], first) >= 0)
            return false;
    }
    return true;
}

/* ---- extensions ---- */

static bool has_authority_key(const struct lint *lint)
{
    return lint->authority_key && lint->authority_key->keyid;
}

/* The types A to F of the standard. */
static bool usage_is_of_a_type(const struct lint *lint)
{
    const unsigned signs = USAGE(DIGITAL_SIGNATURE), commits = USAGE(NON_REPUDIATION);
    const unsigned keys = USAGE(KEY_ENCIPHERMENT) | USAGE(KEY_AGREEMENT);
    unsigned bits = lint->usage_bits, of_keys = bits & keys;

    if (of_keys == keys || (bits & ~(signs | commits | keys)))
        return false;
    return bits != 0; /* A: commits; B: both; C: signs; D: signs, keys; E: keys; F: all three,
                         or commits and keys, which the next rule warns of */
}

/* What commits a person is best for that alone. */
static bool commitment_stands_alone(const struct lint *lint)
{
    return !(lint->usage_bits & USAGE(NON_REPUDIATION)) ||
           lint->usage_bits == USAGE(NON_REPUDIATION);
}

static bool has_policies(const struct lint *lint)
{
    return lint->policies;
}

static bool policies_are_not_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_certificate_policies);
}

static bool tells_issuer(const struct lint *lint)
{
    return lint_has_access(lint, NID_ad_ca_issuers);
}

static bool tells_revocation(const struct lint *lint)
{
    return lint->crl || lint_has_access(lint, NID_ad_OCSP);
}

static bool tells_ocsp(const struct lint *lint)
{
    return lint_has_access(lint, NID_ad_OCSP);
}

/* What is said of a person there belongs into the subject. */
static bool subject_directory_is_not_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_subject_directory_attributes);
}

static bool alternative_names_are_not_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_subject_alt_name);
}

static bool issuer_names_are_not_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_issuer_alt_name);
}

static bool purposes_are_not_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_ext_key_usage);
}

static bool crl_is_not_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_crl_distribution_points);
}

/* What binds the certificates below has no place where there are none. */
static bool binds_nobody_below(const struct lint *lint)
{
    static const int binding[] = {NID_policy_mappings, NID_name_constraints, NID_policy_constraints,
                                  NID_inhibit_any_policy};
    size_t i;

    for (i = 0; i < sizeof binding / sizeof *binding; i++)
        if (parts_extension_at(&lint->parts, binding[i]) >= 0)
            return false;
    return true;
}

#define ETSI "ETSI EN 319 412-2 "

const struct lint_rule lint_etsi_rules[] = {
    {"etsi_issuer", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.2.3",
     N_("The issuer's name lacks country, organisation or common name."), issuer_is_whole},
    {"etsi_country", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.2.4", N_("The subject has no country."),
     subject_has_country},
    {"etsi_common_name", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.2.4",
     N_("The subject has no common name."), subject_has_common_name},
    /* Editions since 2.2.1 leave it to whoever needs it to tell people apart. */
    {"etsi_serial_number", LINT_WARNING, LINT_CERTIFICATE, ETSI "4.2.4",
     N_("The subject has no serial number to tell it from others of the same name."),
     subject_has_serial_number},
    {"etsi_name", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.2.4",
     N_("The subject has neither given name nor surname nor pseudonym."), subject_is_named},
    {"etsi_pseudonym", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.2.4",
     N_("The subject has a pseudonym beside a given name or surname."), pseudonym_stands_alone},
    {"etsi_once", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.2.4",
     N_("The subject has an attribute twice that stands there once."), subject_stands_once},
    {"etsi_authority_key", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.1",
     N_("It does not tell which key of its issuer signed it."), has_authority_key},
    {"etsi_usage", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.2",
     N_("The key's usage is none of the types A to F."), usage_is_of_a_type},
    {"etsi_usage_alone", LINT_WARNING, LINT_CERTIFICATE, ETSI "4.3.2",
     N_("A key that commits its holder (nonRepudiation) is used for other things too."),
     commitment_stands_alone},
    {"etsi_policies", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.3", N_("It names no policy."),
     has_policies},
    {"etsi_policies_critical", LINT_WARNING, LINT_CERTIFICATE, ETSI "4.3.3",
     N_("Its policies are critical."), policies_are_not_critical},
    {"etsi_alternative_name", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.5",
     N_("The subject's alternative names are critical."), alternative_names_are_not_critical},
    {"etsi_issuer_alternative", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.6",
     N_("The issuer's alternative names are critical."), issuer_names_are_not_critical},
    {"etsi_binding", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.4, 4.3.8, 4.3.9, 4.3.12",
     N_("A person's certificate has an extension that only authorities may have."),
     binds_nobody_below},
    {"etsi_purposes_critical", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.10",
     N_("The extended key usage is critical."), purposes_are_not_critical},
    {"etsi_crl_critical", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.11",
     N_("The distribution points of its CRL are critical."), crl_is_not_critical},
    {"etsi_directory", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.7",
     N_("The subject's directory attributes are critical."), subject_directory_is_not_critical},
    {"etsi_revocation", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.3.11, 4.4.1",
     N_("It tells neither where its CRL nor where OCSP is."), tells_revocation},
    {"etsi_ca_issuers", LINT_ERROR, LINT_CERTIFICATE, ETSI "4.4.1",
     N_("It does not tell where its issuer's certificate is."), tells_issuer},
    {"etsi_ocsp", LINT_WARNING, LINT_CERTIFICATE, ETSI "4.4.1",
     N_("It does not tell where OCSP is."), tells_ocsp},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
