/* Rules of profiles and of ETSI EN 319 412-2: a certificate that breaks each alone. */
#include "lib/cert_base.h"
#include "lib/lint_rows.h"
#include "lib/soft_signer.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char profile_text[] =
    "subject:\n"
    "  attributes: [C, O, CN, givenName, surname, pseudonym, serialNumber, E]\n"
    "  required: [O]\n"
    "keys: [p256]\n"
    "validity: {years: 2}\n"
    "key_usage: [nonRepudiation]\n"
    "policies: [1.2.3.4]\n"
    "crl: [\"{crl}\"]\n"
    "ocsp: [\"{ocsp}\"]\n"
    "alternative_names: {allowed: [email]}\n"
    "etsi_natural_person: true\n";
static char profile_file[] = "/tmp/kunci-test-XXXXXX";

static EVP_PKEY *p256;

static void set_key(X509 *x509, EVP_PKEY *key)
{
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    EVP_PKEY_free(key);
}

static void key_rsa(X509 *x509)
{
    set_key(x509, soft_key(KUNCI_KEY_RSA2048));
}

static void lasts_long(X509 *x509)
{
    cert_set_time(x509, true, V_ASN1_UTCTIME, "311120235959Z");
}

static void key_p384(X509 *x509)
{
    set_key(x509, soft_key(KUNCI_KEY_P384));
}

static void without(X509 *x509, int nid)
{
    X509_NAME *name = X509_get_subject_name(x509);

    X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, X509_NAME_get_index_by_NID(name, nid, -1)));
}

static void no_organisation(X509 *x509)
{
    without(x509, NID_organizationName);
}

static void another_attribute(X509 *x509)
{
    cert_put(X509_get_subject_name(x509), "title", V_ASN1_UTF8STRING, "Kepala");
}

static void no_country(X509 *x509)
{
    without(x509, NID_countryName);
}

static void no_common_name(X509 *x509)
{
    without(x509, NID_commonName);
}

static void no_serial_number(X509 *x509)
{
    without(x509, NID_serialNumber);
}

static void no_name(X509 *x509)
{
    without(x509, NID_givenName);
    without(x509, NID_surname);
}

static void pseudonym_too(X509 *x509)
{
    without(x509, NID_serialNumber);
    cert_put(X509_get_subject_name(x509), "pseudonym", V_ASN1_UTF8STRING, "Pak B");
    cert_put(X509_get_subject_name(x509), "serialNumber", V_ASN1_PRINTABLESTRING, "0001");
}

static void serial_number_twice(X509 *x509)
{
    cert_put(X509_get_subject_name(x509), "serialNumber", V_ASN1_PRINTABLESTRING, "0002");
}

static void issuer_without_country(X509 *x509)
{
    X509_NAME_ENTRY_free(X509_NAME_delete_entry(X509_get_issuer_name(x509), 0));
}

static void issuers_alone(X509 *x509)
{
    cert_set_extension(x509, NID_info_access, "caIssuers;URI:http://ca.contoh.go.id/1.cer");
}

static void access_without_issuers(X509 *x509)
{
    cert_set_extension(x509, NID_info_access, "OCSP;URI:http://ocsp.contoh.go.id/");
}

/* ---- the rules ---- */

