#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <kunci/proc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct kunci_err err;
static struct kunci_proc_result result;

/* Whatever happened: nobody is left to be waited for. */
static int finish(void **state)
{
    (void)state;
    kunci_proc_result_clear(&result);
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static struct kunci_proc program(const char *const *argv)
{
    return (struct kunci_proc){.argv = argv, .timeout_ms = 20000, .max_output = 1 << 20};
}

static struct kunci_proc shell(const char *script)
{
    static const char *argv[] = {"sh", "-c", NULL, NULL};

    argv[2] = script;
    return program(argv);
}

/* A fresh error and a fresh result each time. */
static enum kunci_rc run(struct kunci_proc proc)
{
    kunci_proc_result_clear(&result);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return kunci_proc_run(&proc, &result, &err);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void both_outputs_come_back(void **state)
{
    (void)state;
    assert_int_equal(run(shell("printf 'a\\0b'; printf c >&2")), KUNCI_OK);
    assert_int_equal(result.exit_code, 0);
    assert_int_equal(result.out_len, 3);
    assert_memory_equal(result.out, "a\0b", 4);
    assert_string_equal(result.err, "c");
}

static void silence_is_an_empty_text(void **state)
{
    (void)state;
    assert_int_equal(run(shell(":")), KUNCI_OK);
    assert_string_equal(result.out, "");
    assert_string_equal(result.err, "");
}

static void failing_tells_why(void **state)
{
    static const struct {
        const char *script, *detail;
        int exit_code;
    } cases[] = {
        {"echo one >&2; echo 'the reason' >&2; echo >&2; exit 3", "the reason", 3},
        {"exit 4", "it ended with code 4", 4},
        {"echo ' ' >&2; exit 5", "it ended with code 5", 5},
        {"kill -TERM $$", "it ended with code 143", 128 + SIGTERM},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(run(shell(cases[i].script)), KUNCI_PROC_FAILED);
        assert_string_equal(err.about, "sh");
        assert_string_equal(err.detail, cases[i].detail);
        assert_int_equal(result.exit_code, cases[i].exit_code);
    }
}

static void what_cannot_be_run_is_an_error(void **state)
{
    static const char *const nowhere[] = {"kunci-no-such-program", NULL};
    static const char *const not_one[] = {"/etc/passwd", NULL};
    struct kunci_proc astray = shell(":");

    (void)state;
    assert_int_equal(run(program(nowhere)), KUNCI_PROC_FAILED);
    assert_string_equal(err.detail, strerror(ENOENT));
    assert_int_equal(run(program(not_one)), KUNCI_PROC_FAILED);
    assert_string_equal(err.detail, strerror(EACCES));
    astray.dir = "/nowhere";
    assert_int_equal(run(astray), KUNCI_PROC_FAILED);
    assert_string_equal(err.detail, strerror(ENOENT));
}

static void the_input_is_all_there(void **state)
{
    static const char *const cat[] = {"cat", NULL}, *const deaf[] = {"true", NULL};
    enum { LEN = 3 << 20 };
    char *input = malloc(LEN);
    struct kunci_proc proc = program(cat);
    size_t i;

    (void)state;
    assert_non_null(input);
    for (i = 0; i < LEN; i++)
        input[i] = (char)(i * 7 >> 3);
    proc.input = input;
    proc.input_len = proc.max_output = LEN;
    assert_int_equal(run(proc), KUNCI_OK);
    assert_int_equal(result.out_len, LEN);
    assert_memory_equal(result.out, input, LEN);
    proc.argv = deaf;
    assert_int_equal(run(proc), KUNCI_OK);
    free(input);
}

static void without_an_input_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(run(shell("cat; echo end")), KUNCI_OK);
    assert_string_equal(result.out, "end\n");
}

static void the_environment_is_bare(void **state)
{
    static const char *const env[] = {"GIVEN=yes", "HOME=/elsewhere", NULL};
    static const char *const argv[] = {"env", NULL};
    struct kunci_proc proc = program(argv);

    (void)state;
    setenv("KUNCI_TEST_LEAK", "yes", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("LANG");
    proc.env = env;
    assert_int_equal(run(proc), KUNCI_OK);
    assert_non_null(strstr(result.out, "PATH="));
    assert_non_null(strstr(result.out, "LC_ALL=C.UTF-8\n"));
    assert_non_null(strstr(result.out, "GIVEN=yes\nHOME=/elsewhere\n"));
    assert_null(strstr(result.out, "LANG="));
    assert_null(strstr(result.out, "KUNCI_TEST_LEAK"));
    assert_ptr_equal(strstr(result.out, "HOME="), strstr(result.out, "HOME=/elsewhere"));
}

static void no_other_file_is_open(void **state)
{
    int leak = fcntl(STDIN_FILENO, F_DUPFD, 10); /* not closed on exec: libraries are careless */

    (void)state;
    assert_true(leak > STDERR_FILENO);
    assert_int_equal(run(shell("cd /proc/$$/fd && echo *")), KUNCI_OK);
    assert_string_equal(result.out, "0 1 2 3\n"); /* 3 is the folder it reads */
    close(leak);
}

static void it_runs_where_it_should_and_with_limits(void **state)
{
    struct kunci_proc proc = shell("pwd; ulimit -c; ulimit -v");

    (void)state;
    proc.dir = "/usr";
    proc.max_memory = (size_t)512 << 20;
    assert_int_equal(run(proc), KUNCI_OK);
    assert_string_equal(result.out, "/usr\n0\n524288\n");
}

/* Signals 32 and 33: it does not let a program change them, so they come as they are
 * from whatever started the test. */
#define OF_THE_C_LIBRARY 0x180000000UL

static void signals_are_as_for_any_program(void **state)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigset_t pipe_only, old;
    unsigned long blocked, ignored;

    (void)state;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    assert_int_equal(sigaction(SIGPIPE, &ignore, &before), 0);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &pipe_only, &old), 0);
    assert_int_equal(run(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status")), KUNCI_OK);
    assert_int_equal(sscanf(result.out, "SigBlk: %lx SigIgn: %lx", &blocked, &ignored), 2);
    assert_int_equal(blocked, 0);
    assert_int_equal(ignored & ~OF_THE_C_LIBRARY, 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
    assert_int_equal(sigaction(SIGPIPE, &before, &ignore), 0);
    assert_ptr_equal(ignore.sa_handler, SIG_IGN); /* ours was left alone */
}

static void too_much_is_ended(void **state)
{
    static const char *const scripts[] = {"yes", "yes >&2"};
    struct kunci_proc exact = shell("printf 12345");
    size_t i;

    (void)state;
    exact.max_output = 5;
    assert_int_equal(run(exact), KUNCI_OK);
    assert_string_equal(result.out, "12345");
    for (i = 0; i < 2; i++) {
        struct kunci_proc proc = shell(scripts[i]);

        proc.max_output = 1000;
        assert_int_equal(run(proc), KUNCI_PROC_OUTPUT);
        assert_true(result.out_len <= 1000 && result.err_len <= 1000);
        assert_int_equal(result.exit_code, 128 + SIGKILL);
    }
}

/* Whether a process of that number still runs; killing takes its moment. */
static bool is_gone(pid_t pid)
{
    int i;

    for (i = 0; i < 500; i++) {
        char path[64], state[3] = "";
        FILE *stat;
        bool gone;

        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        stat = fopen(path, "re");
        if (!stat)
            return true;
        gone = fscanf(stat, "%*d (%*[^)]) %2s", state) == 1 && state[0] == 'Z';
        fclose(stat);
        if (gone)
            return true;
        usleep(10000);
    }
    return false;
}

static void too_late_is_ended_with_all_its_children(void **state)
{
    struct kunci_proc proc = shell("sleep 60 & echo $!; trap '' TERM; sleep 60; :");
    int64_t start = now_ms();

    (void)state;
    proc.timeout_ms = 300;
    assert_int_equal(run(proc), KUNCI_PROC_TIMEOUT);
    assert_in_range(now_ms() - start, 290, 10000);
    assert_int_equal(result.exit_code, 128 + SIGKILL);
    assert_true(atoi(result.out) > 0);
    assert_true(is_gone(atoi(result.out)));
}

static void closing_its_outputs_does_not_free_it_from_its_time(void **state)
{
    struct kunci_proc proc = shell("exec >&- 2>&-; sleep 60");

    (void)state;
    proc.timeout_ms = 300;
    assert_int_equal(run(proc), KUNCI_PROC_TIMEOUT);
}

static void what_it_leaves_behind_is_ended_and_not_waited_for(void **state)
{
    int64_t start = now_ms();

    (void)state;
    assert_int_equal(run(shell("sleep 60 & echo $!")), KUNCI_OK);
    assert_true(now_ms() - start < 10000);
    assert_true(is_gone(atoi(result.out)));
}

static void do_nothing(int number)
{
    (void)number;
}

static void *interrupt(void *thread)
{
    int i;

    for (i = 0; i < 20; i++) {
        usleep(10000);
        pthread_kill(*(pthread_t *)thread, SIGUSR1);
    }
    return NULL;
}

static void signals_do_not_disturb(void **state)
{
    const struct sigaction action = {.sa_handler = do_nothing};
    pthread_t self = pthread_self(), other;

    (void)state;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pthread_create(&other, NULL, interrupt, &self), 0);
    assert_int_equal(run(shell("sleep 0.2; echo done")), KUNCI_OK);
    assert_string_equal(result.out, "done\n");
    pthread_join(other, NULL);
}

static void *echo_many(void *number)
{
    char expected[16];
    int i;

    snprintf(expected, sizeof expected, "%zu", (size_t)(uintptr_t)number);
    for (i = 0; i < 10; i++) {
        const char *const argv[] = {"printf", "%s", expected, NULL};
        const struct kunci_proc proc = program(argv);
        struct kunci_err own = KUNCI_ERR_INIT;
        struct kunci_proc_result said;

        if (kunci_proc_run(&proc, &said, &own) != KUNCI_OK || strcmp(said.out, expected) != 0)
            return number;
        kunci_proc_result_clear(&said);
    }
    return NULL;
}

static void many_threads_run_programs(void **state)
{
    pthread_t threads[8];
    size_t i;

    (void)state;
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, echo_many, (void *)(uintptr_t)(i + 1)),
                         0);
    for (i = 0; i < 8; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* In a child of its own, which has no standard streams. */
static void it_works_without_standard_streams(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct kunci_proc proc = shell("cat; echo b >&2");

        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        proc.input = "a";
        proc.input_len = 1;
        _exit(run(proc) == KUNCI_OK && strcmp(result.out, "a") == 0 &&
                      strcmp(result.err, "b\n") == 0
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void no_file_stays_open(void **state)
{
    static const char *const scripts[] = {":", "exit 1", "yes", "sleep 60"};
    int before = open_files();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct kunci_proc proc = shell(scripts[i]);

        proc.max_output = 100;
        proc.timeout_ms = 200;
        (void)!run(proc);
    }
    assert_int_equal(open_files(), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, finish)
    const struct CMUnitTest tests[] = {
        TEST(both_outputs_come_back),
        TEST(silence_is_an_empty_text),
        TEST(failing_tells_why),
        TEST(what_cannot_be_run_is_an_error),
        TEST(the_input_is_all_there),
        TEST(without_an_input_there_is_none),
        TEST(the_environment_is_bare),
        TEST(no_other_file_is_open),
        TEST(it_runs_where_it_should_and_with_limits),
        TEST(signals_are_as_for_any_program),
        TEST(too_much_is_ended),
        TEST(too_late_is_ended_with_all_its_children),
        TEST(closing_its_outputs_does_not_free_it_from_its_time),
        TEST(what_it_leaves_behind_is_ended_and_not_waited_for),
        TEST(signals_do_not_disturb),
        TEST(many_threads_run_programs),
        TEST(it_works_without_standard_streams),
        TEST(no_file_stays_open),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
