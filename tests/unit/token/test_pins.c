/* PINs: set, changed, reset; never sent twice, never risked, never retried. */
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/session.h"

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define WRONG_PIN "11112222"

extern char **environ;

static struct softhsm *hsm;
static struct kunci_token *token;
static struct kunci_err err;
static unsigned logins, pin_changes; /* that reached the module */

static CK_RV counting_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
                            CK_ULONG len)
{
    logins++;
    return wrapped_real->C_Login(session, user, pin, len);
}

static CK_RV counting_set_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR *old, CK_ULONG old_len,
                              CK_UTF8CHAR *fresh, CK_ULONG fresh_len)
{
    pin_changes++;
    return wrapped_real->C_SetPIN(session, old, old_len, fresh, fresh_len);
}

/* What the token says of itself, beyond the truth. */
static CK_FLAGS told, not_told;

static CK_RV telling(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = wrapped_real->C_GetTokenInfo(slot, info);

    info->flags = (info->flags | told) & ~not_told;
    return rv;
}

typedef enum kunci_rc action(struct kunci_token *token, struct kunci_err *err);

static enum kunci_rc log_in(struct kunci_token *of, struct kunci_err *why)
{
    return kunci_token_login(of, NULL, why);
}

static enum kunci_rc after(action *act)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return act(token, &err);
}

static enum kunci_rc offer(const char *pin)
{
    struct kunci_secret *secret;
    char copy[300];
    enum kunci_rc rc;

    err = (struct kunci_err)KUNCI_ERR_INIT;
    snprintf(copy, sizeof copy, "%s", pin);
    assert_int_equal(kunci_secret_take(copy, strlen(copy), &secret, &err), KUNCI_OK);
    rc = kunci_token_login(token, secret, &err);
    kunci_secret_free(&secret);
    return rc;
}

/* ---- a login ---- */

static void a_wrong_pin_is_sent_once(void **state)
{
    (void)state;
    token->all->source.last_try = true;
    hsm->pin[KUNCI_PIN_USER] = WRONG_PIN;
    assert_int_equal(after(log_in), KUNCI_PIN_INCORRECT);
    assert_int_equal(logins, 1);
    assert_int_equal(offer(WRONG_PIN), KUNCI_PIN_KNOWN_BAD);
    assert_int_equal(after(log_in), KUNCI_PIN_KNOWN_BAD);
    assert_int_equal(after(kunci_pin_change), KUNCI_PIN_KNOWN_BAD);
    assert_int_equal(logins, 1);
    assert_int_equal(pin_changes, 0);
    assert_int_equal(offer(SOFTHSM_PIN), KUNCI_OK);
}

static void what_is_known_bad_for_one_is_not_for_the_other(void **state)
{
    (void)state;
    token->all->source.last_try = true;
    assert_int_equal(offer(SOFTHSM_SO_PIN), KUNCI_PIN_INCORRECT);
    hsm->pin[KUNCI_PIN_NEW_USER] = SOFTHSM_PIN;
    assert_int_equal(after(kunci_pin_reset), KUNCI_OK);
}

static void a_length_that_cannot_be_right_is_not_sent(void **state)
{
    static char long_pin[257];

    (void)state;
    memset(long_pin, '1', sizeof long_pin - 1);
    assert_int_equal(offer("123"), KUNCI_PIN_LENGTH);
    assert_non_null(strstr(err.detail, "255"));
    assert_int_equal(offer(long_pin), KUNCI_PIN_LENGTH);
    hsm->pin[KUNCI_PIN_NEW_USER] = "123";
    assert_int_equal(after(kunci_pin_change), KUNCI_PIN_LENGTH);
    assert_int_equal(logins + pin_changes, 0);
}

static void nothing_is_risked_unless_told_so(void **state)
{
    static const struct {
        CK_FLAGS flag;
        action *act;
        enum kunci_rc refused;
    } rows[] = {
        {CKF_USER_PIN_COUNT_LOW, log_in, KUNCI_PIN_COUNT_LOW},
        {CKF_USER_PIN_FINAL_TRY, log_in, KUNCI_PIN_FINAL_TRY},
        {CKF_USER_PIN_COUNT_LOW, kunci_pin_change, KUNCI_PIN_COUNT_LOW},
        {CKF_SO_PIN_COUNT_LOW, kunci_pin_reset, KUNCI_SO_PIN_COUNT_LOW},
        {CKF_SO_PIN_FINAL_TRY, kunci_pin_reset, KUNCI_SO_PIN_FINAL_TRY},
        {CKF_SO_PIN_FINAL_TRY, kunci_pin_change_so, KUNCI_SO_PIN_FINAL_TRY},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        told = rows[i].flag;
        assert_int_equal(after(rows[i].act), rows[i].refused);
    }
    assert_int_equal(logins + pin_changes, 0);
    assert_int_equal(atomic_load(&hsm->asked[KUNCI_PIN_USER]), 0); /* nor was anyone asked */
    told = CKF_USER_PIN_FINAL_TRY;
    token->all->source.last_try = true;
    assert_int_equal(after(log_in), KUNCI_OK);
    assert_int_equal(logins, 1);
}

