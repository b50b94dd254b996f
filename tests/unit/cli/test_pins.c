/* Where PINs come from, and what is refused before anything is sent. The terminal
 * is the flow tests' matter. */
#include "cli/opt.h"
#include "cli/pins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/kunci-pins-XXXXXX";

static int write_path(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd >= 0 && write(fd, "48151623\n", 9) == 9 ? close(fd) : -1;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

/* A pipe that holds text, by the number of its reading end. */
static int pipe_with(const char *text, char *number, size_t size)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    close(ends[1]);
    snprintf(number, size, "%d", ends[0]);
    return ends[0];
}

static enum kunci_rc ask(const char **option, enum kunci_pin_kind kind, const char *pin_source,
                         const char *want, struct kunci_err *err)
{
    struct kunci_pin_ask what = {
        .kind = kind, .token = "Budi", .min_len = 4, .max_len = 8, .pin_source = pin_source};
    struct kunci_pin_source source = pins_source(option);
    struct kunci_secret *secret = NULL, *same = NULL;
    struct kunci_err own = KUNCI_ERR_INIT;
    enum kunci_rc rc = source.ask(source.context, &what, &secret, err);
    char copy[32];

    if (rc == KUNCI_OK) {
        snprintf(copy, sizeof copy, "%s", want);
        assert_int_equal(kunci_secret_take(copy, strlen(copy), &same, &own), KUNCI_OK);
        assert_true(kunci_secret_equal(secret, same));
    } else {
        assert_null(secret);
    }
    kunci_secret_free(&secret);
    kunci_secret_free(&same);
    return rc;
}

static void test_checked_before_use(void **state)
{
    static const struct {
        const char *name;
        enum option_id a, b;
        const char *value_a, *value_b;
        enum kunci_rc want;
        const char *about;
    } rows[] = {
        {"a number", OPT_PIN_FD, OPT_SO_PIN_FD, "3", "3", KUNCI_OK, ""},
        {"no number", OPT_PIN_FD, OPT_LABEL, "x", "", KUNCI_USAGE_VALUE, "--pin-fd"},
        {"below zero", OPT_NEW_PIN_FD, OPT_LABEL, "-1", "", KUNCI_USAGE_VALUE, "--new-pin-fd"},
        {"too large", OPT_SO_PIN_FD, OPT_LABEL, "2147483648", "", KUNCI_USAGE_VALUE, "--so-pin-fd"},
        {"two places", OPT_NEW_SO_PIN_FD, OPT_NEW_SO_PIN_FILE, "3", "file", KUNCI_USAGE_VALUE,
         "--new-so-pin-fd"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *option[OPT_COUNT] = {NULL};
        struct kunci_err err = KUNCI_ERR_INIT;

        print_message("%s\n", rows[i].name);
        option[rows[i].a] = rows[i].value_a;
        option[rows[i].b] = rows[i].value_b;
        assert_int_equal(pins_check(option, &err), rows[i].want);
        assert_string_equal(err.about, rows[i].about);
    }
}

/* The security officer's and the holder's PIN may stand in one stream. */
static void test_lines_of_one_descriptor(void **state)
{
    const char *option[OPT_COUNT] = {NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    char number[16];
    int fd = pipe_with("31415926\n2718\r\n16180339", number, sizeof number);

    (void)state;
    option[OPT_SO_PIN_FD] = option[OPT_NEW_PIN_FD] = option[OPT_PIN_FD] = number;
    assert_int_equal(ask(option, KUNCI_PIN_SO, NULL, "31415926", &err), KUNCI_OK);
    assert_int_equal(ask(option, KUNCI_PIN_NEW_USER, NULL, "2718", &err), KUNCI_OK);
    assert_int_equal(ask(option, KUNCI_PIN_USER, NULL, "16180339", &err), KUNCI_OK);
    assert_int_equal(ask(option, KUNCI_PIN_AGAIN, NULL, "", &err), KUNCI_PIN_SOURCE);
    close(fd);
}

/* A wrong length is wrong for certain: it must not cost a try. */
static void test_length(void **state)
{
    static const struct {
        const char *pin;
        enum kunci_rc want;
    } rows[] = {
        {"123\n", KUNCI_PIN_LENGTH},       {"1234\n", KUNCI_OK},     {"12345678\n", KUNCI_OK},
        {"123456789\n", KUNCI_PIN_LENGTH}, {"\n", KUNCI_PIN_SOURCE},
    };
    static const enum kunci_pin_kind kinds[] = {KUNCI_PIN_USER, KUNCI_PIN_AGAIN};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        for (k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            const char *option[OPT_COUNT] = {NULL};
            struct kunci_err err = KUNCI_ERR_INIT;
            char number[16], want[16];
            int fd = pipe_with(rows[i].pin, number, sizeof number);

            snprintf(want, sizeof want, "%.*s", (int)strcspn(rows[i].pin, "\n"), rows[i].pin);
            option[OPT_PIN_FD] = number;
            assert_int_equal(ask(option, kinds[k], NULL, want, &err), rows[i].want);
            close(fd);
        }
}

static void test_pin_source_of_the_uri(void **state)
{
    const char *option[OPT_COUNT] = {NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    char number[16];
    int fd = pipe_with("1234\n", number, sizeof number);

    (void)state;
    assert_int_equal(ask(option, KUNCI_PIN_USER, path, "48151623", &err), KUNCI_OK);
    option[OPT_PIN_FD] = number; /* what was typed goes before it */
    assert_int_equal(ask(option, KUNCI_PIN_USER, path, "1234", &err), KUNCI_OK);
    option[OPT_PIN_FD] = NULL;
    option[OPT_PIN_FILE] = "/nonexistent";
    assert_int_equal(ask(option, KUNCI_PIN_USER, path, "", &err), KUNCI_PIN_SOURCE);
    close(fd);
}

static void test_last_try(void **state)
{
    const char *option[OPT_COUNT] = {NULL};

    (void)state;
    assert_false(pins_source(option).last_try);
    option[OPT_LAST_TRY] = "";
    assert_true(pins_source(option).last_try);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checked_before_use),
        cmocka_unit_test(test_lines_of_one_descriptor),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_pin_source_of_the_uri),
        cmocka_unit_test(test_last_try),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, write_path, remove_path);
}
