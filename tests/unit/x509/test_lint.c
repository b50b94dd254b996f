/* Each rule: a certificate or a request that breaks it and no other. */
#include "base/buf.h"
#include "base/der.h"
#include "lib/cert_base.h"
#include "lib/lint_rows.h"
#include "lib/soft_signer.h"
#include "x509/lint.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static EVP_PKEY *p256;

/* ---- changes that take more than an extension ---- */

static X509_NAME *fresh_subject(X509 *x509)
{
    X509_NAME *name = X509_get_subject_name(x509);

    while (X509_NAME_entry_count(name))
        X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, 0));
    return name;
}

static void version_1(X509 *x509)
{
    X509_set_version(x509, 0);
}

static void serial_zero(X509 *x509)
{
    cert_set_serial(x509, (const unsigned char *)"", 1);
}

static void serial_21(X509 *x509)
{
    static const unsigned char serial[20] = {0x80};

    cert_set_serial(x509, serial, sizeof serial);
}

static void no_issuer(X509 *x509)
{
    X509_NAME *empty = X509_NAME_new();

    X509_set_issuer_name(x509, empty);
    X509_NAME_free(empty);
}

static void no_seconds(X509 *x509)
{
    cert_set_time(x509, false, V_ASN1_UTCTIME, "2611210000Z");
}

static void generalized(X509 *x509)
{
    cert_set_time(x509, true, V_ASN1_GENERALIZEDTIME, "20281120235959Z");
}

static void ends_before(X509 *x509)
{
    cert_set_time(x509, true, V_ASN1_UTCTIME, "251120235959Z");
}

static void set_key(X509 *x509, EVP_PKEY *key)
{
    assert_non_null(key);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    EVP_PKEY_free(key);
}

static void key_unknown(X509 *x509)
{
    set_key(x509, EVP_PKEY_Q_keygen(NULL, NULL, "ED448"));
}

static void key_rsa_1024(X509 *x509)
{
    set_key(x509, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024));
}

static void key_rsa(X509 *x509)
{
    set_key(x509, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048));
}

static void key_rsa_exponent_3(X509 *x509)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *three = BN_new();
    EVP_PKEY *key = NULL;

    BN_set_word(three, 3);
    EVP_PKEY_keygen_init(context);
    EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048);
    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, three);
    EVP_PKEY_generate(context, &key);
    set_key(x509, key);
    BN_free(three);
    EVP_PKEY_CTX_free(context);
}

static void key_without_null(X509 *x509)
{
    X509_PUBKEY *public;
    const unsigned char *bytes;
    int len;

    key_rsa(x509);
    public = X509_get_X509_PUBKEY(x509);
    X509_PUBKEY_get0_param(NULL, &bytes, &len, NULL, public);
    X509_PUBKEY_set0_param(public, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_UNDEF, NULL,
                           OPENSSL_memdup(bytes, (size_t)len), len);
}

static void key_on_k1(X509 *x509)
{
    set_key(x509, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"));
}

static void subject_empty(X509 *x509)
{
    fresh_subject(x509);
}

static void subject_empty_but_named(X509 *x509)
{
    fresh_subject(x509);
    cert_set_extension(x509, NID_subject_alt_name, "email:budi@contoh.go.id");
}

static void country_utf8(X509 *x509)
{
    cert_put(fresh_subject(x509), "C", V_ASN1_UTF8STRING, "ID");
}

static void name_teletex(X509 *x509)
{
    cert_put(fresh_subject(x509), "CN", V_ASN1_T61STRING, "Budi");
}

static void name_long(X509 *x509)
{
    cert_put(fresh_subject(x509), "CN", V_ASN1_UTF8STRING,
             "12345678901234567890123456789012345678901234567890123456789012345");
}

static void name_empty(X509 *x509)
{
    X509_NAME *name = fresh_subject(x509);

    X509_NAME_add_entry_by_txt(name, "O", V_ASN1_UTF8STRING, (const unsigned char *)"x", 1, -1, 0);
    ASN1_STRING_set(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0)), "", 0);
}

static void country_small(X509 *x509)
{
    cert_put(fresh_subject(x509), "C", V_ASN1_PRINTABLESTRING, "id");
}

static void name_not_printable(X509 *x509)
{
    cert_put(fresh_subject(x509), "O", V_ASN1_PRINTABLESTRING, "a@b");
}

static void name_turned(X509 *x509)
{
    cert_put(fresh_subject(x509), "CN", V_ASN1_UTF8STRING,
             "Budi \xe2\x80\xae"
             "id");
}

static void name_twice(X509 *x509)
{
    cert_put(X509_get_subject_name(x509), "CN", V_ASN1_UTF8STRING, "Budi Santoso");
}

