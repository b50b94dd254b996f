/* The commands of a fault file. */
#include "lib/fault/plan.h"

#include <p11-kit/pkcs11.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void good_lines(void **state)
{
    static const struct {
        const char *line;
        struct fault want;
    } tests[] = {
        {"removed during C_Sign 2", {FAULT_REMOVED_DURING, CALL_C_Sign, 2, 0}},
        {"locked", {FAULT_LOCKED, CALL_ANY, 0, 0}},
        {"so-locked", {FAULT_SO_LOCKED, CALL_ANY, 0, 0}},
        {"final-try", {FAULT_FINAL_TRY, CALL_ANY, 0, 0}},
        {"count-low", {FAULT_COUNT_LOW, CALL_ANY, 0, 0}},
        {"lock after 3", {FAULT_LOCK_AFTER, CALL_ANY, 0, 3}},
        {"lock after 3 /tmp/tries", {FAULT_LOCK_AFTER, CALL_ANY, 0, 3}},
        {"pinpad pins", {FAULT_PINPAD, CALL_ANY, 0, 0}},
        {"write-protected", {FAULT_WRITE_PROTECTED, CALL_ANY, 0, 0}},
        {"slow 20", {FAULT_SLOW, CALL_ANY, 0, 20}},
        {"slow 20 C_Login", {FAULT_SLOW, CALL_C_Login, 0, 20}},
        {"hang C_Login 3", {FAULT_HANG, CALL_C_Login, 3, 0}},
        {"crash", {FAULT_CRASH, CALL_ANY, 0, 0}},
        {"abort C_Finalize", {FAULT_ABORT, CALL_C_Finalize, 0, 0}},
        {"exit C_WaitForSlotEvent", {FAULT_EXIT, CALL_C_WaitForSlotEvent, 0, 0}},
        {"sessions 0", {FAULT_SESSIONS, CALL_ANY, 0, 0}},
        {"no-mechanism CKM_ECDSA", {FAULT_NO_MECHANISM, CALL_ANY, 0, CKM_ECDSA}},
        {"no-mechanism 0x80000001", {FAULT_NO_MECHANISM, CALL_ANY, 0, 0x80000001}},
        {"no-ed25519", {FAULT_NO_ED25519, CALL_ANY, 0, 0}},
        {"wrong-length C_Sign", {FAULT_WRONG_LENGTH, CALL_C_Sign, 0, 0}},
        {"error CKR_DEVICE_ERROR C_Sign", {FAULT_ERROR, CALL_C_Sign, 0, CKR_DEVICE_ERROR}},
        {"error-after 0x30 C_Sign 1", {FAULT_ERROR_AFTER, CALL_C_Sign, 1, CKR_DEVICE_ERROR}},
        {"chatter 100 C_GetInfo", {FAULT_CHATTER, CALL_C_GetInfo, 0, 100}},
        {"threads 4 C_GetInfo 1", {FAULT_THREADS, CALL_C_GetInfo, 1, 4}},
        {"\t locked\t# by hand \r", {FAULT_LOCKED, CALL_ANY, 0, 0}},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        struct plan plan = {.count = 0};

        assert_null(plan_add(&plan, tests[i].line, strlen(tests[i].line)));
        assert_int_equal(plan.count, 1);
        assert_memory_equal(&plan.faults[0], &tests[i].want, sizeof tests[i].want);
    }
}

