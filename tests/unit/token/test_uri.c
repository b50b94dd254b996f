#include "token/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EVERYTHING                                                                                 \
    "pkcs11:library-description=Soft%20Module;library-manufacturer=Lab;library-version=2.6"        \
    ";slot-description=Reader%201;slot-manufacturer=Maker;slot-id=7;model=M%2B1"                   \
    ";manufacturer=Maker;serial=0042;token=Budi%20%26%20Ani;id=%00%ff;object=sign;type=private"    \
    "?pin-source=file:/run/pin&module-name=soft&module-path=/usr/lib/libsoft.so"

static void pad(unsigned char *field, size_t size, const char *text)
{
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}

static CK_TOKEN_INFO a_token(void)
{
    CK_TOKEN_INFO token = {0};

    pad(token.label, sizeof token.label, "Budi & Ani");
    pad(token.manufacturerID, sizeof token.manufacturerID, "Maker");
    pad(token.model, sizeof token.model, "M+1");
    pad(token.serialNumber, sizeof token.serialNumber, "0042");
    return token;
}

static bool matches(const struct uri *uri)
{
    CK_TOKEN_INFO token = a_token();
    CK_INFO module = {.libraryVersion = {2, 6}};
    CK_SLOT_INFO slot = {0};
    const struct uri_candidate candidate = {.module = &module,
                                            .slot = &slot,
                                            .slot_id = 7,
                                            .token = &token,
                                            .module_path = "/usr/lib/libsoft.so"};

    pad(module.manufacturerID, sizeof module.manufacturerID, "Lab");
    pad(module.libraryDescription, sizeof module.libraryDescription, "Soft Module");
    pad(slot.slotDescription, sizeof slot.slotDescription, "Reader 1");
    pad(slot.manufacturerID, sizeof slot.manufacturerID, "Maker");
    return uri_matches(uri, &candidate);
}