static void mail_in_subject(X509 *x509)
{
    cert_put(X509_get_subject_name(x509), "emailAddress", V_ASN1_IA5STRING, "budi@contoh.go.id");
}

static void extension_twice(X509 *x509)
{
    X509_add_ext(x509, X509_get_ext(x509, X509_get_ext_by_NID(x509, NID_key_usage, -1)), -1);
}

static void extension_strange(X509 *x509)
{
    ASN1_OBJECT *type = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2);
    extension = X509_EXTENSION_create_by_OBJ(NULL, type, 1, value);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(type);
}

static void server_without_names(X509 *x509)
{
    cert_set_extension(x509, NID_key_usage, "critical,digitalSignature");
    cert_set_extension(x509, NID_ext_key_usage, "serverAuth");
}

/* ---- changes to the bytes ---- */

static void change_byte(struct buf *der, const void *after, size_t len, int offset, int value)
{
    char *at = memmem(der->data, der->len, after, len);

    assert_non_null(at);
    at[offset] = (char)value;
}

static void boolean_1(struct buf *der)
{
    change_byte(der, "\x01\x01\xff", 3, 2, 1);
}

static void algorithm_other(struct buf *der)
{
    change_byte(der, "\x2a\x86\x48\xce\x3d\x04\x03\x02", 8, 7, 3);
}

static void modulus_even(struct buf *der)
{
    char *at = memmem(der->data, der->len, "\x02\x03\x01\x00\x01", 5);

    assert_non_null(at);
    at[-1] &= (char)0xfe;
}

/* [1] before the extensions. */
static void unique_id(struct buf *der)
{
    static const unsigned char id[] = {0x81, 2, 0, 1};
    const unsigned char *at = (unsigned char *)der->data, *end = at + der->len, *inside, *begin;
    struct buf tbs = {0}, whole = {0}, all = {0};
    int tag, class;
    long len;

    ASN1_get_object(&at, &len, &tag, &class, end - at);
    ASN1_get_object(&at, &len, &tag, &class, end - at);
    begin = at;
    end = at + len;
    for (inside = at; *inside != 0xa3; inside = at + len)
        at = inside, ASN1_get_object(&at, &len, &tag, &class, end - inside);
    buf_add(&tbs, begin, (size_t)(inside - begin));
    buf_add(&tbs, id, sizeof id);
    buf_add(&tbs, inside, (size_t)(end - inside));
    der_wrap(&whole, DER_SEQUENCE, &tbs);
    buf_add(&whole, end, (size_t)((unsigned char *)der->data + der->len - end));
    der_wrap(&all, DER_SEQUENCE, &whole);
    buf_clear(&tbs);
    buf_clear(&whole);
    buf_clear(der);
    *der = all;
}

/* ---- the rules ---- */

