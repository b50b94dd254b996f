/* A module in a process of its own that hangs, crashes, ends or never stops talking:
 * the call says so, and the next one finds a new process. */
#include "lib/apart.h"
#include "lib/measure.h"
#include "token/worker_inside.h"

#include <kunci/log.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Under a sanitizer a process starts slowly, and sleeps for a second before it ends. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEADLINE "3000"
enum { DEADLINE_MS = 3000 };
#else
#define DEADLINE "1000"
enum { DEADLINE_MS = 1000 };
#endif

enum { FOR_EVER_MS = 30000, THREADS = 4 };

/* A sanitizer catches the signal of a crash, and tells of it in its own way. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIGNAL_11 "ended with code"
#else
#define SIGNAL_11 "killed by signal 11"
#endif

static struct kunci_err err;

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

static void signs(unsigned asked)
{
    if (apart_sign(&err) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
    assert_int_equal(apart_asked(), asked);
}

/* ---- one call fails ---- */

static const struct trouble {
    const char *name, *plan;
    enum kunci_rc rc;
    const char *why;
} troubles[] = {
    {"hangs", "hang C_Sign\n", KUNCI_MODULE_LATE, "C_Sign: no answer for " DEADLINE " ms"},
    {"crashes", "crash C_Sign\n", KUNCI_MODULE_DIED, SIGNAL_11},
    {"aborts", "abort C_Sign\n", KUNCI_MODULE_DIED, "killed by signal 6"},
    {"exits", "exit C_Sign\n", KUNCI_MODULE_DIED, "ended with code 0"},
    {"says why", "chatter 80 C_Sign\nabort C_Sign\n", KUNCI_MODULE_DIED, "signal 6: ......."},
    {"says why it hangs", "chatter 80 C_Sign\nhang C_Sign\n", KUNCI_MODULE_LATE, " ms: ......."},
};

static void fails(const struct trouble *trouble)
{
    double began = measure_wall(), took;

    assert_int_equal(apart_sign(&err), trouble->rc);
    took = measure_wall() - began;
    assert_true(took < FOR_EVER_MS);
    assert_true(trouble->rc != KUNCI_MODULE_LATE || took > 0.98 * DEADLINE_MS);
    assert_non_null(strstr(err.about, "kunci-fault-module.so"));
    if (!strstr(err.detail, trouble->why))
        fail_msg("\"%s\" does not say \"%s\"", err.detail, trouble->why);
}

static void one_call_fails(void **state)
{
    const struct trouble *trouble = *state;
    struct kunci_token_info info;
    pid_t pid;

    signs(0);
    pid = apart_pid();
    faulty_plan("%s", trouble->plan);
    fails(trouble);
    faulty_plan("clear\n");
    assert_true(apart_is_over(pid));
    assert_int_not_equal(apart_pid(), pid);

    assert_int_equal(kunci_token_info(apart_token(), &info, fresh()), KUNCI_OK);
    assert_string_equal(info.label, "token-1");
    assert_int_equal(apart_asked(), 0);
    signs(1);
    signs(0);
}

static void the_next_scan_works(void **state)
{
    (void)state;
    faulty_plan("crash C_Sign\n");
    assert_int_equal(apart_sign(&err), KUNCI_MODULE_DIED);
    faulty_plan("clear\n");
    assert_int_equal(kunci_modules_scan(faulty_hsm->modules, fresh()), KUNCI_OK);
    assert_true(kunci_token_count(faulty_hsm->modules) >= 1);
    signs(1);
}

/* It is said by the error alone; the holder is not asked for what cannot be done. */
static void it_goes_on_failing(void **state)
{
    int i;

    (void)state;
    faulty_plan("abort C_Sign\n");
    for (i = 0; i < 3; i++)
        assert_int_equal(apart_sign(&err), KUNCI_MODULE_DIED);
    faulty_plan("abort C_Initialize\n");
    assert_int_not_equal(apart_sign(&err), KUNCI_OK);
    apart_asked();
    assert_int_not_equal(apart_sign(&err), KUNCI_OK);
    assert_int_equal(apart_asked(), 0);
    faulty_plan("clear\n");
    signs(1);
}

