#include "base/text.h"

#include <kunci/error.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void only_printable_utf8_passes(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"", ""},
        {"Budi", "Budi"},
        {"a\tb\nc\x7f", "a?b?c?"},
        {"\x1b]0;x\x07", "?]0;x?"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91"},
        {"\xc2\x85", "??"},           /* a C1 control */
        {"\xc0\x80", "??"},           /* longer than need be */
        {"\xe0\x80\xaf", "???"},      /* the same */
        {"\xed\xa0\x80", "???"},      /* half a surrogate pair */
        {"\xf4\x90\x80\x80", "????"}, /* past the last character */
        {"\xff", "?"},
        {"\xe2\x82", "??"}, /* cut */
        {"a\xe2\x80\xae"
         "b",
         "a???b"}, /* turns the direction of writing */
        {"a\xd8\x9c"
         "b",
         "a??b"}, /* the same for Arabic */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];

        text_printable(out, sizeof out, cases[i].in, strlen(cases[i].in));
        assert_string_equal(out, cases[i].want);
    }
}

static void what_does_not_fit_is_cut_between_characters(void **state)
{
    static const char in[] = "a\xc3\xa9z";
    static const char *const want[] = {NULL, "", "a", "a", "a\xc3\xa9", "a\xc3\xa9z"};
    size_t size;

    (void)state;
    for (size = 1; size < sizeof want / sizeof *want; size++) {
        char *out = malloc(size); /* so that a sanitizer sees its end */

        assert_non_null(out);
        text_printable(out, size, in, sizeof in - 1);
        assert_string_equal(out, want[size]);
        free(out);
    }
    text_printable(NULL, 0, in, sizeof in - 1);
}

static void padding_goes(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        const char *want;
    } cases[] = {
        {"Budi    ", 8, "Budi"}, {"Budi\0\0\0\0", 8, "Budi"}, {" B \0 ", 5, " B"},
        {"        ", 8, ""},     {"a\0b ", 4, "a?b"},         {"", 0, ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[16];

        text_padded(out, sizeof out, (const unsigned char *)cases[i].in, cases[i].len);
        assert_string_equal(out, cases[i].want);
    }
}

static void hexadecimal_goes_both_ways(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x7f, 0x80, 0xff, 0xa5};
    unsigned char back[sizeof bytes];
    char text[2 * sizeof bytes + 1];
    size_t len;

    (void)state;
    text_hex(text, bytes, sizeof bytes);
    assert_string_equal(text, "007f80ffa5");
    assert_true(text_unhex(text, back, sizeof back, &len));
    assert_int_equal(len, sizeof bytes);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_true(text_unhex("A5fF", back, sizeof back, &len));
    assert_memory_equal(back, "\xa5\xff", 2);
    assert_true(text_unhex("", back, sizeof back, &len));
    assert_int_equal(len, 0);
}

static void what_is_not_hexadecimal_is_refused(void **state)
{
    static const char *const cases[] = {"0", "0g", "g0", " 00", "0x00", "00 ", "000000000000"};
    unsigned char out[5];
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (text_unhex(cases[i], out, sizeof out, &len))
            fail_msg("\"%s\" was taken", cases[i]);
}

static void the_language_comes_from_the_environment(void **state)
{
    static const struct {
        const char *language, *lc_all, *lang, *want;
    } cases[] = {
        {NULL, NULL, NULL, "en"},         {NULL, NULL, "id_ID.UTF-8", "id"},
        {NULL, "C", "id_ID.UTF-8", "en"}, {"id:en", "C", "en_GB", "id"},
        {"", "id_ID", NULL, "id"},        {NULL, NULL, "de_DE", "en"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsetenv("LC_MESSAGES");
        cases[i].language ? setenv("LANGUAGE", cases[i].language, 1) : unsetenv("LANGUAGE");
        cases[i].lc_all ? setenv("LC_ALL", cases[i].lc_all, 1) : unsetenv("LC_ALL");
        cases[i].lang ? setenv("LANG", cases[i].lang, 1) : unsetenv("LANG");
        assert_string_equal(kunci_lang_set(NULL), cases[i].want);
    }
    assert_string_equal(kunci_lang_set("id"), "id");
    assert_string_equal(kunci_lang_set("xx"), "en");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_printable_utf8_passes),
        cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
        cmocka_unit_test(padding_goes),
        cmocka_unit_test(hexadecimal_goes_both_ways),
        cmocka_unit_test(what_is_not_hexadecimal_is_refused),
        cmocka_unit_test(the_language_comes_from_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