static void a_locked_pin_is_not_tried(void **state)
{
    (void)state;
    token->all->source.last_try = true;
    told = CKF_USER_PIN_LOCKED;
    assert_int_equal(after(log_in), KUNCI_PIN_LOCKED);
    told = CKF_SO_PIN_LOCKED;
    assert_int_equal(after(kunci_pin_reset), KUNCI_SO_PIN_LOCKED);
    assert_int_equal(logins, 0);
}

static void an_open_token_compares_by_itself(void **state)
{
    (void)state;
    assert_int_equal(offer(SOFTHSM_PIN), KUNCI_OK);
    assert_int_equal(offer(SOFTHSM_PIN), KUNCI_OK);
    assert_int_equal(offer(WRONG_PIN), KUNCI_PIN_INCORRECT);
    assert_true(kunci_token_logged_in(token));
    assert_int_equal(after(log_in), KUNCI_OK);
    assert_int_equal(logins, 1);
    kunci_token_logout(token);
    assert_false(kunci_token_logged_in(token));
}

/* ---- a pinpad ---- */

static unsigned pinpad_uses;
static bool got_null;

static void look_at_the_pinpad(void *context, const struct kunci_pin_ask *what)
{
    (void)context, (void)what;
    pinpad_uses++;
}

/* The holder types on the reader what the computer never sees. */
static CK_RV pinpad_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
                          CK_ULONG len)
{
    CK_UTF8CHAR typed[] = SOFTHSM_PIN;

    got_null = pin == NULL && len == 0;
    return wrapped_real->C_Login(session, user, typed, sizeof typed - 1);
}

static void a_pinpad_asks_by_itself(void **state)
{
    (void)state;
    told = CKF_PROTECTED_AUTHENTICATION_PATH;
    wrapped.C_Login = pinpad_login;
    token->all->source.pinpad = look_at_the_pinpad;
    assert_int_equal(after(log_in), KUNCI_OK);
    assert_true(got_null);
    assert_int_equal(pinpad_uses, 1);
    assert_int_equal(atomic_load(&hsm->asked[KUNCI_PIN_USER]), 0);
}

/* ---- set, change, reset ---- */

static void what_each_change_needs(void **state)
{
    (void)state;
    assert_int_equal(after(kunci_pin_set), KUNCI_PIN_ALREADY_SET);
    not_told = CKF_USER_PIN_INITIALIZED;
    assert_int_equal(after(log_in), KUNCI_PIN_NOT_SET);
    assert_int_equal(after(kunci_pin_change), KUNCI_PIN_NOT_SET);
    assert_int_equal(after(kunci_pin_reset), KUNCI_PIN_NOT_SET);
    not_told = CKF_TOKEN_INITIALIZED;
    assert_int_equal(after(log_in), KUNCI_TOKEN_BLANK);
    assert_int_equal(after(kunci_pin_set), KUNCI_TOKEN_BLANK);
    not_told = 0;
    told = CKF_WRITE_PROTECTED;
    assert_int_equal(after(kunci_pin_change), KUNCI_TOKEN_WRITE_PROTECTED);
    told = 0;
    token->all->source.ask = NULL;
    assert_int_equal(after(log_in), KUNCI_PIN_REQUIRED);
    assert_int_equal(logins + pin_changes, 0);
}

static void change_then_reset(void **state)
{
    (void)state;
    assert_int_equal(after(kunci_pin_change), KUNCI_OK);
    hsm->pin[KUNCI_PIN_USER] = SOFTHSM_NEW_PIN;
    assert_int_equal(after(log_in), KUNCI_OK);
    assert_int_equal(after(kunci_pin_change_so), KUNCI_OK);
    hsm->pin[KUNCI_PIN_SO] = SOFTHSM_NEW_SO_PIN;
    hsm->pin[KUNCI_PIN_NEW_USER] = SOFTHSM_PIN;
    assert_int_equal(after(kunci_pin_reset), KUNCI_OK);
    assert_false(kunci_token_logged_in(token));
    assert_int_equal(offer(SOFTHSM_PIN), KUNCI_OK);
    hsm->pin[KUNCI_PIN_NEW_SO] = SOFTHSM_SO_PIN;
    assert_int_equal(after(kunci_pin_change_so), KUNCI_OK);
}

