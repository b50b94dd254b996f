/* Sessions, challenges and throttles under a clock of the test's own. */
#include "ams/challenges.h"
#include "ams/sessions.h"
#include "ams/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int64_t steady = 1000000;

static int64_t now_of(void *context)
{
    (void)context;
    fail(); /* the calendar may be moved: none of these looks at it */
    return 0;
}

static int64_t steady_of(void *context)
{
    (void)context;
    return steady;
}

static const struct clock moved = {now_of, steady_of, NULL, NULL};

static void pass(int64_t seconds)
{
    steady += seconds * 1000;
}

/* ---- sessions ---- */

static struct sessions *sessions;

static int sessions_up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    return sessions_new(&moved, &sessions, &err) != KUNCI_OK;
}

static int sessions_down(void **state)
{
    (void)state;
    sessions_free(&sessions);
    return 0;
}

static void begin(int64_t account, char token[SESSION_TEXT + 1])
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(sessions_begin(sessions, account, NULL, token, &err), KUNCI_OK);
}

/* 0: nobody's. */
static int64_t whose(const char *token)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    int64_t account = -1;
    enum kunci_rc rc = sessions_look(sessions, token, strlen(token), &account, &err);

    assert_int_equal(rc, account ? KUNCI_OK : KUNCI_SESSION_NONE);
    return account;
}

static void test_a_session(void **state)
{
    char token[SESSION_TEXT + 1], other[SESSION_TEXT + 1], wrong[SESSION_TEXT + 1];
    int i;

    (void)state;
    begin(7, token);
    begin(8, other);
    assert_int_equal(strlen(token), SESSION_TEXT);
    assert_string_not_equal(token, other);
    assert_int_equal(whose(token), 7);
    assert_int_equal(whose(other), 8);
    for (i = 0; i < SESSION_TEXT; i++) {
        memcpy(wrong, token, sizeof wrong);
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        assert_int_equal(whose(wrong), 0);
        memcpy(wrong, token, sizeof wrong);
        wrong[i] = '\0'; /* cut */
        assert_int_equal(whose(wrong), 0);
        wrong[i] = 'g';
        assert_int_equal(whose(wrong), 0);
    }
    assert_int_equal(whose(""), 0);
}

static void test_it_ends_with_its_certificate(void **state)
{
    char by_one[SESSION_TEXT + 1], by_other[SESSION_TEXT + 1], by_password[SESSION_TEXT + 1];
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(sessions_begin(sessions, 7, "01ab", by_one, &err), KUNCI_OK);
    assert_int_equal(sessions_begin(sessions, 7, "01abcd", by_other, &err), KUNCI_OK);
    begin(7, by_password);
    sessions_end(sessions, "01ab");
    assert_int_equal(whose(by_one), 0);
    assert_int_equal(whose(by_other), 7);
    assert_int_equal(whose(by_password), 7);
}

static void test_it_idles_out(void **state)
{
    char token[SESSION_TEXT + 1];

    (void)state;
    begin(7, token);
    pass(SESSION_IDLE_S - 1);
    assert_int_equal(whose(token), 7);
    pass(SESSION_IDLE_S - 1);
    assert_int_equal(whose(token), 7);
    pass(SESSION_IDLE_S);
    assert_int_equal(whose(token), 0);
    assert_int_equal(whose(token), 0);
}

static void test_it_does_not_live_for_ever(void **state)
{
    char token[SESSION_TEXT + 1];
    int64_t lived;

    (void)state;
    begin(7, token);
    for (lived = 600; lived < SESSION_LIFE_S; lived += 600) {
        pass(600);
        assert_int_equal(whose(token), 7);
    }
    pass(600);
    assert_int_equal(whose(token), 0);
}

static void test_an_account_has_so_many(void **state)
{
    char token[SESSIONS_OF_ACCOUNT + 1][SESSION_TEXT + 1], other[SESSION_TEXT + 1];
    int i;

    (void)state;
    begin(8, other);
    for (i = 0; i < SESSIONS_OF_ACCOUNT; i++) {
        begin(7, token[i]);
        pass(1);
    }
    assert_int_equal(whose(token[0]), 7); /* used: the second is the oldest now */
    begin(7, token[i]);
    assert_int_equal(whose(token[0]), 7);
    assert_int_equal(whose(token[1]), 0);
    assert_int_equal(whose(token[2]), 7);
    assert_int_equal(whose(token[i]), 7);
    assert_int_equal(whose(other), 8);
}

static void test_there_are_so_many(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char token[SESSION_TEXT + 1];
    enum kunci_rc rc = KUNCI_OK;
    int i;

    (void)state;
    for (i = 0; i < SESSIONS_MAX + 1 && rc == KUNCI_OK; i++)
        rc = sessions_begin(sessions, 1 + i / SESSIONS_OF_ACCOUNT, NULL, token, &err);
    assert_int_equal(rc, KUNCI_TOO_MANY);
    assert_int_equal(i, SESSIONS_MAX + 1);
    assert_string_equal(token, "");
    pass(SESSION_IDLE_S);
    begin(1, token); /* those that are over make room */
}

