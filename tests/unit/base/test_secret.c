#include "base/secret.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Instead of the C library's: sees what is given back before it is gone. */
static const unsigned char *watched;
static bool was_clean;

int munmap(void *pages, size_t len)
{
    const unsigned char *bytes = pages;
    size_t i;

    if (watched && watched >= bytes && watched < bytes + len) {
        was_clean = true;
        for (i = 0; i < len; i++)
            was_clean &= bytes[i] == 0;
        watched = NULL;
    }
    return (int)syscall(SYS_munmap, pages, len);
}

/* The sanitizers' mlock() does nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SKIP_WITHOUT_MLOCK() skip()
#else
#define SKIP_WITHOUT_MLOCK() (void)0
#endif

static struct kunci_secret *secret_of(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *secret = NULL;
    char bytes[64];

    snprintf(bytes, sizeof bytes, "%s", text);
    assert_int_equal(kunci_secret_take(bytes, strlen(text), &secret, &err), KUNCI_OK);
    return secret;
}

static void taking_wipes_what_was_given(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char bytes[] = "48151623", none[sizeof bytes] = {0};
    struct kunci_secret *secret;

    (void)state;
    assert_int_equal(kunci_secret_take(bytes, sizeof bytes - 1, &secret, &err), KUNCI_OK);
    assert_memory_equal(bytes, none, sizeof bytes);
    assert_int_equal(kunci_secret_len(secret), 8);
    assert_memory_equal(secret_view(secret), "48151623", 8);
    kunci_secret_free(&secret);
    assert_null(secret);
    kunci_secret_free(&secret);
}

static void too_long_is_refused_and_wiped(void **state)
{
    static char bytes[KUNCI_SECRET_MAX + 1];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *secret;
    size_t i;

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    assert_int_not_equal(kunci_secret_take(bytes, sizeof bytes, &secret, &err), KUNCI_OK);
    assert_null(secret);
    for (i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0);
}

/* The flags of the mapping that holds address, " rd wr ... lo dd ". */
static void flags_of(const void *address, char *flags, size_t size)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false;

    assert_non_null(maps);
    flags[0] = '\0';
    while (fgets(line, sizeof line, maps)) {
        uintptr_t from, to;

        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, size, "%.*s", (int)size - 1, line + 8);
    }
    fclose(maps);
}

static long locked_kilobytes(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    long locked = -1;

    assert_non_null(status);
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "VmLck:", 6) == 0)
            locked = strtol(line + 6, NULL, 10);
    fclose(status);
    return locked;
}

static void its_pages_are_in_no_dump(void **state)
{
    struct kunci_secret *secret = secret_of("48151623");
    char flags[256];

    (void)state;
    flags_of(secret_view(secret), flags, sizeof flags);
    assert_non_null(strstr(flags, " dd "));
    kunci_secret_free(&secret);
}

static void its_pages_are_locked(void **state)
{
    long before = locked_kilobytes();
    struct kunci_secret *secret;
    char flags[256];

    (void)state;
    SKIP_WITHOUT_MLOCK();
    secret = secret_of("48151623");
    assert_true(locked_kilobytes() > before);
    flags_of(secret_view(secret), flags, sizeof flags);
    assert_non_null(strstr(flags, " lo "));
    kunci_secret_free(&secret);
    assert_int_equal(locked_kilobytes(), before);
}

static void it_is_wiped_before_it_is_given_back(void **state)
{
    struct kunci_secret *secret = secret_of("48151623");

    (void)state;
    watched = secret_view(secret);
    kunci_secret_free(&secret);
    assert_null(watched);
    assert_true(was_clean);
}

