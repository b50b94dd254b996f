/* Where a PIN must not be: this process's memory, its core, its log, and the memory of
 * the process that the module runs in, if it has one. The test itself
 * knows the PIN only in disguise, so that what it finds was left by others. */
#include "lib/softhsm.h"
#include "token/module.h"
#include "token/worker_inside.h"

#include <fcntl.h>
#include <kunci/log.h>
#include <openssl/rand.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PIN_LEN = 16, MASK = 0xa5 };

/* A sanitizer's bookkeeping maps more than any memory there is. */
#define SHADOW (1UL << 32)

static unsigned char disguised[PIN_LEN];
static char pin_file[128];
static struct softhsm *hsm;
static struct kunci_modules *modules;
static struct kunci_token *token;
static void (*while_asked)(void); /* called with the PIN alive; may be NULL */

/* The PIN itself goes to a file only, a byte at a time: not even a register of this
 * process has held it whole. */
static void disguise_a_new_pin(void)
{
    int file, i;

    snprintf(pin_file, sizeof pin_file, "%s/pin", hsm->dir);
    file = open(pin_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(RAND_bytes(disguised, PIN_LEN), 1);
    for (i = 0; i < PIN_LEN; i++) {
        unsigned char digit = '0' + disguised[i] % 10;

        assert_int_equal(write(file, &digit, 1), 1);
        disguised[i] = digit ^ MASK;
    }
    close(file);
}

static enum kunci_rc give_pin(struct kunci_secret **out, struct kunci_err *err)
{
    enum kunci_rc rc = kunci_secret_from_file(pin_file, out, err);

    if (while_asked)
        while_asked();
    return rc;
}

/* The holder's PIN in this test is the disguised one from the change on. */
static enum kunci_rc ask(void *context, const struct kunci_pin_ask *what, struct kunci_secret **out,
                         struct kunci_err *err)
{
    struct kunci_pin_source others = softhsm_pins(hsm);
    bool *changed = context;

    if (what->kind == KUNCI_PIN_NEW_USER || (what->kind == KUNCI_PIN_USER && *changed))
        return give_pin(out, err);
    return others.ask(others.context, what, out, err);
}

/* ---- looking ---- */

static size_t count_in(const unsigned char *bytes, size_t len)
{
    size_t found = 0, i, j;

    for (i = 0; i + PIN_LEN <= len; i++) {
        for (j = 0; j < PIN_LEN && (bytes[i + j] ^ MASK) == disguised[j]; j++)
            ;
        found += j == PIN_LEN;
    }
    return found;
}

static FILE *open_of(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

/* Every page that can be read, as another program would through /proc. */
static size_t count_in_process(pid_t pid)
{
    static unsigned char page[1 << 20];
    FILE *maps = open_of(pid, "maps");
    FILE *memory = open_of(pid, "mem");
    uintptr_t from, to;
    char line[4200], access[8];
    size_t found = 0, looked = 0;
    ssize_t got;

    assert_true(maps && memory);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, access) != 3 || access[0] != 'r' ||
            to - from > SHADOW)
            continue;
        while (from < to) {
            size_t size = to - from < sizeof page ? to - from : sizeof page;

            got = pread(fileno(memory), page, size, (off_t)from);
            if (got <= 0)
                break;
            looked += (size_t)got;
            found += count_in(page, (size_t)got);
            from += got > PIN_LEN && (size_t)got < to - from ? (size_t)got - PIN_LEN : (size_t)got;
        }
        memset(page, 0, sizeof page); /* what was found is in here now */
    }
    assert_true(looked > 0);
    fclose(maps);
    fclose(memory);
    return found;
}

static size_t count_in_memory(void)
{
    return count_in_process(getpid());
}

/* The thread sanitizer has mapped so much that looking takes minutes. */
#ifdef __SANITIZE_THREAD__
#define TOO_MUCH true
#else
#define TOO_MUCH false
#endif

/* The module's process cannot be traced: the superuser alone sees its memory. */
static size_t count_in_worker(void)
{
    struct worker *worker = modules->modules[0].worker;

    assert_true(worker || hsm->isolation != KUNCI_ISOLATION_PROCESS);
    if (!worker || geteuid() != 0)
        return 0;
    assert_true(worker->process.pid > 0);
    return count_in_process(worker->process.pid);
}

static size_t count_in_file(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned char *bytes = malloc(1 << 28);
    size_t len, found;

    if (!file || !bytes) {
        free(bytes);
        return SIZE_MAX;
    }
    len = fread(bytes, 1, 1 << 28, file);
    fclose(file);
    found = len > 4096 ? count_in(bytes, len) : SIZE_MAX;
    free(bytes);
    return found;
}