/* Whichever call it is in: what is lost is this one answer. */
static void any_call_crashes(void **state)
{
    static const char *const calls[] = {"C_GetSlotList",
                                        "C_GetSlotInfo",
                                        "C_GetTokenInfo",
                                        "C_OpenSession",
                                        "C_Login",
                                        "C_GetSessionInfo",
                                        "C_CloseSession",
                                        "C_FindObjectsInit",
                                        "C_FindObjects",
                                        "C_FindObjectsFinal",
                                        "C_GetAttributeValue",
                                        "C_SignInit",
                                        "C_Sign",
                                        "C_CloseAllSessions",
                                        "C_Logout",
                                        "C_Finalize"};
    struct kunci_key *key;
    char line[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof calls / sizeof *calls; i++) {
        signs(apart_asked());
        faulty_plan("crash %s\n", calls[i]);
        if (kunci_modules_scan(faulty_hsm->modules, fresh()) == KUNCI_OK &&
            kunci_key_find(apart_token(), "tte", &key, fresh()) == KUNCI_OK)
            kunci_key_free(&key);
        apart_sign(&err);
        kunci_token_logout(apart_token());
        apart_sign(&err);
        faulty_plan("clear\n");
        snprintf(line, sizeof line, "%s crash", calls[i]);
        if (!faulty_logged(line))
            print_message("# %s was not called\n", calls[i]);
        if (apart_sign(&err) != KUNCI_OK)
            fail_msg("after a crash in %s: %s: %s", calls[i], kunci_err_name(err.rc), err.detail);
        apart_asked();
    }
}

static void whether_a_key_was_made_is_not_known(void **state)
{
    struct kunci_key *key;

    (void)state;
    signs(0);
    faulty_plan("crash C_GenerateKeyPair\n");
    assert_int_equal(kunci_key_new(apart_token(), KUNCI_KEY_P256, "new", &key, fresh()),
                     KUNCI_OUTCOME_UNKNOWN);
    faulty_plan("clear\n");
    assert_int_equal(kunci_key_new(apart_token(), KUNCI_KEY_P256, "new", &key, fresh()), KUNCI_OK);
    kunci_key_free(&key);
    assert_int_equal(apart_asked(), 1);
}

/* And waits until it is dead to the last thread, but leaves it to be found so. */
static void kill_it(void)
{
    siginfo_t how;

    assert_int_equal(kill(apart_pid(), SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)apart_pid(), &how, WEXITED | WNOWAIT), 0);
}

static void killed_while_it_rests(void **state)
{
    struct kunci_token_info info;

    (void)state;
    signs(0);
    kill_it();
    assert_int_equal(kunci_modules_scan(faulty_hsm->modules, fresh()), KUNCI_OK);
    assert_true(kunci_token_count(faulty_hsm->modules) >= 1);
    kill_it();
    assert_int_equal(kunci_token_info(apart_token(), &info, fresh()), KUNCI_OK);
    signs(1);
    kill_it();
    signs(1);
}

/* ---- several threads ---- */

