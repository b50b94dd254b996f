#include "base/error.h"
#include "x509/pem.h"

#include <kunci/cert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"THING", "OLD THING", NULL};

#define BODY        "AAECAwQFBgcICQ==\n" /* the bytes 0 to 9 */
#define BLOCK(name) "-----BEGIN " name "-----\n" BODY "-----END " name "-----\n"

static void reads_one_block(void **state)
{
    static const struct {
        const char *in;
        bool good;
    } cases[] = {
        {BLOCK("THING"), true},
        {BLOCK("OLD THING"), true},
        {"-----BEGIN THING-----\r\n" BODY "-----END THING-----\r\n", true},
        {"-----BEGIN THING-----\n" BODY "-----END THING-----", true},
        {"Subject: somebody\n\n" BLOCK("THING") " \r\n\t", true},
        {BLOCK("OTHER"), false},
        {BLOCK("THING") "x", false},
        {BLOCK("THING") BLOCK("THING"), false},
        {BLOCK("OTHER") BLOCK("THING"), false},
        {"-----BEGIN THING-----\n" BODY, false},
        {"-----BEGIN THING-----\n" BODY "-----END OTHER-----\n", false},
        {"-----BEGIN THING-----\n*" BODY "-----END THING-----\n", false},
        {"-----BEGIN THING-----\nProc-Type: 4,ENCRYPTED\n\n" BODY "-----END THING-----\n", false},
        {"-----BEGIN THING-----\n-----END THING-----\n", false},
        {"plain words", false},
        {"-----BEGIN ", false},
    };
    size_t i, j, len;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char *der = NULL;
        const char *wrong = pem_read(names, cases[i].in, strlen(cases[i].in), &der, &len);

        if (!wrong != cases[i].good)
            fail_msg("%s: %s", cases[i].in, wrong ? wrong : "was taken");
        if (wrong)
            continue;
        assert_int_equal(len, 10);
        for (j = 0; j < len; j++)
            assert_int_equal(der[j], j);
        free(der);
    }
}

/* Every length, as the last line differs with each. */
static void writes_what_it_reads(void **state)
{
    unsigned char bytes[200], *der;
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t len, der_len;
    char *text;

    (void)state;
    for (len = 0; len < sizeof bytes; len++)
        bytes[len] = (unsigned char)(len * 7);
    for (len = 1; len < sizeof bytes; len++) {
        assert_int_equal(kunci_pem_write("THING", bytes, len, &text, &err), KUNCI_OK);
        assert_null(pem_read(names, text, strlen(text), &der, &der_len));
        assert_int_equal(der_len, len);
        assert_memory_equal(der, bytes, len);
        free(der);
        free(text);
    }
}

static void writes_lines_of_64(void **state)
{
    static const unsigned char zeros[49];
    struct kunci_err err = KUNCI_ERR_INIT;
    char *text;

    (void)state;
    assert_int_equal(kunci_pem_write("THING", zeros, sizeof zeros, &text, &err), KUNCI_OK);
    assert_string_equal(text, "-----BEGIN THING-----\n"
                              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                              "AA==\n"
                              "-----END THING-----\n");
    free(text);
}

static void refuses_what_is_too_large(void **state)
{
    size_t size = ((size_t)1 << 20) + 1, len;
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    char *bytes = calloc(1, size);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(kunci_cert_read(bytes, size, &der, &len, &err), KUNCI_FILE_TOO_LARGE);
    assert_null(der);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(kunci_cert_read(bytes, size - 1, &der, &len, &err), KUNCI_CERT_INVALID);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_block),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(writes_lines_of_64),
        cmocka_unit_test(refuses_what_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