/* ---- the tests ---- */

static void finds_what_is_there(void **state)
{
    unsigned char pin[PIN_LEN];
    int i;

    (void)state;
    for (i = 0; i < PIN_LEN; i++)
        pin[i] = disguised[i] ^ MASK;
    assert_true(count_in_memory() > 0);
    explicit_bzero(pin, sizeof pin);
}

static void log_in(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(kunci_token_login(token, NULL, &err), KUNCI_OK);
}

static void not_in_memory(void **state)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_signer *signer = NULL;
    struct kunci_key *key = NULL;
    size_t len;

    (void)state;
    log_in();
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "tte", &key, &err), KUNCI_OK);
    assert_int_equal(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err), KUNCI_OK);
    assert_int_equal(kunci_sign_message(signer, "abc", 3, sig, &len, &err), KUNCI_OK);
    assert_int_equal(count_in_memory(), 0); /* nobody keeps it, not even while it is open */
    kunci_token_logout(token);
    assert_int_equal(count_in_memory(), 0);
    assert_int_equal(count_in_worker(), 0);
    kunci_signer_free(&signer);
    kunci_key_free(&key);
}

static void not_in_memory_after_it_was_wrong(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT, again = KUNCI_ERR_INIT;

    (void)state;
    disguise_a_new_pin();
    assert_int_equal(kunci_token_login(token, NULL, &err), KUNCI_PIN_INCORRECT);
    assert_int_equal(count_in_memory(), 0);
    assert_int_equal(count_in_worker(), 0);
    assert_int_equal(kunci_pin_reset(token, &again), KUNCI_OK);
}

static void die(void)
{
    abort();
}

/* In a child, as the core is one of a whole process. */
static void check_core(void (*before)(void))
{
    static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    char path[128];
    int status;
    pid_t child = fork();

    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (chdir(hsm->dir) != 0 || setrlimit(RLIMIT_CORE, &unlimited) != 0)
            _exit(1);
        before();
        abort();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    snprintf(path, sizeof path, "%s/core", hsm->dir);
    if (!WCOREDUMP(status) || access(path, R_OK) != 0) {
        snprintf(path, sizeof path, "%s/core.%d", hsm->dir, child);
        if (access(path, R_OK) != 0)
            skip(); /* this machine sends its cores elsewhere */
    }
    assert_int_equal(count_in_file(path), 0);
    unlink(path);
}

static void ask_and_die(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    while_asked = die;
    if (kunci_token_login(token, NULL, &err) != KUNCI_OK)
        _exit(1);
}

static void not_in_the_core(void **state)
{
    (void)state;
    check_core(log_in);
    check_core(ask_and_die);
}

static void keep_line(void *context, const char *line)
{
    fprintf(context, "%s\n", line);
}

static void not_in_the_log(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *text = NULL;
    size_t len;
    FILE *log = open_memstream(&text, &len);

    (void)state;
    assert_non_null(log);
    kunci_log_to(keep_line, log);
    log_in();
    kunci_token_logout(token);
    assert_int_equal(kunci_pin_reset(token, &err), KUNCI_OK);
    kunci_log_to(NULL, NULL);
    fclose(log);
    assert_non_null(strstr(text, "token.login"));
    assert_int_equal(count_in((unsigned char *)text, len), 0);
    free(text);
}

static int set_up(void **state)
{
    static bool changed;
    struct kunci_modules_options how = {
        .path = SOFTHSM_MODULE, .source = {.ask = ask, .context = &changed, .last_try = true}};
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    hsm = softhsm_up(1);
    how.isolation = hsm->isolation;
    disguise_a_new_pin();
    if (kunci_modules_open(&how, &modules, &err) != KUNCI_OK ||
        kunci_token_find(modules, "token-1", KUNCI_BLANK_NEVER, &token, &err) != KUNCI_OK ||
        kunci_pin_change(token, &err) != KUNCI_OK)
        return 1;
    changed = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kunci_modules_free(&modules);
    softhsm_down(&hsm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_there),
        cmocka_unit_test(not_in_memory),
        cmocka_unit_test(not_in_memory_after_it_was_wrong),
        cmocka_unit_test(not_in_the_core),
        cmocka_unit_test(not_in_the_log),
    };

    if (TOO_MUCH && getenv("KUNCI_TEST_ISOLATION")) {
        puts("1..1\nok 1 - secrecy # SKIP looking takes minutes under the thread sanitizer");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
