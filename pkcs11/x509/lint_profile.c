/* Rules of the profile that a certificate was issued by. */
#include "base/text.h"
#include "x509/alt_name.h"
#include "x509/key_kind.h"
#include "x509/lint.h"
#include "x509/usage.h"

#include <openssl/evp.h>
#include <string.h>

static bool key_is_allowed(const struct lint *lint)
{
    return lint->profile->keys & key_kind(lint->key);
}

/* ---- the subject ---- */

static bool all_required_are_there(const struct lint *lint)
{
    char **word = lint->profile->subject.required;
    bool there = true;

    for (; there && word && *word; word++) {
        ASN1_OBJECT *type = profile_attribute(*word);

        there = type && lint_has_attribute(lint->parts.subject, type);
        ASN1_OBJECT_free(type);
    }
    return there;
}

/* The place among the profile's attributes; -1: none. */
static int place_of(const struct profile *profile, const ASN1_OBJECT *wanted)
{
    char **words = profile->subject.attributes;
    int i, place = -1;

    for (i = 0; place < 0 && words[i]; i++) {
        ASN1_OBJECT *type = profile_attribute(words[i]);

        if (type && OBJ_cmp(type, wanted) == 0)
            place = i;
        ASN1_OBJECT_free(type);
    }
    return place;
}

static bool all_are_allowed(const struct lint *lint)
{
    const X509_NAME *subject = lint->parts.subject;
    int i, place, before = 0;

    for (i = 0; i < X509_NAME_entry_count(subject); i++) {
        place =
            place_of(lint->profile, X509_NAME_ENTRY_get_object(X509_NAME_get_entry(subject, i)));
        if (place < 0 || (place < before && !lint->profile->subject.any_order))
            return false;
        before = place;
    }
    return true;
}

/* ---- what else it says ---- */

static bool names_are_allowed(const struct lint *lint)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(lint->names); i++) {
        enum alt_name_kind kind = alt_name_kind(sk_GENERAL_NAME_value(lint->names, i));

        if (kind == ALT_NAME_KINDS || !(lint->profile->names.allowed & 1u << kind))
            return false;
    }
    return lint->names || !lint->profile->names.required;
}

static bool is_of_its_kind(const struct lint *lint)
{
    return lint->is_authority == lint->profile->basic.is_authority &&
           (!lint->profile->self_signed || parts_self_issued(&lint->parts));
}

static bool path_is_as_short(const struct lint *lint)
{
    int64_t most = lint->profile->basic.path_length;

    if (!lint->is_authority || most < 0)
        return true;
    return lint->basic->pathlen && ASN1_INTEGER_get(lint->basic->pathlen) <= most;
}

/* Years are taken as 366 days, as one of them may be. */
static bool lasts_no_longer(const struct lint *lint)
{
    int64_t most = lint->profile->validity.years * 366 + lint->profile->validity.days;
    int days, seconds;

    return ASN1_TIME_diff(&days, &seconds, lint->parts.not_before, lint->parts.not_after) == 1 &&
           days < most;
}

static bool usage_is_the_same(const struct lint *lint)
{
    return lint->usage_bits == lint->profile->usage;
}

static bool purposes_are_the_same(const struct lint *lint)
{
    char **word = lint->profile->purposes;
    bool there = true;
    int count = 0;

    for (; there && word && *word; word++, count++) {
        ASN1_OBJECT *purpose = usage_purpose(*word);

        there = purpose && lint->purposes && sk_ASN1_OBJECT_find(lint->purposes, purpose) >= 0;
        ASN1_OBJECT_free(purpose);
    }
    return there && (lint->purposes ? sk_ASN1_OBJECT_num(lint->purposes) : 0) == count;
}

static bool has_policy(const struct lint *lint, const char *word)
{
    size_t len = strcspn(word, " ");
    char dotted[128];
    int i;

    for (i = 0; i < sk_POLICYINFO_num(lint->policies); i++) {
        OBJ_obj2txt(dotted, sizeof dotted, sk_POLICYINFO_value(lint->policies, i)->policyid, 1);
        if (strlen(dotted) == len && memcmp(dotted, word, len) == 0)
            return true;
    }
    return false;
}

static bool policies_are_there(const struct lint *lint)
{
    char **word = lint->profile->policies;

    for (; word && *word; word++)
        if (!has_policy(lint, *word))
            return false;
    return true;
}

static bool asked_for(char **list)
{
    return list && *list;
}

static bool addresses_are_there(const struct lint *lint)
{
    const struct profile *profile = lint->profile;

    return (!asked_for(profile->crl) || lint->crl) &&
           (!asked_for(profile->ca_issuers) || lint_has_access(lint, NID_ad_ca_issuers)) &&
           (!asked_for(profile->ocsp) || lint_has_access(lint, NID_ad_OCSP));
}

static bool statements_are_there(const struct lint *lint)
{
    return !asked_for(lint->profile->statements) || lint_has_extension(lint, NID_qcStatements);
}

static bool nocheck_is_there(const struct lint *lint)
{
    return lint->profile->ocsp_nocheck == lint_has_extension(lint, NID_id_pkix_OCSP_noCheck);
}

#define CLAUSE "kunci-profile(5)"

const struct lint_rule lint_profile_rules[] = {
    {"profile_key", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The profile does not allow a key of this kind."), key_is_allowed},
    {"profile_required", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The subject lacks an attribute that the profile wants."), all_required_are_there},
    {"profile_attributes", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The subject has an attribute that the profile does not have, or in another order."),
     all_are_allowed},
    {"profile_names", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The alternative names are not of the kinds that the profile wants."), names_are_allowed},
    {"profile_kind", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("It is an authority's where the profile is not, or the other way round."), is_of_its_kind},
    {"profile_path", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The profile wants shorter paths below this authority."), path_is_as_short},
    {"profile_validity", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("It is valid for longer than the profile allows."), lasts_no_longer},
    {"profile_usage", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The key's usage is not that of the profile."), usage_is_the_same},
    {"profile_purposes", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("The purposes are not those of the profile."), purposes_are_the_same},
    {"profile_policies", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("It lacks a policy of the profile."), policies_are_there},
    {"profile_addresses", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("It lacks an address of CRL, issuer or OCSP that the profile wants."), addresses_are_there},
    {"profile_statements", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("It lacks the statements of a qualified certificate that the profile wants."),
     statements_are_there},
    {"profile_nocheck", LINT_ERROR, LINT_CERTIFICATE, CLAUSE,
     N_("Whether it is checked for revocation is not as the profile has it."), nocheck_is_there},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