static const struct lint_row rows[] = {
    {"der_strict", LEAF, 0, NULL, NULL, boolean_1, NULL},
    {"version", LEAF, 0, NULL, version_1, NULL, NULL},
    {"serial_positive", LEAF, 0, NULL, serial_zero, NULL, NULL},
    {"serial_length", LEAF, 0, NULL, serial_21, NULL, NULL},
    {"algorithms_agree", LEAF, 0, NULL, NULL, algorithm_other, NULL},
    {"issuer_present", LEAF, 0, NULL, no_issuer, NULL, NULL},
    {"unique_ids", LEAF, 0, NULL, NULL, unique_id, NULL},
    {"time_form", LEAF, 0, NULL, no_seconds, NULL, NULL},
    {"time_type", LEAF, 0, NULL, generalized, NULL, NULL},
    {"time_order", LEAF, 0, NULL, ends_before, NULL, NULL},
    {"key_known", LEAF, 0, NULL, key_unknown, NULL, NULL},
    {"key_parameters", LEAF, 0, NULL, key_without_null, NULL, NULL},
    {"rsa_length", LEAF, 0, NULL, key_rsa_1024, NULL, NULL},
    {"rsa_exponent", LEAF, 0, NULL, key_rsa_exponent_3, NULL, NULL},
    {"rsa_modulus", LEAF, 0, NULL, key_rsa, modulus_even, NULL},
    {"key_curve", LEAF, 0, NULL, key_on_k1, NULL, NULL},
    {"subject_present", LEAF, 0, NULL, subject_empty, NULL, NULL},
    {"name_type", LEAF, 0, NULL, country_utf8, NULL, NULL},
    {"name_type_old", LEAF, 0, NULL, name_teletex, NULL, NULL},
    {"name_length", LEAF, 0, NULL, name_long, NULL, NULL},
    {"name_empty", LEAF, 0, NULL, name_empty, NULL, NULL},
    {"name_country", LEAF, 0, NULL, country_small, NULL, NULL},
    {"name_characters", LEAF, 0, NULL, name_not_printable, NULL, NULL},
    {"name_readable", LEAF, 0, NULL, name_turned, NULL, NULL},
    {"name_repeated", LEAF, 0, NULL, name_twice, NULL, NULL},
    {"mail_in_names", LEAF, 0, NULL, mail_in_subject, NULL, NULL},
    {"san_empty", LEAF, NID_subject_alt_name, "DER:3000", NULL, NULL, NULL},
    {"san_critical", LEAF, 0, NULL, subject_empty_but_named, NULL, NULL},
    {"san_not_critical", LEAF, NID_subject_alt_name, "critical,DNS:a.id", NULL, NULL, NULL},
    {"san_dns", LEAF, NID_subject_alt_name, "DNS:a_b.id", NULL, NULL, NULL},
    {"san_email", LEAF, NID_subject_alt_name, "email:budi@-contoh", NULL, NULL, NULL},
    {"san_uri", LEAF, NID_subject_alt_name, "URI:contoh.go.id/", NULL, NULL, NULL},
    {"san_ip", LEAF, NID_subject_alt_name, "DER:30058703010203", NULL, NULL, NULL},
    {"san_dirname", LEAF, NID_subject_alt_name, "DER:3004a4023000", NULL, NULL, NULL},
    {"san_smtp_utf8", LEAF, NID_subject_alt_name, "otherName:1.3.6.1.5.5.7.8.9;UTF8:a@b.id", NULL,
     NULL, NULL},
    {"san_idn", LEAF, NID_subject_alt_name, "DNS:ab--c.id", NULL, NULL, NULL},
    {"extension_repeated", LEAF, 0, NULL, extension_twice, NULL, NULL},
    {"extension_unknown_critical", LEAF, 0, NULL, extension_strange, NULL, NULL},
    {"extension_readable", LEAF, NID_sinfo_access, "DER:0500", NULL, NULL, NULL},
    {"extension_strict", AUTHORITY, NID_basic_constraints, "critical,DER:3003010101", NULL, NULL,
     NULL},
    {"hint_critical", LEAF, NID_info_access, "critical,OCSP;URI:http://ocsp.contoh.go.id/", NULL,
     NULL, NULL},
    {"should_not_be_critical", LEAF, NID_crl_distribution_points,
     "critical,URI:http://crl.contoh.go.id/1.crl", NULL, NULL, NULL},
    {"authority_key", LEAF, NID_authority_key_identifier, NULL, NULL, NULL, NULL},
    {"authority_key_whole", LEAF, NID_authority_key_identifier,
     "DER:300e800401020304a1068204612e6964", NULL, NULL, NULL},
    {"subject_key_authority", AUTHORITY, NID_subject_key_identifier, NULL, NULL, NULL, NULL},
    {"subject_key", LEAF, NID_subject_key_identifier, NULL, NULL, NULL, NULL},
    {"subject_key_empty", LEAF, NID_subject_key_identifier, "DER:0400", NULL, NULL, NULL},
    {"basic_critical", AUTHORITY, NID_basic_constraints, "CA:TRUE", NULL, NULL, NULL},
    {"path_length", LEAF, NID_basic_constraints, "critical,CA:FALSE,pathlen:0", NULL, NULL, NULL},
    {"name_constraints_authority", LEAF, NID_name_constraints, "critical,permitted;DNS:a.id", NULL,
     NULL, NULL},
    {"name_constraints_critical", AUTHORITY, NID_name_constraints, "permitted;DNS:a.id", NULL, NULL,
     NULL},
    {"policy_constraints_critical", AUTHORITY, NID_policy_constraints, "requireExplicitPolicy:0",
     NULL, NULL, NULL},
    {"inhibit_any_critical", AUTHORITY, NID_inhibit_any_policy, "0", NULL, NULL, NULL},
    {"policy_repeated", LEAF, NID_certificate_policies, "DER:300c300406022a03300406022a03", NULL,
     NULL, NULL},
    {"policies_empty", LEAF, NID_certificate_policies, "DER:3000", NULL, NULL, NULL},
    {"crl_point", LEAF, NID_crl_distribution_points, "DER:3006300481020560", NULL, NULL, NULL},
    {"crl_address", LEAF, NID_crl_distribution_points, "URI:file:///1.crl", NULL, NULL, NULL},
    {"access_address", LEAF, NID_info_access, "OCSP;URI:file:///ocsp", NULL, NULL, NULL},
    {"usage_empty", LEAF, NID_key_usage, "critical,DER:030100", NULL, NULL, NULL},
    {"usage_zeros", LEAF, NID_key_usage, "critical,DER:03020040", NULL, NULL, NULL},
    {"usage_critical", LEAF, NID_key_usage, "nonRepudiation", NULL, NULL, NULL},
    {"usage_authority", AUTHORITY, NID_key_usage, "critical,digitalSignature", NULL, NULL, NULL},
    {"usage_issues", LEAF, NID_key_usage, "critical,keyCertSign", NULL, NULL, NULL},
    {"usage_agreement", LEAF, NID_key_usage, "critical,nonRepudiation,encipherOnly", NULL, NULL,
     NULL},
    {"usage_key", LEAF, NID_key_usage, "critical,keyEncipherment", NULL, NULL, NULL},
    {"purposes_empty", LEAF, NID_ext_key_usage, "DER:3000", NULL, NULL, NULL},
    {"purpose_any", LEAF, NID_ext_key_usage, "critical,anyExtendedKeyUsage", NULL, NULL, NULL},
    {"purpose_usage", LEAF, NID_ext_key_usage, "clientAuth", NULL, NULL, NULL},
    {"purpose_stamps", LEAF, NID_ext_key_usage, "timeStamping", NULL, NULL, NULL},
    {"purpose_repeated", LEAF, NID_ext_key_usage, "emailProtection,emailProtection", NULL, NULL,
     NULL},
    {"server_names", LEAF, 0, NULL, server_without_names, NULL, NULL},
    {"ocsp_nocheck", LEAF, NID_id_pkix_OCSP_noCheck, "yes", NULL, NULL, NULL},
};