static const struct lint_row rows[] = {
    {"profile_key", LEAF, 0, NULL, key_p384, NULL, NULL},
    {"profile_required", LEAF, 0, NULL, no_organisation, NULL, NULL},
    {"profile_attributes", LEAF, 0, NULL, another_attribute, NULL, NULL},
    {"profile_names", LEAF, NID_subject_alt_name, "DNS:a.id", NULL, NULL, NULL},
    {"profile_kind", LEAF, NID_basic_constraints, "critical,CA:TRUE", NULL, NULL,
     "usage_authority"},
    {"profile_validity", LEAF, 0, NULL, lasts_long, NULL, NULL},
    {"profile_usage", LEAF, NID_key_usage, "critical,digitalSignature", NULL, NULL, NULL},
    {"profile_purposes", LEAF, NID_ext_key_usage, "emailProtection", NULL, NULL, NULL},
    {"profile_policies", LEAF, NID_certificate_policies, "DER:3006300406022a03", NULL, NULL, NULL},
    {"profile_addresses", LEAF, NID_crl_distribution_points, NULL, NULL, NULL, NULL},
    {"profile_nocheck", LEAF, NID_id_pkix_OCSP_noCheck, "yes", NULL, NULL, "ocsp_nocheck"},
    {"etsi_issuer", LEAF, 0, NULL, issuer_without_country, NULL, NULL},
    {"etsi_country", LEAF, 0, NULL, no_country, NULL, NULL},
    {"etsi_common_name", LEAF, 0, NULL, no_common_name, NULL, NULL},
    {"etsi_serial_number", LEAF, 0, NULL, no_serial_number, NULL, NULL},
    {"etsi_name", LEAF, 0, NULL, no_name, NULL, NULL},
    {"etsi_pseudonym", LEAF, 0, NULL, pseudonym_too, NULL, NULL},
    {"etsi_once", LEAF, 0, NULL, serial_number_twice, NULL, NULL},
    {"etsi_authority_key", LEAF, NID_authority_key_identifier, NULL, NULL, NULL, "authority_key"},
    {"etsi_usage", LEAF, NID_key_usage, "critical,dataEncipherment,nonRepudiation", key_rsa, NULL,
     "profile_usage profile_key etsi_usage_alone"},
    {"etsi_usage_alone", LEAF, NID_key_usage, "critical,digitalSignature,nonRepudiation", NULL,
     NULL, "profile_usage"},
    {"etsi_policies", LEAF, NID_certificate_policies, NULL, NULL, NULL, "profile_policies"},
    {"etsi_policies_critical", LEAF, NID_certificate_policies, "critical,DER:3007300506032a0304",
     NULL, NULL, NULL},
    {"etsi_alternative_name", LEAF, NID_subject_alt_name, "critical,email:a@b.id", NULL, NULL,
     "san_not_critical"},
    {"etsi_issuer_alternative", LEAF, NID_issuer_alt_name, "critical,email:a@b.id", NULL, NULL,
     "should_not_be_critical"},
    {"etsi_binding", LEAF, NID_inhibit_any_policy, "critical,1", NULL, NULL, NULL},
    {"etsi_purposes_critical", LEAF, NID_ext_key_usage, "critical,emailProtection", NULL, NULL,
     "profile_purposes"},
    {"etsi_crl_critical", LEAF, NID_crl_distribution_points, "critical,URI:http://a.id/crl", NULL,
     NULL, "should_not_be_critical"},
    {"etsi_directory", LEAF, NID_subject_directory_attributes, "critical,DER:30023000", NULL, NULL,
     "hint_critical extension_unknown_critical"},
    {"etsi_revocation", LEAF, NID_crl_distribution_points, NULL, issuers_alone, NULL,
     "profile_addresses etsi_ocsp"},
    {"etsi_ca_issuers", LEAF, 0, NULL, access_without_issuers, NULL, NULL},
    {"etsi_ocsp", LEAF, 0, NULL, issuers_alone, NULL, "profile_addresses"},
};

static void keeps_every_rule(void **state)
{
    (void)state;
    lint_keeps(false, p256, profile_file);
}

static void each_rule_is_broken(void **state)
{
    (void)state;
    lint_breaks(rows, COUNT(rows), p256, profile_file);
}

/* The two that are left are in test_issue.c. */
static void every_rule_has_a_test(void **state)
{
    (void)state;
    lint_has_rows(lint_profile_rules, rows, COUNT(rows), "profile_path profile_statements");
    lint_has_rows(lint_etsi_rules, rows, COUNT(rows), "");
}

static int set_up(void **state)
{
    int fd = mkstemp(profile_file);

    (void)state;
    p256 = soft_key(KUNCI_KEY_P256);
    return fd < 0 || write(fd, profile_text, sizeof profile_text - 1) < 0 || close(fd) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(p256);
    return unlink(profile_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_every_rule),
        cmocka_unit_test(each_rule_is_broken),
        cmocka_unit_test(every_rule_has_a_test),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
