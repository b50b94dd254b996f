#include "base/log.h"
#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char last[1024];
static int lines;

static void keep(void *context, const char *line)
{
    assert_ptr_equal(context, last);
    snprintf(last, sizeof last, "%s", line);
    lines++;
}

static int listen(void **state)
{
    (void)state;
    last[0] = '\0';
    lines = 0;
    kunci_log_to(keep, last);
    return 0;
}

static int be_deaf(void **state)
{
    (void)state;
    kunci_log_to(NULL, NULL);
    return 0;
}

static struct kunci_secret *secret_of(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *secret = NULL;
    char bytes[512];

    snprintf(bytes, sizeof bytes, "%s", text);
    assert_int_equal(kunci_secret_take(bytes, strlen(text), &secret, &err), KUNCI_OK);
    return secret;
}

static void names_and_values_stand_in_a_line(void **state)
{
    (void)state;
    log_event("token.login", "token", "Budi", "answer", "CKR_OK", NULL);
    assert_string_equal(last, "token.login token=\"Budi\" answer=\"CKR_OK\"");
    log_event("start", NULL);
    assert_string_equal(last, "start");
    log_event("odd", "label", NULL, NULL);
    assert_string_equal(last, "odd label=\"\"");
    assert_int_equal(lines, 3);
}

static void a_value_cannot_end_its_line_or_itself(void **state)
{
    (void)state;
    log_event("odd", "label", "a\nb\x1b[0m\" answer=\"CKR_OK", NULL);
    assert_string_equal(last, "odd label=\"a?b?[0m' answer='CKR_OK\"");
}

static void a_living_secret_is_masked(void **state)
{
    struct kunci_secret *secret = secret_of("48151623");

    (void)state;
    log_event("odd", "said", "PIN 48151623, again 4815162348151623", NULL);
    assert_string_equal(last, "odd said=\"PIN ********, again ****************\"");
    kunci_secret_free(&secret);
    log_event("odd", "said", "PIN 48151623", NULL);
    assert_string_equal(last, "odd said=\"PIN 48151623\"");
}

static void secrets_that_overlap_are_masked_both(void **state)
{
    struct kunci_secret *longer = secret_of("12345678"), *shorter = secret_of("1234"),
                        *stars = secret_of("****");

    (void)state;
    log_event("odd", "said", "12345678", NULL);
    assert_string_equal(last, "odd said=\"********\"");
    log_event("odd", "said", "****x", NULL);
    assert_string_equal(last, "odd said=\"****x\"");
    kunci_secret_free(&shorter);
    kunci_secret_free(&longer);
    kunci_secret_free(&stars);
}

/* Neither a character made printable nor the end of the line hides it. */
static void a_secret_is_masked_before_it_is_changed(void **state)
{
    struct kunci_secret *odd = secret_of("se\tcr\x01t"), *quoted = secret_of("ab\"cd");
    char text[400], pin[301];
    struct kunci_secret *cut;

    (void)state;
    memset(pin, '7', 300);
    pin[300] = '\0';
    cut = secret_of(pin);
    snprintf(text, sizeof text, "%s", pin);
    log_event("odd", "a", "se\tcr\x01t", "b", "ab\"cd", "c", text, NULL);
    assert_null(strstr(last, "cr"));
    assert_null(strstr(last, "cd"));
    assert_null(strchr(last, '7'));
    kunci_secret_free(&odd);
    kunci_secret_free(&quoted);
    kunci_secret_free(&cut);
}

static void without_a_sink_nothing_happens(void **state)
{
    (void)state;
    kunci_log_to(NULL, NULL);
    log_event("odd", "label", "a", NULL);
    assert_int_equal(lines, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_values_stand_in_a_line, listen, be_deaf),
        cmocka_unit_test_setup_teardown(a_value_cannot_end_its_line_or_itself, listen, be_deaf),
        cmocka_unit_test_setup_teardown(a_living_secret_is_masked, listen, be_deaf),
        cmocka_unit_test_setup_teardown(secrets_that_overlap_are_masked_both, listen, be_deaf),
        cmocka_unit_test_setup_teardown(a_secret_is_masked_before_it_is_changed, listen, be_deaf),
        cmocka_unit_test_setup_teardown(without_a_sink_nothing_happens, listen, be_deaf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
