/* Rules of the extensions, but for names and usages. */
#include "base/text.h"
#include "x509/alt_name.h"
#include "x509/lint.h"
#include "x509/strict.h"
#include "x509/usage.h"

#include <openssl/err.h>
#include <string.h>

/* ---- all of them ---- */

static X509_EXTENSION *at(const struct lint *lint, int i)
{
    return sk_X509_EXTENSION_value(lint->parts.extensions, i);
}

static int count(const struct lint *lint)
{
    return sk_X509_EXTENSION_num(lint->parts.extensions);
}

static bool none_stands_twice(const struct lint *lint)
{
    int i, j;

    for (i = 0; i < count(lint); i++)
        for (j = i + 1; j < count(lint); j++)
            if (OBJ_cmp(X509_EXTENSION_get_object(at(lint, i)),
                        X509_EXTENSION_get_object(at(lint, j))) == 0)
                return false;
    return true;
}

/* What OpenSSL can read stands in its table; a few more have a meaning all the same. */
static bool is_known(X509_EXTENSION *extension)
{
    return X509V3_EXT_get(extension) ||
           OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_qcStatements;
}

static bool critical_ones_are_known(const struct lint *lint)
{
    int i;

    for (i = 0; i < count(lint); i++)
        if (X509_EXTENSION_get_critical(at(lint, i)) && !is_known(at(lint, i)))
            return false;
    return true;
}

static bool can_be_read(X509_EXTENSION *extension)
{
    const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
    void *value = X509V3_EXT_d2i(extension);

    if (ERR_GET_REASON(ERR_peek_error()) != ERR_R_MALLOC_FAILURE)
        ERR_clear_error();
    if (value && method->it)
        ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
    else if (value)
        method->ext_free(value);
    return value;
}

static bool all_can_be_read(const struct lint *lint)
{
    int i;

    for (i = 0; i < count(lint); i++)
        if (X509V3_EXT_get(at(lint, i)) && !can_be_read(at(lint, i)))
            return false;
    return true;
}

static bool contents_are_strict(const struct lint *lint)
{
    int i;

    for (i = 0; i < count(lint); i++) {
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(at(lint, i));

        if (!strict_der(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)))
            return false;
    }
    return true;
}

static bool list_is_not_empty(const struct lint *lint)
{
    return !lint->parts.extensions || count(lint) > 0;
}

/* ---- which have to be critical, which must not ---- */

static bool is_critical_or_absent(const struct lint *lint, int nid)
{
    return !lint_has_extension(lint, nid) || parts_is_critical(&lint->parts, nid);
}

static bool name_constraints_are_critical(const struct lint *lint)
{
    return is_critical_or_absent(lint, NID_name_constraints);
}

static bool name_constraints_bind_authorities(const struct lint *lint)
{
    return !lint_has_extension(lint, NID_name_constraints) || lint->is_authority;
}

static bool policy_constraints_are_critical(const struct lint *lint)
{
    return is_critical_or_absent(lint, NID_policy_constraints);
}

static bool inhibit_is_critical(const struct lint *lint)
{
    return is_critical_or_absent(lint, NID_inhibit_any_policy);
}

static bool hints_are_not_critical(const struct lint *lint)
{
    static const int hints[] = {NID_authority_key_identifier,
                                NID_subject_key_identifier,
                                NID_info_access,
                                NID_sinfo_access,
                                NID_freshest_crl,
                                NID_subject_directory_attributes};
    size_t i;

    for (i = 0; i < sizeof hints / sizeof *hints; i++)
        if (parts_is_critical(&lint->parts, hints[i]))
            return false;
    return true;
}

static bool should_not_be_critical(const struct lint *lint)
{
    return !parts_is_critical(&lint->parts, NID_crl_distribution_points) &&
           !parts_is_critical(&lint->parts, NID_issuer_alt_name);
}

/* ---- key identifiers ---- */

static bool authority_key_is_told(const struct lint *lint)
{
    return parts_self_issued(&lint->parts) || (lint->authority_key && lint->authority_key->keyid);
}

static bool authority_key_is_whole(const struct lint *lint)
{
    return !lint->authority_key || !lint->authority_key->issuer == !lint->authority_key->serial;
}

static bool authority_tells_its_key(const struct lint *lint)
{
    return !lint->is_authority || lint->subject_key;
}

static bool key_is_told(const struct lint *lint)
{
    return lint->is_authority || lint->subject_key;
}

static bool subject_key_is_not_empty(const struct lint *lint)
{
    return !lint->subject_key || ASN1_STRING_length(lint->subject_key) > 0;
}

/* ---- constraints of authorities ---- */

static bool authority_is_critical(const struct lint *lint)
{
    return !lint->is_authority || parts_is_critical(&lint->parts, NID_basic_constraints);
}

static bool path_length_fits(const struct lint *lint)
{
    if (!lint->basic || !lint->basic->pathlen)
        return true;
    return lint->basic->ca && (!lint->usage || (lint->usage_bits & USAGE(KEY_CERT_SIGN))) &&
           ASN1_STRING_type(lint->basic->pathlen) == V_ASN1_INTEGER;
}

/* ---- policies ---- */

static bool policies_stand_once(const struct lint *lint)
{
    int i, j, all = sk_POLICYINFO_num(lint->policies);

    for (i = 0; i < all; i++)
        for (j = i + 1; j < all; j++)
            if (OBJ_cmp(sk_POLICYINFO_value(lint->policies, i)->policyid,
                        sk_POLICYINFO_value(lint->policies, j)->policyid) == 0)
                return false;
    return true;
}