static void not_while_another_thread_works(void **state)
{
    struct session lent;

    (void)state;
    assert_int_equal(session_take(token, &lent, &err), KUNCI_OK);
    assert_int_equal(after(kunci_pin_reset), KUNCI_TOKEN_BUSY);
    session_give(token, &lent, CKR_OK);
    hsm->pin[KUNCI_PIN_NEW_USER] = SOFTHSM_PIN;
    assert_int_equal(after(kunci_pin_reset), KUNCI_OK);
}

static void reset_by_another_program(const char *pin)
{
    const char *const argv[] = {"pkcs11-tool",
                                "--module",
                                SOFTHSM_MODULE,
                                "--token-label",
                                "token-1",
                                "--login",
                                "--login-type",
                                "so",
                                "--so-pin",
                                SOFTHSM_SO_PIN,
                                "--init-pin",
                                "--new-pin",
                                pin,
                                NULL};
    posix_spawn_file_actions_t quiet;
    int status = -1;
    pid_t child;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
    assert_int_equal(
        posix_spawnp(&child, argv[0], &quiet, NULL, (char *const *)(uintptr_t)argv, environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* SoftHSM by itself would go on taking the old one. */
static void a_reset_by_another_program_counts(void **state)
{
    (void)state;
    token->all->source.last_try = true;
    assert_int_equal(offer(SOFTHSM_PIN), KUNCI_OK);
    kunci_token_logout(token);
    reset_by_another_program(SOFTHSM_NEW_PIN);
    assert_int_equal(offer(SOFTHSM_PIN), KUNCI_PIN_INCORRECT);
    assert_int_equal(offer(SOFTHSM_NEW_PIN), KUNCI_OK);
    kunci_token_logout(token);
    reset_by_another_program(SOFTHSM_PIN);
    assert_int_equal(offer(SOFTHSM_NEW_PIN), KUNCI_PIN_INCORRECT);
}

/* ---- setting up ---- */

static void setting_up_erases_only_when_told(void **state)
{
    struct kunci_token_info info;

    (void)state;
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(kunci_token_init(token, "anew", false, &err), KUNCI_TOKEN_INITIALISED);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    hsm->pin[KUNCI_PIN_SO] = WRONG_PIN;
    assert_int_equal(kunci_token_init(token, "anew", true, &err), KUNCI_SO_PIN_INCORRECT);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    hsm->pin[KUNCI_PIN_SO] = SOFTHSM_SO_PIN;
    token->all->source.last_try = true;
    assert_int_equal(kunci_token_init(token, "anew", true, &err), KUNCI_OK);
    assert_int_equal(kunci_token_info(token, &info, &err), KUNCI_OK);
    assert_string_equal(info.label, "anew");
    assert_false(info.user_pin_set);
    assert_int_equal(after(kunci_pin_set), KUNCI_OK);
    hsm->pin[KUNCI_PIN_USER] = SOFTHSM_NEW_PIN;
    assert_int_equal(after(log_in), KUNCI_OK);
}

static void labels_that_are_none(void **state)
{
    static const char *const labels[] = {"", " blank", "blank ", "bell\a",
                                         "longer than any label of 32 bytes"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof labels / sizeof *labels; i++) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        assert_int_equal(kunci_token_init(token, labels[i], true, &err), KUNCI_TOKEN_LABEL);
    }
}

/* ---- each test has a token of its own ---- */

static int set_up(void **state)
{
    (void)state;
    hsm = softhsm_up(1);
    token = softhsm_token(hsm, 1);
    wrap(hsm->modules);
    wrapped.C_Login = counting_login;
    wrapped.C_SetPIN = counting_set_pin;
    wrapped.C_GetTokenInfo = telling;
    told = not_told = 0;
    logins = pin_changes = 0;
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    softhsm_down(&hsm);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_pin_is_sent_once),
        TEST(what_is_known_bad_for_one_is_not_for_the_other),
        TEST(a_length_that_cannot_be_right_is_not_sent),
        TEST(nothing_is_risked_unless_told_so),
        TEST(a_locked_pin_is_not_tried),
        TEST(an_open_token_compares_by_itself),
        TEST(a_pinpad_asks_by_itself),
        TEST(what_each_change_needs),
        TEST(change_then_reset),
        TEST(not_while_another_thread_works),
        TEST(a_reset_by_another_program_counts),
        TEST(setting_up_erases_only_when_told),
        TEST(labels_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