static struct uri *parsed(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri *uri;

    if (uri_parse(text, &uri, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s", text, err.about, err.detail);
    return uri;
}

static void the_scheme_tells_a_uri(void **state)
{
    (void)state;
    assert_true(uri_is("pkcs11:"));
    assert_true(uri_is("PKCS11:token=a"));
    assert_false(uri_is("pkcs11"));
    assert_false(uri_is(" pkcs11:"));
    assert_false(uri_is(""));
}

static void what_is_wrong_is_refused(void **state)
{
    static const struct {
        const char *in;
        enum kunci_rc want;
        const char *about;
    } cases[] = {
        {"token=a", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:=a", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:;", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token=a;", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:;token=a", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token=a;;serial=1", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token=a?&", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token=a b", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=a\n", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=a/b", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=a#b", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=\xc3\xa9", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=%", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=%4", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=%4;serial=1", KUNCI_URI_INVALID, "token"},
        {"pkcs11:token=%4g", KUNCI_URI_INVALID, "token"},
        {"pkcs11: token=a", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token =a", KUNCI_URI_INVALID, "pkcs11:"},
        {"pkcs11:token=123456789012345678901234567890123", KUNCI_URI_INVALID, "token"},
        {"pkcs11:serial=12345678901234567", KUNCI_URI_INVALID, "serial"},
        {"pkcs11:type=privkey", KUNCI_URI_INVALID, "type"},
        {"pkcs11:type=", KUNCI_URI_INVALID, "type"},
        {"pkcs11:type=Private", KUNCI_URI_INVALID, "type"},
        {"pkcs11:type=p%72ivate", KUNCI_URI_INVALID, "type"},
        {"pkcs11:slot-id=", KUNCI_URI_INVALID, "slot-id"},
        {"pkcs11:slot-id=-1", KUNCI_URI_INVALID, "slot-id"},
        {"pkcs11:slot-id=0x7", KUNCI_URI_INVALID, "slot-id"},
        {"pkcs11:slot-id=18446744073709551616", KUNCI_URI_INVALID, "slot-id"},
        {"pkcs11:library-version=", KUNCI_URI_INVALID, "library-version"},
        {"pkcs11:library-version=2.", KUNCI_URI_INVALID, "library-version"},
        {"pkcs11:library-version=.2", KUNCI_URI_INVALID, "library-version"},
        {"pkcs11:library-version=2.6.1", KUNCI_URI_INVALID, "library-version"},
        {"pkcs11:library-version=255", KUNCI_URI_INVALID, "library-version"},
        {"pkcs11:?module-path=/a%00b", KUNCI_URI_INVALID, "module-path"},
        {"pkcs11:x-vendor=1", KUNCI_URI_UNKNOWN, "x-vendor"},
        {"pkcs11:Token=a", KUNCI_URI_UNKNOWN, "Token"},
        {"pkcs11:objecttype=cert", KUNCI_URI_UNKNOWN, "objecttype"},
        {"pkcs11:?pinfile=/a", KUNCI_URI_UNKNOWN, "pinfile"},
        {"pkcs11:token=a;token=a", KUNCI_URI_REPEATED, "token"},
        {"pkcs11:?module-name=a&module-name=b", KUNCI_URI_REPEATED, "module-name"},
        {"pkcs11:pin-source=file:%2Fa", KUNCI_URI_MISPLACED, "pin-source"},
        {"pkcs11:?token=a", KUNCI_URI_MISPLACED, "token"},
        {"pkcs11:pin-value=73519", KUNCI_URI_PIN_VALUE, ""},
        {"pkcs11:?pin-value=73519", KUNCI_URI_PIN_VALUE, ""},
        {"pkcs11:?PIN-Value=73519", KUNCI_URI_PIN_VALUE, ""},
        {"pkcs11:x=%;token=a?module-name=a&pin-value=73519", KUNCI_URI_PIN_VALUE, ""},
        {"pkcs11:token=a?x?pin-value=73519", KUNCI_URI_PIN_VALUE, ""},
        {"pkcs11:pin-value:73519", KUNCI_URI_PIN_VALUE, ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct uri *uri;

        if (uri_parse(cases[i].in, &uri, &err) != cases[i].want ||
            strcmp(err.about, cases[i].about) != 0)
            fail_msg("%s: %s, about \"%s\"", cases[i].in, kunci_err_name(err.rc), err.about);
        assert_null(uri);
    }
}

static void what_is_too_long_is_refused(void **state)
{
    char text[URI_MAX + 2] = "pkcs11:object=";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri *uri;

    (void)state;
    memset(text + strlen(text), 'a', URI_MAX - strlen(text));
    uri = parsed(text);
    uri_free(&uri);
    text[URI_MAX] = 'a';
    assert_int_equal(uri_parse(text, &uri, &err), KUNCI_URI_INVALID);
}

static void what_fits_fits(void **state)
{
    static const struct {
        const char *in;
        bool want;
    } cases[] = {
        {"pkcs11:", true},
        {"pkcs11:?", true},
        {EVERYTHING, true},
        {"PKCS11:token=Budi%20%26%20Ani", true},
        {"pkcs11:token=%42udi%20&%20Ani", true},
        {"pkcs11:token=Budi", false},
        {"pkcs11:token=", false},
        {"pkcs11:model=M+1", true},
        {"pkcs11:model=M%201", false},
        {"pkcs11:serial=42", false},
        {"pkcs11:manufacturer=Maker", true},
        {"pkcs11:manufacturer=maker", false},
        {"pkcs11:slot-id=7", true},
        {"pkcs11:slot-id=8", false},
        {"pkcs11:slot-description=Reader%201", true},
        {"pkcs11:slot-description=Reader", false},
        {"pkcs11:slot-manufacturer=Maker", true},
        {"pkcs11:slot-manufacturer=Lab", false},
        {"pkcs11:library-version=2.6", true},
        {"pkcs11:library-version=2", false},
        {"pkcs11:library-manufacturer=Lab", true},
        {"pkcs11:library-description=Soft", false},
        {"pkcs11:?module-name=soft", true},
        {"pkcs11:?module-name=libsoft", true},
        {"pkcs11:?module-name=libsoft.so", true},
        {"pkcs11:?module-name=sof", false},
        {"pkcs11:?module-name=", false},
        {"pkcs11:?module-path=/usr/lib/libsoft.so", true},
        {"pkcs11:?module-path=%2Fusr%2Flib%2Flibsoft.so", true},
        {"pkcs11:?module-path=/usr/lib", true},
        {"pkcs11:?module-path=/usr/lib/", true},
        {"pkcs11:?module-path=/usr", false},
        {"pkcs11:?module-path=/usr/lib/libsoft", false},
        {"pkcs11:?module-path=", false},
        {"pkcs11:object=nobody;type=cert;id=%01", true}, /* of objects this says nothing */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct uri *uri = parsed(cases[i].in);

        if (matches(uri) != cases[i].want)
            fail_msg("%s: %s", cases[i].in, cases[i].want ? "fits not" : "fits");
        uri_free(&uri);
        assert_null(uri);
    }
}

static void a_module_without_a_path_fits_no_path(void **state)
{
    static const char *const cases[] = {"pkcs11:?module-name=soft", "pkcs11:?module-path=/"};
    const CK_INFO module = {0};
    const CK_SLOT_INFO slot = {0};
    const CK_TOKEN_INFO token = {0};
    const struct uri_candidate candidate = {.module = &module, .slot = &slot, .token = &token};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct uri *uri = parsed(cases[i]);

        assert_false(uri_matches(uri, &candidate));
        uri_free(&uri);
    }
}

static void nuls_are_padding_too(void **state)
{
    CK_TOKEN_INFO token = {.label = "Budi"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri *uri = parsed("pkcs11:token=Budi;serial=");
    char *text;

    (void)state;
    assert_true(uri_matches_token(uri, &token));
    uri_free(&uri);
    assert_int_equal(uri_print_token(&token, &text, &err), KUNCI_OK);
    assert_string_equal(text, "pkcs11:model=;manufacturer=;serial=;token=Budi");
    free(text);
}

static void it_says_which_object(void **state)
{
    struct uri *uri = parsed(EVERYTHING);
    struct uri_object object;

    (void)state;
    uri_object(uri, &object);
    assert_true(object.mentioned);
    assert_int_equal(object.label_len, 4);
    assert_memory_equal(object.label, "sign", 4);
    assert_int_equal(object.id_len, 2);
    assert_memory_equal(object.id, "\0\xff", 2);
    assert_int_equal(*object.class, CKO_PRIVATE_KEY);
    assert_string_equal(uri_pin_source(uri), "file:/run/pin");
    uri_free(&uri);

    uri = parsed("pkcs11:token=a");
    uri_object(uri, &object);
    assert_false(object.mentioned);
    assert_null(object.label);
    assert_null(object.id);
    assert_null(object.class);
    assert_null(uri_pin_source(uri));
    uri_free(&uri);

    uri = parsed("pkcs11:type=cert;object=");
    uri_object(uri, &object);
    assert_true(object.mentioned);
    assert_non_null(object.label);
    assert_int_equal(object.label_len, 0);
    assert_int_equal(*object.class, CKO_CERTIFICATE);
    uri_free(&uri);
}

static void a_pin_source_is_a_file(void **state)
{
    static const struct {
        const char *in, *want; /* NULL: refused */
    } cases[] = {
        {"/run/pin", "/run/pin"},
        {"/run/50%25", "/run/50%25"},
        {"file:/run/pin", "/run/pin"},
        {"FILE:///run/my%20pin%2f1", "/run/my pin/1"},
        {"file:", NULL},
        {"file:pin", NULL},
        {"file://", NULL},
        {"file://host/pin", NULL},
        {"file:////pin", NULL},
        {"file:/a%0", NULL},
        {"file:/a%", NULL},
        {"file:/a%zz", NULL},
        {"file:/a%00b", NULL},
        {"|73519", NULL},
        {"|/bin/sh 73519", NULL},
        {"http://73519/", NULL},
        {"env:73519", NULL},
        {"73519", NULL},
        {"", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        enum kunci_rc want = cases[i].want ? KUNCI_OK : KUNCI_PIN_SOURCE;
        char *path;

        if (uri_pin_source_path(cases[i].in, &path, &err) != want)
            fail_msg("%s: %s", cases[i].in, kunci_err_name(err.rc));
        if (path)
            assert_string_equal(path, cases[i].want);
        assert_null(strstr(err.about, "73519"));
        assert_null(strstr(err.detail, "73519"));
        free(path);
    }
}

static void what_is_printed_is_read_again(void **state)
{
    static const unsigned char id[] = {0x00, 0xa5, '?'}, label[] = "kunci; tanda/tangan";
    CK_TOKEN_INFO token = a_token();
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri_object object;
    struct uri *uri;
    char *text;

    (void)state;
    assert_int_equal(uri_print_token(&token, &text, &err), KUNCI_OK);
    assert_string_equal(text,
                        "pkcs11:model=M%2B1;manufacturer=Maker;serial=0042;token=Budi%20%26%20Ani");
    uri = parsed(text);
    assert_true(matches(uri));
    uri_object(uri, &object);
    assert_false(object.mentioned);
    uri_free(&uri);
    free(text);

    assert_int_equal(uri_print_object(&token, CKO_PRIVATE_KEY, id, sizeof id, label,
                                      sizeof label - 1, &text, &err),
                     KUNCI_OK);
    uri = parsed(text);
    assert_true(matches(uri));
    uri_object(uri, &object);
    assert_int_equal(object.id_len, sizeof id);
    assert_memory_equal(object.id, id, sizeof id);
    assert_int_equal(object.label_len, sizeof label - 1);
    assert_memory_equal(object.label, label, sizeof label - 1);
    assert_int_equal(*object.class, CKO_PRIVATE_KEY);
    uri_free(&uri);
    free(text);
}

/* Whatever becomes of a URI, the PIN in it stands in no error. */
static void try_it(const char *text, bool has_pin)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri *uri;

    if (uri_parse(text, &uri, &err) == KUNCI_OK) {
        if (has_pin)
            fail_msg("%s was taken", text);
        (void)matches(uri);
    } else {
        assert_int_equal(kunci_err_exit(err.rc), 2);
    }
    assert_null(strstr(err.about, "73519"));
    assert_null(strstr(err.detail, "73519"));
    uri_free(&uri);
}

static void cut_and_flipped(void **state)
{
    static const char *const cases[] = {
        EVERYTHING, "pkcs11:token=a;type=cert?pin-value=73519&module-name=soft"};
    size_t i, at;
    int bit;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i]);

        for (at = 0; at < len; at++) {
            char *text = strndup(cases[i], at);

            assert_non_null(text);
            try_it(text, strstr(text, "pin-value") != NULL);
            free(text);
            text = strdup(cases[i]);
            assert_non_null(text);
            for (bit = 0; bit < 8; bit++) {
                text[at] = (char)(cases[i][at] ^ 1 << bit);
                try_it(text, strstr(text, "pin-value=") != NULL && strchr(text, '?') != NULL);
            }
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scheme_tells_a_uri),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(what_fits_fits),
        cmocka_unit_test(a_module_without_a_path_fits_no_path),
        cmocka_unit_test(nuls_are_padding_too),
        cmocka_unit_test(it_says_which_object),
        cmocka_unit_test(a_pin_source_is_a_file),
        cmocka_unit_test(what_is_printed_is_read_again),
        cmocka_unit_test(cut_and_flipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
