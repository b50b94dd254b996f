/* The faults of single calls, each over SoftHSM. */
#include "base/clock.h"
#include "lib/faulty.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static CK_RV ask(void)
{
    CK_INFO info;

    return faulty->C_GetInfo(&info);
}

static CK_RV find(CK_ULONG room, CK_ULONG *count)
{
    CK_OBJECT_HANDLE objects[8];
    CK_RV rv;

    assert_int_equal(faulty->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    rv = faulty->C_FindObjects(session, objects, room, count);
    assert_int_equal(faulty->C_FindObjectsFinal(session), CKR_OK);
    return rv;
}

static CK_RV sign(CK_BYTE *out, CK_ULONG *length)
{
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[32] = {1};
    CK_RV rv = faulty->C_SignInit(session, &ecdsa, key);

    return rv == CKR_OK ? faulty->C_Sign(session, digest, sizeof digest, out, length) : rv;
}

/* ---- answers ---- */

static void an_error_instead(void **state)
{
    CK_SESSION_HANDLE other;

    (void)state;
    faulty_plan("error CKR_DEVICE_MEMORY C_GetInfo\nsessions 2\n");
    assert_int_equal(ask(), CKR_DEVICE_MEMORY);
    faulty_plan("sessions 2\n");
    assert_int_equal(ask(), CKR_OK);
    other = faulty_session();
    assert_int_equal(faulty->C_OpenSession(faulty_slot(), CKF_SERIAL_SESSION, NULL, NULL, &other),
                     CKR_SESSION_COUNT);
    assert_int_equal(faulty->C_CloseSession(other), CKR_OK);
    other = faulty_session();
    faulty_plan("error-after CKR_DEVICE_ERROR C_CloseSession\n");
    assert_int_equal(faulty->C_CloseSession(other), CKR_DEVICE_ERROR);
    faulty_plan("clear\n");
    assert_int_equal(faulty->C_CloseSession(other), CKR_SESSION_HANDLE_INVALID);
}

static void a_write_protected_token(void **state)
{
    CK_SESSION_HANDLE other;
    CK_TOKEN_INFO info;

    (void)state;
    faulty_plan("write-protected\n");
    assert_int_equal(faulty->C_GetTokenInfo(faulty_slot(), &info), CKR_OK);
    assert_true(info.flags & CKF_WRITE_PROTECTED);
    assert_int_equal(faulty->C_OpenSession(faulty_slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                           NULL, &other),
                     CKR_TOKEN_WRITE_PROTECTED);
    assert_int_equal(faulty->C_DestroyObject(session, key), CKR_TOKEN_WRITE_PROTECTED);
}

static bool listed(CK_MECHANISM_TYPE type, CK_ULONG *count)
{
    CK_MECHANISM_TYPE types[256];
    bool there = false;
    CK_ULONG i, asked;

    *count = 256;
    assert_int_equal(faulty->C_GetMechanismList(faulty_slot(), NULL, &asked), CKR_OK);
    assert_int_equal(faulty->C_GetMechanismList(faulty_slot(), types, count), CKR_OK);
    assert_int_equal(asked, *count);
    for (i = 0; i < *count; i++)
        there |= types[i] == type;
    return there;
}

static void a_hidden_mechanism(void **state)
{
    CK_MECHANISM_TYPE one;
    CK_MECHANISM_INFO info;
    CK_ULONG all, fewer, length = 64, room = 1;
    CK_BYTE out[64];

    (void)state;
    assert_true(listed(CKM_ECDSA, &all));
    faulty_plan("no-mechanism CKM_ECDSA\n");
    assert_false(listed(CKM_ECDSA, &fewer));
    assert_int_equal(fewer, all - 1);
    assert_int_equal(faulty->C_GetMechanismList(faulty_slot(), &one, &room), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(faulty->C_GetMechanismInfo(faulty_slot(), CKM_ECDSA, &info),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(sign(out, &length), CKR_MECHANISM_INVALID);
    faulty_plan("no-ed25519\n");
    assert_false(listed(CKM_EDDSA, &fewer));
    assert_int_equal(sign(out, &length), CKR_OK);
}

/* ---- lengths ---- */

static void signatures_lie(void **state)
{
    CK_ULONG length = 64;
    CK_BYTE out[64];

    (void)state;
    faulty_plan("wrong-length C_Sign\n");
    assert_int_equal(sign(out, &length), CKR_OK);
    assert_int_equal(length, 65);
    assert_int_equal(sign(NULL, &length), CKR_OK);
    assert_int_equal(length, 0);
    faulty_plan("clear\n");
    length = sizeof out;
    assert_int_equal(faulty->C_Sign(session, out, 32, out, &length), CKR_OK); /* ends it */
}

static void lists_lie(void **state)
{
    CK_SLOT_ID slot = faulty_slot(), slots[8];
    CK_MECHANISM_TYPE types[256];
    CK_ULONG count = 8;

    (void)state;
    faulty_plan("wrong-length C_GetSlotList\nwrong-length C_GetMechanismList\n"
                "wrong-length C_FindObjects\n");
    assert_int_equal(faulty->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    assert_int_equal(count, 9);
    assert_int_equal(faulty->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, CK_UNAVAILABLE_INFORMATION);
    count = 256;
    assert_int_equal(faulty->C_GetMechanismList(slot, types, &count), CKR_OK);
    assert_int_equal(count, 257);
    assert_int_equal(find(8, &count), CKR_OK);
    assert_int_equal(count, 9);
}

static void attributes_lie(void **state)
{
    CK_BYTE point[100];
    CK_KEY_TYPE type = 0;
    CK_ATTRIBUTE asked[] = {{CKA_KEY_TYPE, &type, sizeof type}, {CKA_EC_PARAMS, NULL, 0}};

    (void)state;
    faulty_plan("wrong-length C_GetAttributeValue\n");
    assert_int_equal(faulty->C_GetAttributeValue(session, key, asked, 2), CKR_OK);
    assert_int_equal(type, CKK_EC);
    assert_int_equal(asked[0].ulValueLen, sizeof type + 1);
    assert_int_equal(asked[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    asked[1].pValue = point;
    asked[1].ulValueLen = 4;
    assert_int_equal(faulty->C_GetAttributeValue(session, key, asked + 1, 1), CKR_BUFFER_TOO_SMALL);
}

/* ---- what happens in a call ---- */

static void a_slow_one(void **state)
{
    int64_t began = clock_system.steady_ms(NULL);

    (void)state;
    faulty_plan("slow 80 C_GetInfo\n");
    assert_int_equal(ask(), CKR_OK);
    assert_true(clock_system.steady_ms(NULL) - began >= 80);
}

/* A child, which calls once; answers how it ended, and -1 if it had to be ended. */
static int child_ends(void)
{
    int status = -1, i;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        _exit(ask() == CKR_OK ? 7 : 8);
    }
    for (i = 0; i < 20; i++, usleep(20000))
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static void a_deadly_one(void **state)
{
    int status;

    (void)state;
    faulty_plan("crash C_GetInfo\n");
    status = child_ends();
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    faulty_plan("abort C_GetInfo\n");
    status = child_ends();
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    faulty_plan("exit C_GetInfo\n");
    assert_int_equal(child_ends(), 0);
    faulty_plan("hang\n");
    assert_int_equal(child_ends(), -1);
    assert_int_equal(faulty_logged("1 C_GetInfo crash"), 1);
    assert_int_equal(faulty_logged("1 C_GetInfo exit"), 1);
    assert_int_equal(faulty_logged("1 C_GetInfo hang"), 1);
}

static void a_child_counts_anew(void **state)
{
    (void)state;
    assert_int_equal(ask(), CKR_OK);
    faulty_plan("error CKR_CANCEL C_GetInfo 1\n");
    assert_int_equal(ask(), CKR_OK);
    assert_int_equal(WEXITSTATUS(child_ends()), 8);
}

static int threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;

    assert_non_null(tasks);
    while (readdir(tasks))
        count++;
    closedir(tasks);
    return count;
}

static void threads_are_left(void **state)
{
    int before = threads();

    (void)state;
    faulty_plan("threads 3 C_GetInfo\n");
    assert_int_equal(ask(), CKR_OK);
    assert_true(threads() >= before + 3); /* a sanitizer may add its own */
}

/* What call() writes to standard error, as a size. */
static long told(CK_RV (*call)(void), CK_RV want)
{
    const char *path = faulty_file("stderr", "");
    int kept = dup(STDERR_FILENO), file = open(path, O_WRONLY | O_APPEND);
    struct stat about;
    CK_RV rv;

    dup2(file, STDERR_FILENO);
    rv = call();
    dup2(kept, STDERR_FILENO);
    assert_int_equal(fstat(file, &about), 0);
    close(file);
    close(kept);
    assert_int_equal(rv, want);
    return (long)about.st_size;
}

static void it_chatters(void **state)
{
    (void)state;
    faulty_plan("chatter 1001 C_GetInfo\n");
    assert_int_equal(told(ask, CKR_OK), 1001);
}

static void a_bad_line_is_told(void **state)
{
    (void)state;
    faulty_plan("error CKR_CANCEL C_GetInfo\nnonsense\n");
    assert_true(told(ask, CKR_CANCEL) > 20);
    assert_int_equal(told(ask, CKR_CANCEL), 0);
    assert_int_equal(faulty->C_Finalize(NULL), CKR_OK);
    assert_int_equal(faulty_begin(), CKR_ARGUMENTS_BAD);
    faulty_plan("clear\n");
    assert_int_equal(faulty_begin(), CKR_OK);
    session = faulty_session();
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
    session = faulty_session();
    if (faulty_login(session, CKU_USER, SOFTHSM_PIN) != CKR_OK)
        return -1;
    key = faulty_key(session);
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
        cmocka_unit_test_teardown(an_error_instead, nothing_fails),
        cmocka_unit_test_teardown(a_write_protected_token, nothing_fails),
        cmocka_unit_test_teardown(a_hidden_mechanism, nothing_fails),
        cmocka_unit_test_teardown(signatures_lie, nothing_fails),
        cmocka_unit_test_teardown(lists_lie, nothing_fails),
        cmocka_unit_test_teardown(attributes_lie, nothing_fails),
        cmocka_unit_test_teardown(a_slow_one, nothing_fails),
        cmocka_unit_test_teardown(a_deadly_one, nothing_fails),
        cmocka_unit_test_teardown(a_child_counts_anew, nothing_fails),
        cmocka_unit_test_teardown(threads_are_left, nothing_fails),
        cmocka_unit_test_teardown(it_chatters, nothing_fails),
        cmocka_unit_test_teardown(a_bad_line_is_told, nothing_fails),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