static void all_sign(void)
{
    struct apart_signed done[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        done[i] = (struct apart_signed){.wanted = 4};
    apart_sign_in_threads(done, THREADS);
    for (i = 0; i < THREADS; i++)
        assert_int_equal(done[i].good, 4);
}

static void one_call_fails_among_others(void **state)
{
    struct apart_signed done[THREADS];
    int i, good = 0;

    worker_halt(apart_worker()); /* calls are counted from the start of the process */
    signs(1);
    for (i = 0; i < THREADS; i++)
        done[i] = (struct apart_signed){.wanted = 6};
    faulty_plan("slow 20 C_Sign\n%s C_Sign 14\n", (const char *)*state);
    apart_sign_in_threads(done, THREADS);
    faulty_plan("clear\n");
    for (i = 0; i < THREADS; i++) {
        good += done[i].good;
        if (done[i].good < done[i].wanted && done[i].err.rc != KUNCI_MODULE_DIED &&
            done[i].err.rc != KUNCI_MODULE_LATE)
            fail_msg("%s: %s", kunci_err_name(done[i].err.rc), done[i].err.detail);
    }
    assert_in_range(good, 6, THREADS * 6 - 1);
    all_sign();
    apart_asked();
}

/* ---- what it leaves behind ---- */

static size_t lines_said;

static void count_lines(void *context, const char *line)
{
    (void)context;
    if (strncmp(line, "module.said", 11) == 0 && strstr(line, "....."))
        __atomic_fetch_add(&lines_said, 1, __ATOMIC_RELAXED);
}

static void never_stops_talking(void **state)
{
    double began = measure_wall();

    (void)state;
    lines_said = 0;
    kunci_log_to(count_lines, NULL);
    faulty_plan("chatter 4194304 C_Sign\n");
    signs(0);
    signs(0);
    faulty_plan("clear\n");
    signs(0);
    kunci_log_to(NULL, NULL);
    assert_true(lines_said > 0);
    assert_true(measure_wall() - began < FOR_EVER_MS);
}

static void threads_stay_in_it(void **state)
{
    pid_t pid = apart_pid();

    (void)state;
    faulty_plan("threads 20 C_Sign\n");
    signs(0);
    faulty_plan("clear\n");
    all_sign();
    assert_int_equal(apart_pid(), pid);
    signs(0);
}

/* ---- fork ---- */

static void child_and_parent_sign(void **state)
{
    pid_t before = apart_pid(), child;
    int status;

    (void)state;
    signs(0);
    if ((child = fork()) == 0)
        _exit(apart_sign(&err) != KUNCI_OK || apart_asked() != 1 || apart_pid() == before ||
              apart_pid() == 0);
    assert_true(child > 0);
    signs(0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(apart_pid(), before);
    signs(0);
}

/* Reads from a child that signs for ever, or hangs, which process its module has. */
static pid_t start_child(bool hangs, pid_t *worker)
{
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    if ((child = fork()) == 0) {
        apart_worker()->deadline_ms = 600000;
        if (apart_sign(&err) != KUNCI_OK)
            _exit(1);
        if (hangs)
            faulty_plan("hang C_Sign\n");
        *worker = apart_pid();
        if (write(ends[1], worker, sizeof *worker) != sizeof *worker)
            _exit(1);
        while (hangs && apart_sign(&err) == KUNCI_OK)
            ;
        pause();
        _exit(1);
    }
    assert_true(child > 0);
    assert_int_equal(read(ends[0], worker, sizeof *worker), sizeof *worker);
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void it_ends_with_its_parent(void **state)
{
    bool hangs = *state != NULL;
    pid_t worker, child = start_child(hangs, &worker);
    unsigned tries = 1000;
    int status;

    while (hangs && !faulty_logged("C_Sign hang") && --tries)
        usleep(10000);
    assert_true(tries > 0);
    assert_false(apart_is_over(worker));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(apart_ends_within(worker, 10));
    faulty_plan("clear\n");
    signs(0);
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    apart_up((struct kunci_module_setting){.deadline_s = DEADLINE_MS / 1000});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    apart_down();
    return 0;
}

/* Each test begins with an empty log and a token that is open. */
static int before_each(void **state)
{
    (void)state;
    faulty_plan("clear\n");
    faulty_file("log", "");
    if (apart_sign(&err) != KUNCI_OK)
        return 1;
    apart_asked();
    return 0;
}

#define CASE(words, function, given)                                                               \
    {                                                                                              \
        words, function, before_each, NULL, (void *)(uintptr_t)(given)                             \
    }
#define PLAIN(function) CASE(#function, function, NULL)
#define TROUBLE(i)      CASE(troubles[i].name, one_call_fails, &troubles[i])

int main(void)
{
    const struct CMUnitTest tests[] = {
        TROUBLE(0),
        TROUBLE(1),
        TROUBLE(2),
        TROUBLE(3),
        TROUBLE(4),
        TROUBLE(5),
        PLAIN(the_next_scan_works),
        PLAIN(it_goes_on_failing),
        PLAIN(any_call_crashes),
        PLAIN(whether_a_key_was_made_is_not_known),
        PLAIN(killed_while_it_rests),
        CASE("one crashes among others", one_call_fails_among_others, "crash"),
        CASE("one hangs among others", one_call_fails_among_others, "hang"),
        PLAIN(never_stops_talking),
        PLAIN(threads_stay_in_it),
        PLAIN(child_and_parent_sign),
        PLAIN(it_ends_with_its_parent),
        CASE("it ends with its parent though it hangs", it_ends_with_its_parent, "hangs"),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