static void keeps_every_rule(void **state)
{
    (void)state;
    lint_keeps(false, p256, NULL);
    lint_keeps(true, p256, NULL);
}

static void each_rule_is_broken(void **state)
{
    (void)state;
    lint_breaks(rows, COUNT(rows), p256, NULL);
}

static void a_weak_hash_is_found(void **state)
{
    X509 *x509 = cert_base(false, p256);
    struct buf der = lint_sign(x509, p256, EVP_sha1());

    (void)state;
    lint_finds("SHA-1", &der, NULL, "signature_hash", NULL);
    buf_clear(&der);
    X509_free(x509);
}

static void every_rule_has_a_test(void **state)
{
    static const struct lint_rule *const tables[] = {
        lint_frame_rules,    lint_key_rules,       lint_subject_rules,
        lint_alt_name_rules, lint_extension_rules, lint_usage_rules,
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(tables); i++)
        lint_has_rows(tables[i], rows, COUNT(rows), "signature_hash extensions_empty");
}

/* A request whose list of extensions is empty. */
static void requests_are_tried(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;
    struct kunci_lint lint;
    int len;

    (void)state;
    cert_put(X509_REQ_get_subject_name(request), "CN", V_ASN1_UTF8STRING, "Budi");
    X509_REQ_set_pubkey(request, p256);
    assert_int_equal(X509_REQ_add1_attr_by_NID(request, NID_ext_req, V_ASN1_SEQUENCE,
                                               (const unsigned char *)"\x30", 2),
                     1);
    assert_true(X509_REQ_sign(request, p256, EVP_sha256()) > 0);
    len = i2d_X509_REQ(request, &der);
    assert_int_equal(kunci_csr_lint(der, (size_t)len, &lint, &err), KUNCI_OK);
    assert_int_equal(lint.count, 1);
    assert_string_equal(lint.findings[0].rule, "extensions_empty");
    kunci_lint_clear(&lint);
    OPENSSL_free(der);
    X509_REQ_free(request);
}

/* Whatever the bytes are, lint ends, with findings or an error. */
static void stands_every_cut_and_flip(void **state)
{
    X509 *x509 = cert_base(false, p256);
    struct buf der = lint_sign(x509, p256, EVP_sha256());
    size_t i;

    (void)state;
    for (i = 0; i < 2 * der.len; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        size_t len = i < der.len ? i : der.len;
        unsigned char *part = malloc(len ? len : 1); /* so that a read past it is seen */
        struct kunci_lint lint;

        memcpy(part, der.data, len);
        if (i >= der.len)
            part[i - der.len] ^= 0x55;
        if (kunci_cert_lint(part, len, NULL, &lint, &err) != KUNCI_OK)
            assert_int_equal(err.rc, KUNCI_CERT_INVALID);
        kunci_lint_clear(&lint);
        free(part);
    }
    buf_clear(&der);
    X509_free(x509);
}

static int set_up(void **state)
{
    (void)state;
    p256 = soft_key(KUNCI_KEY_P256);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(p256);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_every_rule),     cmocka_unit_test(each_rule_is_broken),
        cmocka_unit_test(a_weak_hash_is_found), cmocka_unit_test(every_rule_has_a_test),
        cmocka_unit_test(requests_are_tried),   cmocka_unit_test(stands_every_cut_and_flip),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