static bool policies_are_not_empty(const struct lint *lint)
{
    return !lint->policies || sk_POLICYINFO_num(lint->policies) > 0;
}

/* ---- addresses ---- */

static bool is_address(const GENERAL_NAME *name)
{
    static const char *const schemes[] = {"http://", "https://", "ldap://", "ldaps://", "ftp://"};
    const char *text;
    size_t i, len;

    if (name->type != GEN_URI)
        return false;
    text = (const char *)ASN1_STRING_get0_data(name->d.ia5);
    len = (size_t)ASN1_STRING_length(name->d.ia5);
    for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (len > strlen(schemes[i]) && strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
            return alt_name_is_uri(text, len);
    return false;
}

/* A point has a place or an issuer, not reasons alone. */
static bool points_are_whole(const struct lint *lint)
{
    int i;

    if (lint->crl && sk_DIST_POINT_num(lint->crl) == 0)
        return false;
    for (i = 0; i < sk_DIST_POINT_num(lint->crl); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(lint->crl, i);

        if (!point->distpoint && !point->CRLissuer)
            return false;
    }
    return true;
}

static bool place_is_an_address(const DIST_POINT_NAME *place)
{
    int i;

    if (!place || place->type != 0) /* relative to the issuer of the CRL */
        return true;
    for (i = 0; i < sk_GENERAL_NAME_num(place->name.fullname); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(place->name.fullname, i);

        if (name->type == GEN_URI && !is_address(name))
            return false;
    }
    return sk_GENERAL_NAME_num(place->name.fullname) > 0;
}

static bool points_are_addresses(const struct lint *lint)
{
    int i;

    for (i = 0; i < sk_DIST_POINT_num(lint->crl); i++)
        if (!place_is_an_address(sk_DIST_POINT_value(lint->crl, i)->distpoint))
            return false;
    return true;
}

static bool access_is_an_address(const struct lint *lint)
{
    int i;

    for (i = 0; i < sk_ACCESS_DESCRIPTION_num(lint->access); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(lint->access, i);

        if (one->location->type == GEN_URI && !is_address(one->location))
            return false;
    }
    return !lint->access || sk_ACCESS_DESCRIPTION_num(lint->access) > 0;
}

const struct lint_rule lint_extension_rules[] = {
    {"extension_repeated", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2",
     N_("An extension stands there twice."), none_stands_twice},
    {"extension_unknown_critical", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2",
     N_("An extension is critical and not known."), critical_ones_are_known},
    {"extension_readable", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2",
     N_("An extension that is known cannot be read."), all_can_be_read},
    {"extension_strict", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2",
     N_("The contents of an extension are not written in strict DER."), contents_are_strict},
    {"extensions_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 4.1",
     N_("The list of extensions is empty."), list_is_not_empty},
    {"hint_critical", LINT_ERROR, LINT_BOTH,
     "RFC 5280 4.2.1.1, 4.2.1.2, 4.2.1.8, 4.2.1.15, 4.2.2.1, 4.2.2.2",
     N_("An extension is critical that must not be, such as a key identifier or an address."),
     hints_are_not_critical},
    {"should_not_be_critical", LINT_WARNING, LINT_BOTH, "RFC 5280 4.2.1.7, 4.2.1.13",
     N_("The places of the CRL or the issuer's alternative names are critical."),
     should_not_be_critical},
    {"authority_key", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.2.1.1",
     N_("It does not tell which key of its issuer signed it."), authority_key_is_told},
    {"authority_key_whole", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.2.1.1",
     N_("The issuer's name stands without the serial number, or the other way round."),
     authority_key_is_whole},
    {"subject_key_authority", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.2.1.2",
     N_("An authority's certificate does not tell its key's identifier."), authority_tells_its_key},
    {"subject_key", LINT_WARNING, LINT_CERTIFICATE, "RFC 5280 4.2.1.2",
     N_("It does not tell its key's identifier."), key_is_told},
    {"subject_key_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.2",
     N_("The key's identifier is empty."), subject_key_is_not_empty},
    {"basic_critical", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.9",
     N_("An authority's basic constraints are not critical."), authority_is_critical},
    {"path_length", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.9",
     N_("A length of paths stands where no certificates are issued, or is negative."),
     path_length_fits},
    {"name_constraints_authority", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.10",
     N_("Names are constrained, but it is no authority's certificate."),
     name_constraints_bind_authorities},
    {"name_constraints_critical", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.10",
     N_("The constraints of names are not critical."), name_constraints_are_critical},
    {"policy_constraints_critical", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.11",
     N_("The constraints of policies are not critical."), policy_constraints_are_critical},
    {"inhibit_any_critical", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.14",
     N_("That any policy is inhibited is not critical."), inhibit_is_critical},
    {"policy_repeated", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.4",
     N_("A policy stands there twice."), policies_stand_once},
    {"policies_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.4",
     N_("The list of policies is empty."), policies_are_not_empty},
    {"crl_point", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.13",
     N_("A place of the CRL has neither an address nor an issuer."), points_are_whole},
    {"crl_address", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.13",
     N_("A place of the CRL is no address for HTTP or LDAP."), points_are_addresses},
    {"access_address", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.2.1",
     N_("A place of the issuer or of OCSP is no address for HTTP or LDAP."), access_is_an_address},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
