#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

/* As OpenSSL writes it, whatever the length, and back. */
static void test_both_ways(void **state)
{
    unsigned char bytes[70], theirs[120];
    size_t len;

    (void)state;
    for (len = 0; len <= sizeof bytes; len++) {
        struct buf text = {0}, back = {0};

        assert_int_equal(RAND_bytes(bytes, sizeof bytes), 1);
        base64_add(&text, bytes, len);
        EVP_EncodeBlock(theirs, bytes, (int)len);
        assert_int_equal(text.len, strlen((char *)theirs));
        assert_memory_equal(text.data ? text.data : "", theirs, text.len);
        assert_true(base64_read(text.data ? text.data : "", text.len, &back));
        assert_int_equal(back.len, len);
        if (len)
            assert_memory_equal(back.data, bytes, len);
        buf_clear(&text);
        buf_clear(&back);
    }
}

static void test_refused(void **state)
{
    static const char *const rows[] = {"A",
                                       "AA",
                                       "AAA",
                                       "====",
                                       "A===",
                                       "AA=A",
                                       "AA==AAAA",
                                       "AAA=AAAA",
                                       "AB==",
                                       "AAB=",
                                       "AA A",
                                       "AAA\n",
                                       "AA-_",
                                       "AAAA=",
                                       "AAAAA",
                                       "\xc3\xa4"
                                       "AA"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf back = {0};

        buf_text(&back, "x");
        if (base64_read(rows[i], strlen(rows[i]), &back))
            fail_msg("\"%s\" was read", rows[i]);
        assert_string_equal(back.data, "x");
        buf_clear(&back);
    }
}

/* Whatever is read is what would be written. */
static void test_one_form(void **state)
{
    char text[] = "Zm9vYg==";
    size_t i;
    int c;

    (void)state;
    for (i = 0; i < sizeof text - 1; i++)
        for (c = 0; c < 256; c++) {
            struct buf back = {0}, again = {0};
            char before = text[i];

            text[i] = (char)c;
            if (base64_read(text, sizeof text - 1, &back)) {
                base64_add(&again, back.data, back.len);
                assert_int_equal(again.len, sizeof text - 1);
                assert_memory_equal(again.data, text, again.len);
            }
            text[i] = before;
            buf_clear(&back);
            buf_clear(&again);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_one_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
