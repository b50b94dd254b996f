#include "base/error.h"
#include "x509/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void reads_and_prints(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"C=ID, O=Dinas, CN=Budi", "C=ID, O=Dinas, CN=Budi"},
        {"CN=Budi,O=Dinas,C=ID", "CN=Budi, O=Dinas, C=ID"},
        {"  C = ID ,O =  Dinas Kominfo  ", "C=ID, O=Dinas Kominfo"},
        {"/C=ID/O=Dinas, Kota/CN=Budi", "C=ID, O=Dinas\\, Kota, CN=Budi"},
        {"/CN=a\\/b", "CN=a/b"},
        {"CN=a/b=c", "CN=a/b=c"},
        {"CN=Budi+serialNumber=12, O=x", "CN=Budi + serialNumber=12, O=x"},
        {"/CN=Budi+serialNumber=12/O=x", "CN=Budi + serialNumber=12, O=x"},
        {"CN=Dinas\\, Kota\\+\\\"\\\\\\;\\<\\>\\=", "CN=Dinas\\, Kota\\+\\\"\\\\\\;\\<\\>="},
        {"CN=\\42udi\\20", "CN=Budi\\ "},
        {"CN=\\C3\\A9\\c3\\A9", "CN=éé"},
        {"CN=\\  x \\ ", "CN=\\  x \\ "},
        {"CN=\\#1#2", "CN=\\#1#2"},
        {"commonName=Budi", "CN=Budi"},
        {"2.5.4.3=Budi", "CN=Budi"},
        {"1.2.3.4.5=x", "1.2.3.4.5=x"},
        {"E=budi@example.id", "emailAddress=budi@example.id"},
        {"emailAddress=budi@example.id", "emailAddress=budi@example.id"},
        {"DC=example, UID=7", "DC=example, UID=7"},
        {"C=ID, O=Dinas Contoh, OU=Bidang Contoh, title=Kepala, CN=Budi Santoso, givenName=Budi, "
         "surname=Santoso, serialNumber=0001, E=budi@contoh.go.id, 2.5.4.97=GOVID-1, "
         "1.3.6.1.4.1.99999.1=Unit Contoh",
         "C=ID, O=Dinas Contoh, OU=Bidang Contoh, title=Kepala, CN=Budi Santoso, GN=Budi, "
         "SN=Santoso, serialNumber=0001, emailAddress=budi@contoh.go.id, "
         "organizationIdentifier=GOVID-1, 1.3.6.1.4.1.99999.1=Unit Contoh"},
        {"CN=Ni Lúh 日本 😀", "CN=Ni Lúh 日本 😀"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        X509_NAME *name = NULL, *again = NULL;
        unsigned char *der = NULL, *der_again = NULL;
        char *text = NULL;
        int len;

        if (name_parse(cases[i].in, &name, &err) != KUNCI_OK)
            fail_msg("%s: %s", cases[i].in, err.detail);
        assert_int_equal(name_print(name, &text, &err), KUNCI_OK);
        assert_string_equal(text, cases[i].want);
        assert_int_equal(name_parse(text, &again, &err), KUNCI_OK);
        len = i2d_X509_NAME(name, &der);
        assert_int_equal(i2d_X509_NAME(again, &der_again), len);
        assert_memory_equal(der, der_again, len);
        OPENSSL_free(der);
        OPENSSL_free(der_again);
        X509_NAME_free(name);
        X509_NAME_free(again);
        free(text);
    }
}