/* ---- challenges ---- */

static struct challenges *challenges;

static int challenges_up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    return challenges_new(&moved, &challenges, &err) != KUNCI_OK;
}

static int challenges_down(void **state)
{
    (void)state;
    challenges_free(&challenges);
    return 0;
}

static void give(char text[CHALLENGE_TEXT + 1])
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(challenges_give(challenges, text, &err), KUNCI_OK);
    assert_int_equal(strlen(text), CHALLENGE_TEXT);
}

static void test_a_challenge_is_good_once(void **state)
{
    char text[CHALLENGE_TEXT + 1], other[CHALLENGE_TEXT + 1];

    (void)state;
    give(text);
    give(other);
    assert_string_not_equal(text, other);
    assert_true(challenges_use(challenges, text));
    assert_false(challenges_use(challenges, text));
    assert_true(challenges_use(challenges, other));
    assert_false(challenges_use(challenges, other));
}

static void test_and_for_a_minute(void **state)
{
    char text[CHALLENGE_TEXT + 1], used[CHALLENGE_TEXT + 1];

    (void)state;
    give(text);
    give(used);
    assert_true(challenges_use(challenges, used));
    pass(CHALLENGE_LIFE_S - 1);
    assert_false(challenges_use(challenges, used));
    assert_true(challenges_use(challenges, text));
    give(text);
    pass(CHALLENGE_LIFE_S);
    assert_false(challenges_use(challenges, text));
    assert_false(challenges_use(challenges, used));
}

static void test_none_that_was_not_given(void **state)
{
    char text[CHALLENGE_TEXT + 1], wrong[CHALLENGE_TEXT + 1];
    int i;

    (void)state;
    give(text);
    for (i = 0; i < CHALLENGE_TEXT; i++) {
        memcpy(wrong, text, sizeof wrong);
        wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
        assert_false(challenges_use(challenges, wrong));
        wrong[i] = '\0';
        assert_false(challenges_use(challenges, wrong));
    }
    assert_true(challenges_use(challenges, text));
    give(text);
    challenges_down(NULL); /* another start has another key */
    challenges_up(NULL);
    assert_false(challenges_use(challenges, text));
}

/* ---- throttles ---- */

static struct throttle *throttle;

static int throttle_up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    return throttle_new(&moved, &throttle, &err) != KUNCI_OK;
}

static int throttle_down(void **state)
{
    (void)state;
    throttle_free(&throttle);
    return 0;
}

static void test_each_failure_doubles_the_wait(void **state)
{
    static const int64_t waits[] = {0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof waits / sizeof *waits; i++) {
        throttle_failed(throttle, "account", "budi", 5);
        assert_int_equal(throttle_wait(throttle, "account", "budi"), waits[i]);
        assert_int_equal(throttle_wait(throttle, "account", "siti"), 0);
        assert_int_equal(throttle_wait(throttle, "address", "budi"), 0);
    }
    pass(59);
    assert_int_equal(throttle_wait(throttle, "account", "budi"), 1);
    pass(1);
    assert_int_equal(throttle_wait(throttle, "account", "budi"), 0);
    throttle_failed(throttle, "account", "budi", 5);
    assert_int_equal(throttle_wait(throttle, "account", "budi"), 60);
    throttle_went_well(throttle, "account", "budi");
    assert_int_equal(throttle_wait(throttle, "account", "budi"), 0);
    throttle_failed(throttle, "account", "budi", 5);
    assert_int_equal(throttle_wait(throttle, "account", "budi"), 0);
}

static void test_it_is_forgotten(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 10; i++)
        throttle_failed(throttle, "account", "budi", 5);
    pass(THROTTLE_FORGET_S);
    throttle_failed(throttle, "account", "budi", 5);
    assert_int_equal(throttle_wait(throttle, "account", "budi"), 0);
}

static void test_many_names_take_no_more_room(void **state)
{
    char name[16];
    int i;

    (void)state;
    for (i = 0; i < 10 * THROTTLE_NAMES; i++) {
        snprintf(name, sizeof name, "n%d", i);
        throttle_failed(throttle, "account", name, 1);
        assert_int_equal(throttle_wait(throttle, "account", name), 1);
    }
}

#define SESSION(test)   cmocka_unit_test_setup_teardown(test, sessions_up, sessions_down)
#define CHALLENGE(test) cmocka_unit_test_setup_teardown(test, challenges_up, challenges_down)
#define THROTTLE(test)  cmocka_unit_test_setup_teardown(test, throttle_up, throttle_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION(test_a_session),
        SESSION(test_it_ends_with_its_certificate),
        SESSION(test_it_idles_out),
        SESSION(test_it_does_not_live_for_ever),
        SESSION(test_an_account_has_so_many),
        SESSION(test_there_are_so_many),
        CHALLENGE(test_a_challenge_is_good_once),
        CHALLENGE(test_and_for_a_minute),
        CHALLENGE(test_none_that_was_not_given),
        THROTTLE(test_each_failure_doubles_the_wait),
        THROTTLE(test_it_is_forgotten),
        THROTTLE(test_many_names_take_no_more_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
