#include "x509/lint.h"

#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "x509/document.h"
#include "x509/usage.h"

#include <openssl/err.h>
#include <stdlib.h>

static const struct lint_rule *const tables[] = {
    lint_frame_rules,     lint_key_rules,   lint_subject_rules, lint_alt_name_rules,
    lint_extension_rules, lint_usage_rules, lint_profile_rules, lint_etsi_rules,
};

/* ---- what the rules ask of ---- */

bool lint_has_attribute(const X509_NAME *name, const ASN1_OBJECT *type)
{
    return X509_NAME_get_index_by_OBJ(name, type, -1) >= 0;
}

bool lint_has_purpose(const struct lint *lint, int nid)
{
    int i;

    for (i = 0; i < sk_ASN1_OBJECT_num(lint->purposes); i++)
        if (OBJ_obj2nid(sk_ASN1_OBJECT_value(lint->purposes, i)) == nid)
            return true;
    return false;
}

bool lint_has_extension(const struct lint *lint, int nid)
{
    return parts_extension_at(&lint->parts, nid) >= 0;
}

bool lint_has_access(const struct lint *lint, int method)
{
    int i;

    for (i = 0; i < sk_ACCESS_DESCRIPTION_num(lint->access); i++)
        if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(lint->access, i)->method) == method)
            return true;
    return false;
}

static void look(struct lint *lint)
{
    const struct parts *parts = &lint->parts;

    lint->key = spki_load(parts->spki, parts->spki_len);
    lint->basic = parts_extension(parts, NID_basic_constraints);
    lint->usage = parts_extension(parts, NID_key_usage);
    lint->purposes = parts_extension(parts, NID_ext_key_usage);
    lint->names = parts_extension(parts, NID_subject_alt_name);
    lint->authority_key = parts_extension(parts, NID_authority_key_identifier);
    lint->subject_key = parts_extension(parts, NID_subject_key_identifier);
    lint->crl = parts_extension(parts, NID_crl_distribution_points);
    lint->access = parts_extension(parts, NID_info_access);
    lint->policies = parts_extension(parts, NID_certificate_policies);
    lint->usage_bits = usage_bits(lint->usage);
    lint->is_authority = lint->basic && lint->basic->ca;
}

static void clear(struct lint *lint)
{
    EVP_PKEY_free(lint->key);
    BASIC_CONSTRAINTS_free(lint->basic);
    ASN1_BIT_STRING_free(lint->usage);
    EXTENDED_KEY_USAGE_free(lint->purposes);
    GENERAL_NAMES_free(lint->names);
    AUTHORITY_KEYID_free(lint->authority_key);
    ASN1_OCTET_STRING_free(lint->subject_key);
    CRL_DIST_POINTS_free(lint->crl);
    AUTHORITY_INFO_ACCESS_free(lint->access);
    CERTIFICATEPOLICIES_free(lint->policies);
    parts_clear(&lint->parts);
    ERR_clear_error();
}

/* ---- trying ---- */

static bool is_asked(const struct lint *lint, const struct lint_rule *table)
{
    if (table == lint_etsi_rules)
        return lint->profile && lint->profile->etsi_person;
    return table != lint_profile_rules || lint->profile;
}

static bool add(struct kunci_lint *found, const struct lint_rule *rule)
{
    struct kunci_finding *findings =
        reallocarray(found->findings, found->count + 1, sizeof *findings);

    if (!findings)
        return false;
    findings[found->count++] = (struct kunci_finding){
        .rule = rule->name,
        .clause = rule->clause,
        .sentence = _(rule->sentence),
        .is_error = rule->level == LINT_ERROR,
    };
    found->errors += rule->level == LINT_ERROR;
    found->findings = findings;
    return true;
}

/* Empties OpenSSL's queue of all else. */
static bool out_of_memory(void)
{
    unsigned long code;

    while ((code = ERR_get_error()))
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            return true;
    return false;
}

static bool try_table(const struct lint *lint, const struct lint_rule *table,
                      struct kunci_lint *found)
{
    enum lint_of what = lint->parts.is_request ? LINT_REQUEST : LINT_CERTIFICATE;

    for (; table->name; table++) {
        if ((table->of & what) && !table->keeps(lint) && !add(found, table))
            return false;
        if (out_of_memory()) /* else what could not be read would seem to be missing */
            return false;
    }
    return true;
}

/* Takes the parts over. */
static enum kunci_rc try_all(struct parts *parts, const struct profile *profile,
                             struct kunci_lint *found, struct kunci_err *err)
{
    struct lint lint = {.parts = *parts, .profile = profile};
    bool done;
    size_t i;

    ERR_clear_error();
    look(&lint);
    done = !out_of_memory();
    for (i = 0; done && i < sizeof tables / sizeof *tables; i++)
        done = !is_asked(&lint, tables[i]) || try_table(&lint, tables[i], found);
    clear(&lint);
    if (done)
        return KUNCI_OK;
    kunci_lint_clear(found);
    return err_no_memory(err);
}

static enum kunci_rc try_certificate(const unsigned char *der, size_t len,
                                     const struct profile *profile, struct kunci_lint *found,
                                     struct kunci_err *err)
{
    struct parts parts;

    *found = (struct kunci_lint){.count = 0};
    if (len > DOCUMENT_MAX || !parts_of_certificate(der, len, &parts))
        return document_refuse(&document_certificate, _("it is damaged"), err);
    return try_all(&parts, profile, found, err);
}

/* ---- for all to use ---- */

enum kunci_rc kunci_cert_lint(const unsigned char *der, size_t len, const char *profile,
                              struct kunci_lint *out, struct kunci_err *err)
{
    struct profile loaded = {.name = NULL};
    enum kunci_rc rc = profile ? profile_load(profile, &loaded, err) : KUNCI_OK;

    *out = (struct kunci_lint){.count = 0};
    if (rc == KUNCI_OK)
        rc = try_certificate(der, len, profile ? &loaded : NULL, out, err);
    profile_clear(&loaded);
    return rc;
}

enum kunci_rc kunci_csr_lint(const unsigned char *der, size_t len, struct kunci_lint *out,
                             struct kunci_err *err)
{
    struct parts parts;

    *out = (struct kunci_lint){.count = 0};
    if (len > DOCUMENT_MAX || !parts_of_request(der, len, &parts))
        return document_refuse(&document_request, _("it is damaged"), err);
    return try_all(&parts, NULL, out, err);
}

void kunci_lint_clear(struct kunci_lint *lint)
{
    free(lint->findings);
    *lint = (struct kunci_lint){.count = 0};
}

static enum kunci_rc refuse(const char *about, struct kunci_lint *found, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < found->count; i++)
        if (found->findings[i].is_error)
            rc = err_setf(err, KUNCI_LINT_FAILED, about, "%s (%s, %s)", found->findings[i].sentence,
                          found->findings[i].rule, found->findings[i].clause);
    kunci_lint_clear(found);
    return rc;
}

enum kunci_rc lint_request(const unsigned char *der, size_t len, struct kunci_err *err)
{
    struct kunci_lint found;
    enum kunci_rc rc = kunci_csr_lint(der, len, &found, err);

    return rc == KUNCI_OK ? refuse(_("The request"), &found, err) : rc;
}

enum kunci_rc lint_certificate(const unsigned char *der, size_t len, const struct profile *profile,
                               struct kunci_err *err)
{
    struct kunci_lint found;
    enum kunci_rc rc = try_certificate(der, len, profile, &found, err);

    return rc == KUNCI_OK ? refuse(_("The certificate"), &found, err) : rc;
}