/* In a child that may lock nothing. */
static void without_locked_memory_there_is_no_secret(void **state)
{
    const struct rlimit none = {0, 0};
    pid_t child;
    int status;

    (void)state;
    SKIP_WITHOUT_MLOCK();
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_secret *secret;

        if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
            _exit(100);
        _exit(secret_new(&secret, &err) == KUNCI_SECRET_MEMORY && !secret ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void the_first_line_of_a_file_is_read(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        const char *want; /* NULL: refused */
        const char *rest;
    } cases[] = {
        {"4815\n", 5, "4815", ""},   {"4815", 4, "4815", ""},
        {"4815\r\n", 6, "4815", ""}, {"4815\n1623\n", 10, "4815", "1623\n"},
        {" 4 8 \n", 6, " 4 8 ", ""}, {"48\r15\n", 6, "48\r15", ""},
        {"", 0, NULL, ""},           {"\n4815\n", 6, NULL, "4815\n"},
        {"\r\n", 2, NULL, ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_secret *secret;
        char rest[32] = "";
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], cases[i].in, cases[i].len), cases[i].len);
        close(ends[1]);
        assert_int_equal(kunci_secret_from_fd(ends[0], &secret, &err),
                         cases[i].want ? KUNCI_OK : KUNCI_PIN_SOURCE);
        if (secret) {
            assert_int_equal(kunci_secret_len(secret), strlen(cases[i].want));
            assert_memory_equal(secret_view(secret), cases[i].want, strlen(cases[i].want));
        }
        assert_int_equal(read(ends[0], rest, sizeof rest - 1), strlen(cases[i].rest));
        assert_string_equal(rest, cases[i].rest);
        close(ends[0]);
        kunci_secret_free(&secret);
    }
}

static void the_longest_line_is_read_and_none_longer(void **state)
{
    char path[] = "/tmp/kunci-test-XXXXXX", bytes[KUNCI_SECRET_MAX];
    int fd = mkstemp(path);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *secret;

    (void)state;
    assert_true(fd >= 0);
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(kunci_secret_from_file(path, &secret, &err), KUNCI_OK);
    assert_int_equal(kunci_secret_len(secret), KUNCI_SECRET_MAX);
    kunci_secret_free(&secret);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(kunci_secret_from_file(path, &secret, &err), KUNCI_PIN_SOURCE);
    assert_string_equal(err.about, path);
    assert_null(secret);
    close(fd);
    unlink(path);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *secret;

    (void)state;
    assert_int_equal(kunci_secret_from_file("/nowhere/pin", &secret, &err), KUNCI_PIN_SOURCE);
    assert_null(secret);
}

static void equal_is_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool want;
    } cases[] = {
        {"4815", "4815", true}, {"4815", "4816", false}, {"4815", "48151", false}, {"", "", true}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_secret *a = secret_of(cases[i].a), *b = secret_of(cases[i].b);

        assert_int_equal(!!kunci_secret_equal(a, b), cases[i].want);
        kunci_secret_free(&a);
        kunci_secret_free(&b);
    }
}

static void random_ones_differ(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *a, *b;

    (void)state;
    assert_int_equal(secret_random(32, &a, &err), KUNCI_OK);
    assert_int_equal(secret_random(32, &b, &err), KUNCI_OK);
    assert_int_equal(kunci_secret_len(a), 32);
    assert_false(kunci_secret_equal(a, b));
    kunci_secret_free(&a);
    kunci_secret_free(&b);
}

static void *come_and_go(void *unused)
{
    int i;

    for (i = 0; i < 200; i++) {
        struct kunci_secret *secret = secret_of("48151623");
        char line[] = "PIN 48151623";

        secret_mask(line);
        assert_string_equal(line, "PIN ********");
        kunci_secret_free(&secret);
    }
    return unused;
}

static void many_threads_have_secrets(void **state)
{
    pthread_t threads[4];
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, NULL), 0);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taking_wipes_what_was_given),
        cmocka_unit_test(too_long_is_refused_and_wiped),
        cmocka_unit_test(its_pages_are_in_no_dump),
        cmocka_unit_test(its_pages_are_locked),
        cmocka_unit_test(it_is_wiped_before_it_is_given_back),
        cmocka_unit_test(without_locked_memory_there_is_no_secret),
        cmocka_unit_test(the_first_line_of_a_file_is_read),
        cmocka_unit_test(the_longest_line_is_read_and_none_longer),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
        cmocka_unit_test(equal_is_equal),
        cmocka_unit_test(random_ones_differ),
        cmocka_unit_test(many_threads_have_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