static void bad_lines(void **state)
{
    static const struct {
        const char *line, *why;
    } tests[] = {
        {"lost", "no fault"},
        {"lock", "no fault"},
        {"removed here", "too many words"},
        {"locked C_Login", "too many words"},
        {"removed during", "a function"},
        {"removed during C_Sing", "no function"},
        {"error CKR_DEVICE_ERROR", "a function"},
        {"error CKR_DEVICE C_Sign", "name of an answer"},
        {"error 0x C_Sign", "name of an answer"},
        {"error 0x123456789 C_Sign", "name of an answer"},
        {"no-mechanism CKM_NONE", "name of a mechanism"},
        {"no-mechanism", "name of a mechanism"},
        {"slow", "a number"},
        {"slow -1", "a number"},
        {"slow 1234567890", "a number"},
        {"hang C_Sign 0", "1 or more"},
        {"hang C_Sign x", "1 or more"},
        {"wrong-length C_Logout", "no length"},
        {"a b c d e f g", "too many words"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        struct plan plan = {.count = 0};
        const char *why = plan_add(&plan, tests[i].line, strlen(tests[i].line));

        assert_non_null(why);
        if (!strstr(why, tests[i].why))
            fail_msg("%s: %s", tests[i].line, why);
        assert_int_equal(plan.count, 0);
    }
}

static void a_long_path_is_refused(void **state)
{
    struct plan plan = {.count = 0};
    char line[PLAN_PATH + 8] = "pinpad ";

    (void)state;
    memset(line + 7, 'x', PLAN_PATH);
    assert_non_null(plan_add(&plan, line, 7 + PLAN_PATH));
    assert_null(plan_add(&plan, line, 7 + PLAN_PATH - 1));
    assert_int_equal(strlen(plan.pinpad), PLAN_PATH - 1);
}

static void note(void *context, unsigned line, const char *why)
{
    char *told = context;

    snprintf(told + strlen(told), 200 - strlen(told), "%u: %s\n", line, why);
}

static void a_file_is_read(void **state)
{
    static const char text[] = "# at first\n\nlocked\nlosked\nremoved\nslow\nlock after 2 /t";
    struct plan plan = {.count = 0};
    char told[200] = "";

    (void)state;
    assert_int_equal(plan_read(&plan, text, strlen(text), note, told), 2);
    assert_string_equal(told, "4: no fault is called so\n6: a number is needed\n");
    assert_int_equal(plan.count, 2);
    assert_true(plan.out);
    assert_string_equal(plan.tries, "/t");
    assert_null(plan_add(&plan, "inserted", 8));
    assert_false(plan.out);
    assert_null(plan_add(&plan, "clear", 5));
    assert_int_equal(plan.count, 0);
    assert_string_equal(plan.tries, "");
}

static void there_is_an_end(void **state)
{
    struct plan plan = {.count = 0};
    int i;

    (void)state;
    for (i = 0; i < PLAN_FAULTS; i++)
        assert_null(plan_add(&plan, "locked", 6));
    assert_non_null(plan_add(&plan, "locked", 6));
    assert_null(plan_add(&plan, "removed", 7));
}

static void faults_are_met(void **state)
{
    static const char text[] = "error CKR_CANCEL C_Sign 2\nerror CKR_OK C_Sign\n"
                               "sessions 1\nsessions 2\nno-ed25519\nno-mechanism CKM_ECDSA\n";
    struct plan plan = {.count = 0};

    (void)state;
    assert_int_equal(plan_read(&plan, text, strlen(text), note, NULL), 0);
    assert_int_equal(plan_meets(&plan, FAULT_ERROR, CALL_C_Sign, 2)->amount, CKR_CANCEL);
    assert_int_equal(plan_meets(&plan, FAULT_ERROR, CALL_C_Sign, 3)->amount, CKR_OK);
    assert_null(plan_meets(&plan, FAULT_ERROR, CALL_C_SignInit, 2));
    assert_int_equal(plan_holds(&plan, FAULT_SESSIONS)->amount, 2);
    assert_null(plan_holds(&plan, FAULT_LOCKED));
    assert_true(plan_hides(&plan, CKM_EDDSA));
    assert_true(plan_hides(&plan, CKM_EC_EDWARDS_KEY_PAIR_GEN));
    assert_true(plan_hides(&plan, CKM_ECDSA));
    assert_false(plan_hides(&plan, CKM_RSA_PKCS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),      cmocka_unit_test(bad_lines),
        cmocka_unit_test(a_file_is_read),  cmocka_unit_test(a_long_path_is_refused),
        cmocka_unit_test(there_is_an_end), cmocka_unit_test(faults_are_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
