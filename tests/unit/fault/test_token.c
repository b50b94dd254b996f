/* The token that comes and goes, and its PINs. */
#include "lib/faulty.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static CK_ULONG present(void)
{
    CK_ULONG count = 0;

    assert_int_equal(faulty->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    return count;
}

static CK_FLAGS flags(void)
{
    CK_TOKEN_INFO info;

    assert_int_equal(faulty->C_GetTokenInfo(faulty_slot(), &info), CKR_OK);
    return info.flags;
}

static CK_RV ask(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;

    return faulty->C_GetSessionInfo(session, &info);
}

/* ---- presence ---- */

static void it_comes_and_goes(void **state)
{
    CK_SLOT_ID slot = faulty_slot();
    CK_SESSION_HANDLE one = faulty_session(), two = faulty_session(), three;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO info;

    (void)state;
    assert_int_equal(faulty_login(one, CKU_USER, SOFTHSM_PIN), CKR_OK);
    faulty_plan("removed\n");
    assert_int_equal(present(), 0);
    assert_int_equal(faulty->C_GetSlotInfo(slot, &slot_info), CKR_OK);
    assert_true(slot_info.flags & CKF_REMOVABLE_DEVICE);
    assert_false(slot_info.flags & CKF_TOKEN_PRESENT);
    assert_int_equal(faulty->C_GetTokenInfo(slot, &info), CKR_TOKEN_NOT_PRESENT);
    assert_int_equal(faulty->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &three),
                     CKR_TOKEN_NOT_PRESENT);
    assert_int_equal(ask(one), CKR_DEVICE_REMOVED);
    assert_int_equal(ask(one), CKR_SESSION_HANDLE_INVALID);

    faulty_plan("inserted\n");
    assert_int_equal(present(), 2);
    assert_int_equal(ask(one), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(ask(two), CKR_SESSION_HANDLE_INVALID);
    three = faulty_session();
    assert_true(three != one && three != two);
    assert_int_equal(faulty_login(three, CKU_USER, SOFTHSM_PIN), CKR_OK); /* nobody was in */
    assert_int_equal(faulty->C_CloseSession(three), CKR_OK);
    assert_int_equal(ask(three), CKR_SESSION_HANDLE_INVALID);
}

static void in_the_middle_of_a_call(void **state)
{
    CK_SESSION_HANDLE session = faulty_session();
    CK_BYTE random[4];

    (void)state;
    faulty_plan("removed during C_GenerateRandom 3\n");
    assert_int_equal(faulty->C_GenerateRandom(session, random, sizeof random), CKR_OK);
    assert_int_equal(faulty->C_GenerateRandom(session, random, sizeof random), CKR_OK);
    assert_int_equal(faulty->C_GenerateRandom(session, random, sizeof random), CKR_DEVICE_REMOVED);
    assert_int_equal(present(), 0);
    assert_int_equal(faulty_logged("3 C_GenerateRandom CKR_DEVICE_REMOVED"), 1);
    faulty_plan("inserted\n");
    assert_int_equal(present(), 2);
}

static void *wait_for_slot(void *context)
{
    CK_SLOT_ID slot;

    *(CK_RV *)context = faulty->C_WaitForSlotEvent(0, &slot, NULL);
    return NULL;
}

static void it_is_waited_for(void **state)
{
    CK_SLOT_ID slot, first = faulty_slot();
    pthread_t thread;
    CK_RV rv = CKR_GENERAL_ERROR;
    int events;

    (void)state;
    while (faulty->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL) == CKR_OK)
        ;
    faulty_plan("removed\n");
    for (events = 0; faulty->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL) == CKR_OK; events++)
        ;
    assert_int_equal(events, 2);
    assert_int_equal(slot, first);
    assert_int_equal(faulty->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);

    assert_int_equal(pthread_create(&thread, NULL, wait_for_slot, &rv), 0);
    usleep(50000);
    faulty_plan("inserted\n");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rv, CKR_OK);
    while (faulty->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL) == CKR_OK)
        ;

    assert_int_equal(pthread_create(&thread, NULL, wait_for_slot, &rv), 0);
    usleep(50000);
    assert_int_equal(faulty->C_Finalize(NULL), CKR_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(faulty_begin(), CKR_OK);
}

