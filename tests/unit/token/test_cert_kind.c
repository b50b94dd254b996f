/* Whose a certificate is: told by what stands in it. */
#include "token/cert_kind.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define YUBICO "1.3.6.1.4.1.41482."

static const struct row {
    const char *name, *issuer, *extension, *constraints;
    long serial, lasts;
    enum cert_kind want;
} rows[] = {
    {"a holder's", "CA", NULL, NULL, 7, 3600, CERT_HOLDERS},
    {"made by himself", "Budi", NULL, NULL, 7, 3600, CERT_HOLDERS},
    {"without a number", "Budi", NULL, NULL, 0, 3600, CERT_HOLDERS},
    {"valid for no time", "Budi", NULL, NULL, 7, 0, CERT_HOLDERS},
    {"of somebody for no time", "CA", NULL, NULL, 0, 0, CERT_HOLDERS},
    {"beside a new key", "Budi", NULL, NULL, 0, 0, CERT_FILLER},
    {"beside one that took long", "Budi", NULL, NULL, 0, 1, CERT_FILLER},
    {"valid for less than no time", "Budi", NULL, NULL, 0, -60, CERT_HOLDERS},
    {"a statement's firmware", "CA", YUBICO "3.3", NULL, 7, 3600, CERT_STATEMENT},
    {"a statement's serial number", "CA", YUBICO "3.7", NULL, 7, 3600, CERT_STATEMENT},
    {"a statement's policy", "CA", YUBICO "3.8", "CA:FALSE", 7, 3600, CERT_STATEMENT},
    {"another word of theirs", "CA", YUBICO "3.1", NULL, 7, 3600, CERT_HOLDERS},
    {"the device's own", "CA", YUBICO "3.3", "critical,CA:TRUE", 7, 3600, CERT_HOLDERS},
};

static void name(X509_NAME *to, const char *common)
{
    assert_true(X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_ASC, (const unsigned char *)common,
                                           -1, -1, 0));
}

static void add(X509 *x509, X509_EXTENSION *extension)
{
    assert_true(X509_add_ext(x509, extension, -1));
    X509_EXTENSION_free(extension);
}

static size_t make(const struct row *row, EVP_PKEY *key, unsigned char **der)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *oid = row->extension ? OBJ_txt2obj(row->extension, 1) : NULL;
    X509 *x509 = X509_new();
    int len;

    assert_true(X509_set_version(x509, X509_VERSION_3));
    name(X509_get_subject_name(x509), "Budi");
    name(X509_get_issuer_name(x509), row->issuer);
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x509), row->serial));
    assert_non_null(X509_time_adj_ex(X509_getm_notBefore(x509), 0, 0, &(time_t){1700000000}));
    assert_non_null(
        X509_time_adj_ex(X509_getm_notAfter(x509), 0, row->lasts, &(time_t){1700000000}));
    assert_true(X509_set_pubkey(x509, key));
    if (row->constraints)
        add(x509, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, row->constraints));
    if (row->extension)
        add(x509, X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value));
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    *der = NULL;
    assert_true((len = i2d_X509(x509, der)) > 0);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    X509_free(x509);
    return (size_t)len;
}

static void told_by_what_stands_in_it(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *der;
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        len = make(&rows[i], key, &der);
        if (cert_kind(der, len) != rows[i].want)
            fail_msg("%s", rows[i].name);
        OPENSSL_free(der);
    }
    EVP_PKEY_free(key);
}

/* Cut anywhere, or with something behind it, it cannot be read. */
static void what_cannot_be_read_is_nobody_elses(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *der, longer[2048] = {0};
    size_t len = make(&rows[8], key, &der), cut;

    (void)state;
    assert_int_equal(cert_kind(der, len), CERT_STATEMENT);
    memcpy(longer, der, len);
    assert_int_equal(cert_kind(longer, len + 1), CERT_HOLDERS);
    for (cut = 0; cut < len; cut++)
        assert_int_equal(cert_kind(der, cut), CERT_HOLDERS);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_by_what_stands_in_it),
        cmocka_unit_test(what_cannot_be_read_is_nobody_elses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