#define TEXT_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* The detail must name the attribute. */
static void refuses(void **state)
{
    static const struct {
        const char *in, *named;
    } cases[] = {
        {"", "="},
        {"   ", "="},
        {"/", "="},
        {"Budi", "Budi"},
        {"C=ID,", "="},
        {"C=ID,,CN=x", "="},
        {"C=ID/", "C"},
        {"C=ID, CN=", "CN"},
        {"CN=  , C=ID", "CN"},
        {"CN=x+", "="},
        {"CM=x", "CM"},
        {"1.2.x=x", "1.2.x"},
        {"UNDEF=x", "UNDEF"},
        {"AES-128-OCB=x", "AES-128-OCB"},
        {"=x", "\"\""},
        {TEXT_64 TEXT_64 "=x", TEXT_64},
        {"C=IDN", "C"},
        {"C=I", "C"},
        {"C=I1", "C"},
        {"countryName=Indonesia", "countryName"},
        {"CN=" TEXT_64 "x", "CN"},
        {"O=" TEXT_64 "é", "O"},
        {"serialNumber=a*b", "serialNumber"},
        {"E=b\xc3\xa9@x", "E"},
        {"CN=a\nb", "CN"},
        {"CN=a\\0Ab", "CN"},
        {"CN=a\\00b", "CN"},
        {"CN=a\x7f", "CN"},
        {"CN=\xff", "CN"},
        {"CN=\xe2\x80\xae", "CN"},
        {"CN=\xc3", "CN"},
        {"CN=a\\", "CN"},
        {"CN=a\\4", "CN"},
        {"CN=a\\x", "CN"},
        {"CN=\"Budi\"", "CN"},
        {"CN=a;O=b", "CN"},
        {"CN=#0c0141", "CN"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        X509_NAME *name = NULL;

        if (name_parse(cases[i].in, &name, &err) != KUNCI_SUBJECT_INVALID)
            fail_msg("%s: was taken", cases[i].in);
        assert_null(name);
        if (!strstr(err.detail, cases[i].named))
            fail_msg("%s: \"%s\" does not name %s", cases[i].in, err.detail, cases[i].named);
    }
}

static void takes_the_longest(void **state)
{
    static const char *const cases[] = {"CN=" TEXT_64,
                                        "O=éééééééééééééééééééééééééééééééé"
                                        "éééééééééééééééééééééééééééééééé",
                                        "L=" TEXT_64 TEXT_64, "surname=" TEXT_64 TEXT_64 TEXT_64};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        X509_NAME *name;

        assert_int_equal(name_parse(cases[i], &name, &err), KUNCI_OK);
        X509_NAME_free(name);
    }
}

static void types_are_of_rfc_5280(void **state)
{
    static const int want[] = {V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING, V_ASN1_UTF8STRING,
                               V_ASN1_PRINTABLESTRING, V_ASN1_UTF8STRING};
    struct kunci_err err = KUNCI_ERR_INIT;
    X509_NAME *name;
    int i;

    (void)state;
    assert_int_equal(name_parse("C=ID, E=a@b, O=x, serialNumber=1, 1.2.3=x", &name, &err),
                     KUNCI_OK);
    for (i = 0; i < 5; i++)
        assert_int_equal(ASN1_STRING_type(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))),
                         want[i]);
    X509_NAME_free(name);
}

/* What others put into a name is shown without harm. */
static void prints_hostile_names(void **state)
{
    static const struct {
        int type;
        const char *value;
        int len;
        const char *want;
    } cases[] = {
        {V_ASN1_UTF8STRING, "a\n\033[2Jb", 7, "CN=a\\0A\\1B[2Jb"},
        {V_ASN1_UTF8STRING, "a\0b", 3, "CN=a\\00b"},
        {V_ASN1_UTF8STRING, "\xe2\x80\xae", 3, "CN=\\E2\\80\\AE"},
        {V_ASN1_UTF8STRING, "\xff", 1, "CN=#0C01FF"},
        {V_ASN1_UTF8STRING, "", 0, "CN="},
        {V_ASN1_BMPSTRING, "\0B\0\xe9", 4, "CN=B\xc3\xa9"},
        {V_ASN1_T61STRING, "\xe9", 1, "CN=\xc3\xa9"},
        {V_ASN1_BIT_STRING, "\x01", 1, "CN=#03020001"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        X509_NAME *name = X509_NAME_new();
        char *text;

        assert_true(X509_NAME_add_entry_by_NID(name, NID_commonName, cases[i].type,
                                               (const unsigned char *)cases[i].value, cases[i].len,
                                               -1, 0));
        assert_int_equal(name_print(name, &text, &err), KUNCI_OK);
        assert_string_equal(text, cases[i].want);
        free(text);
        X509_NAME_free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_prints),     cmocka_unit_test(refuses),
        cmocka_unit_test(takes_the_longest),    cmocka_unit_test(types_are_of_rfc_5280),
        cmocka_unit_test(prints_hostile_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