/* Uses the token on and on; NULL unless something came that no removal explains. */
static void *work(void *context)
{
    CK_SLOT_ID slot = *(CK_SLOT_ID *)context;
    static char strange;
    CK_SESSION_HANDLE session;
    CK_BYTE random[8];
    CK_RV rv;
    int i;

    for (i = 0; i < 300; i++) {
        rv = faulty->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
        if (rv == CKR_OK)
            rv = faulty->C_GenerateRandom(session, random, sizeof random);
        if (rv == CKR_OK)
            rv = faulty->C_CloseSession(session);
        if (rv != CKR_OK && rv != CKR_DEVICE_REMOVED && rv != CKR_SESSION_HANDLE_INVALID &&
            rv != CKR_TOKEN_NOT_PRESENT)
            return &strange;
    }
    return NULL;
}

static void under_many_threads(void **state)
{
    CK_SLOT_ID slot = faulty_slot();
    pthread_t threads[4];
    void *strange;
    int i;

    (void)state;
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &slot), 0);
    for (i = 0; i < 40; i++, usleep(2000))
        faulty_plan(i % 2 ? "inserted\n" : "removed\n");
    for (i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &strange), 0);
        assert_null(strange);
    }
    assert_int_equal(present(), 2);
    assert_int_equal(faulty->C_CloseAllSessions(slot), CKR_OK);
}

static void say(int fifo, const char *line)
{
    assert_int_equal(write(fifo, line, strlen(line)), (ssize_t)strlen(line));
    usleep(100000);
}

static void a_fifo_is_listened_to(void **state)
{
    char path[128];
    int fifo;

    (void)state;
    assert_int_equal(faulty->C_Finalize(NULL), CKR_OK);
    snprintf(path, sizeof path, "%s", faulty_file("fifo", NULL));
    assert_int_equal(mkfifo(path, 0600), 0);
    setenv("KUNCI_FAULT_FILE", path, 1);
    assert_int_equal(faulty_begin(), CKR_OK);
    fifo = open(path, O_WRONLY);
    assert_true(fifo >= 0);
    say(fifo, "remo");
    assert_int_equal(present(), 2);
    say(fifo, "ved\nlocked\n");
    assert_int_equal(present(), 0);
    say(fifo, "inserted\n");
    assert_true(flags() & CKF_USER_PIN_LOCKED);
    say(fifo, "clear\n");
    assert_false(flags() & CKF_USER_PIN_LOCKED);

    assert_int_equal(faulty->C_Finalize(NULL), CKR_OK);
    say(fifo, "lokced\n"); /* is there when it starts */
    assert_int_equal(faulty_begin(), CKR_ARGUMENTS_BAD);
    setenv("KUNCI_FAULT_FILE", faulty_file("faults", NULL), 1);
    assert_int_equal(faulty_begin(), CKR_OK);
    close(fifo);
}

/* ---- PINs ---- */

static void states_are_said(void **state)
{
    CK_SESSION_HANDLE session = faulty_session();

    (void)state;
    faulty_plan("locked\nso-locked\nfinal-try\ncount-low\n");
    assert_true(flags() & CKF_USER_PIN_LOCKED && flags() & CKF_SO_PIN_LOCKED);
    assert_true(flags() & CKF_USER_PIN_FINAL_TRY && flags() & CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_PIN_LOCKED);
    assert_int_equal(faulty_login(session, CKU_SO, SOFTHSM_SO_PIN), CKR_PIN_LOCKED);
    assert_int_equal(faulty_logged("C_Login CKR_PIN_LOCKED so"), 1);
    faulty_plan("final-try\n");
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_OK);
    faulty->C_CloseSession(session);
}

