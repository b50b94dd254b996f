#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void ends_in_full_stop(const char *name, const char *text)
{
    size_t len = strlen(text);

    if (len < 2 || text[len - 1] != '.' || text[len - 2] == '.')
        fail_msg("%s: \"%s\"", name, text);
}

static void every_row_is_whole(void **state)
{
    unsigned i, j;

    (void)state;
    for (i = 0; i < KUNCI_RC_COUNT; i++) {
        struct kunci_err err = {.rc = (enum kunci_rc)i, .about = "Budi", .detail = "a reason"};
        const char *name = kunci_err_name(err.rc);
        char sentence[1024], next[1024];

        if (!name)
            fail_msg("row %u has no name", i);
        assert_true(*name);
        for (j = 0; j < i; j++)
            assert_string_not_equal(name, kunci_err_name((enum kunci_rc)j));
        if (i == KUNCI_OK)
            assert_int_equal(kunci_err_exit(err.rc), 0);
        else
            assert_in_range(kunci_err_exit(err.rc), 1, 3);
        ends_in_full_stop(name, kunci_err_sentence(&err, sentence, sizeof sentence));
        ends_in_full_stop(name, kunci_err_next(&err, next, sizeof next));
        if (strpbrk(sentence, "{}") || strpbrk(next, "{}"))
            fail_msg("%s: a place is not filled in: %s %s", name, sentence, next);
    }
}

static void a_number_past_the_last_is_harmless(void **state)
{
    (void)state;
    assert_string_equal(kunci_err_name(KUNCI_RC_COUNT), "ok");
    assert_string_equal(kunci_err_name((enum kunci_rc) - 1), "ok");
}

static void the_first_cause_wins(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(err_set(&err, KUNCI_TOKEN_NONE, "one", "first"), KUNCI_TOKEN_NONE);
    assert_int_equal(err_no_memory(&err), KUNCI_TOKEN_NONE);
    assert_int_equal(err_setf(&err, KUNCI_KEY_TYPE, "two", "%d", 2), KUNCI_TOKEN_NONE);
    assert_string_equal(err.about, "one");
    assert_string_equal(err.detail, "first");
}

static void fields_are_filled_in_and_made_printable(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char text[256];

    (void)state;
    (void)err_setf(&err, KUNCI_FILE_READ, "a\x1b[2Jb", "%s {about}", "no");
    assert_string_equal(kunci_err_sentence(&err, text, sizeof text),
                        "a?[2Jb could not be read: no {about}.");
}

static void a_small_buffer_cuts(void **state)
{
    struct kunci_err err = {.rc = KUNCI_FILE_READ, .about = "Budi", .detail = "no"};
    char whole[128], cut[128];
    size_t size;

    (void)state;
    kunci_err_sentence(&err, whole, sizeof whole);
    for (size = 1; size <= strlen(whole) + 1; size++) {
        memset(cut, 'x', sizeof cut);
        kunci_err_sentence(&err, cut, size);
        assert_int_equal(strlen(cut), size - 1);
        assert_memory_equal(cut, whole, size - 1);
        assert_int_equal(cut[size], 'x');
    }
    cut[0] = 'x';
    kunci_err_sentence(&err, cut, 0);
    assert_int_equal(cut[0], 'x');
}

/* A program that reads JSON takes whole characters only. */
static void a_small_buffer_cuts_between_characters(void **state)
{
    struct kunci_err err = {.rc = KUNCI_FILE_READ, .about = "B\303\274di", .detail = "no"};
    char cut[16];

    (void)state;
    assert_string_equal(kunci_err_sentence(&err, cut, 3), "B");
    assert_string_equal(kunci_err_sentence(&err, cut, 4), "B\303\274");
}

static void system_and_openssl_say_why(void **state)
{
    struct kunci_err of_system = KUNCI_ERR_INIT, of_openssl = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(err_system(&of_system, KUNCI_FILE_READ, "/x", ENOENT), KUNCI_FILE_READ);
    assert_string_equal(of_system.detail, strerror(ENOENT));

    ERR_raise(ERR_LIB_USER, ERR_R_PASSED_NULL_PARAMETER);
    assert_int_equal(err_openssl(&of_openssl, "here"), KUNCI_OPENSSL_FAILED);
    assert_string_equal(of_openssl.about, "here");
    assert_true(of_openssl.detail[0]);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(a_number_past_the_last_is_harmless),
        cmocka_unit_test(the_first_cause_wins),
        cmocka_unit_test(fields_are_filled_in_and_made_printable),
        cmocka_unit_test(a_small_buffer_cuts),
        cmocka_unit_test(a_small_buffer_cuts_between_characters),
        cmocka_unit_test(system_and_openssl_say_why),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