static void count_to_the_lock(CK_SESSION_HANDLE session)
{
    assert_false(flags() & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED));
    assert_int_equal(faulty_login(session, CKU_USER, "1111"), CKR_PIN_INCORRECT);
    assert_true(flags() & CKF_USER_PIN_COUNT_LOW);
    assert_false(flags() & CKF_USER_PIN_FINAL_TRY);
    assert_int_equal(faulty_login(session, CKU_USER, "1111"), CKR_PIN_INCORRECT);
    assert_true(flags() & CKF_USER_PIN_FINAL_TRY);
    assert_int_equal(faulty_login(session, CKU_USER, "1111"), CKR_PIN_INCORRECT);
    assert_true(flags() & CKF_USER_PIN_LOCKED);
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_PIN_LOCKED);
}

static void wrong_ones_are_counted(void **state)
{
    CK_SESSION_HANDLE session = faulty_session();
    char pin[] = SOFTHSM_PIN, tries[128];

    (void)state;
    snprintf(tries, sizeof tries, "%s", faulty_file("tries", NULL));
    faulty_plan("lock after 3 %s\n", tries);
    assert_int_equal(faulty_login(session, CKU_USER, "1111"), CKR_PIN_INCORRECT);
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_OK);
    faulty->C_Logout(session);
    count_to_the_lock(session);

    assert_int_equal(faulty_login(session, CKU_SO, SOFTHSM_SO_PIN), CKR_OK);
    assert_int_equal(faulty->C_InitPIN(session, (CK_UTF8CHAR *)pin, strlen(pin)), CKR_OK);
    faulty->C_Logout(session);
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_OK);
    faulty->C_Logout(session);
    faulty_file("tries", "3 0\n"); /* as another process left it */
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_PIN_LOCKED);
    faulty->C_CloseSession(session);
}

static void a_keypad_is_typed_at(void **state)
{
    CK_SESSION_HANDLE session = faulty_session();

    (void)state;
    faulty_plan("pinpad %s\n", faulty_file("pins", SOFTHSM_PIN "\n" SOFTHSM_SO_PIN "\n27182818\n"));
    assert_true(flags() & CKF_PROTECTED_AUTHENTICATION_PATH);
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_ARGUMENTS_BAD);
    assert_int_equal(faulty_login(session, CKU_USER, NULL), CKR_OK);
    assert_int_equal(faulty->C_SetPIN(session, NULL, 0, NULL, 0), CKR_OK);
    faulty->C_Logout(session);
    assert_int_equal(faulty_login(session, CKU_USER, NULL), CKR_PIN_INCORRECT);

    assert_int_equal(faulty_login(session, CKU_SO, NULL), CKR_OK);
    faulty_file("pins", "\n\n" SOFTHSM_PIN);
    assert_int_equal(faulty->C_InitPIN(session, NULL, 0), CKR_OK);
    faulty->C_Logout(session);
    assert_int_equal(faulty_login(session, CKU_USER, NULL), CKR_FUNCTION_CANCELED);
    faulty_plan("clear\n");
    assert_int_equal(faulty_login(session, CKU_USER, SOFTHSM_PIN), CKR_OK);
    faulty->C_CloseSession(session);
}

static int nothing_fails(void **state)
{
    (void)state;
    faulty_plan("clear\n");
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    faulty_up();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    faulty_down();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(it_comes_and_goes, nothing_fails),
        cmocka_unit_test_teardown(in_the_middle_of_a_call, nothing_fails),
        cmocka_unit_test_teardown(it_is_waited_for, nothing_fails),
        cmocka_unit_test_teardown(under_many_threads, nothing_fails),
        cmocka_unit_test_teardown(a_fifo_is_listened_to, nothing_fails),
        cmocka_unit_test_teardown(states_are_said, nothing_fails),
        cmocka_unit_test_teardown(wrong_ones_are_counted, nothing_fails),
        cmocka_unit_test_teardown(a_keypad_is_typed_at, nothing_fails),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
