#include "base/clock.h"

#include <fcntl.h>
#include <kunci/clock.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void it_tells_the_time(void **state)
{
    int64_t before = (int64_t)time(NULL), now = clock_system.now(NULL);

    (void)state;
    assert_in_range(now, before, before + 2);
}

static void sleeping_takes_its_time(void **state)
{
    int64_t start = clock_system.steady_ms(NULL);

    (void)state;
    clock_system.sleep_ms(NULL, 30);
    assert_true(clock_system.steady_ms(NULL) - start >= 29);
}

static void do_nothing(int number)
{
    (void)number;
}

static void *interrupt(void *thread)
{
    int i;

    for (i = 0; i < 5; i++) {
        usleep(5000);
        pthread_kill(*(pthread_t *)thread, SIGUSR1);
    }
    return NULL;
}

static void a_signal_does_not_shorten_it(void **state)
{
    const struct sigaction action = {.sa_handler = do_nothing};
    int64_t start = clock_system.steady_ms(NULL);
    pthread_t self = pthread_self(), other;

    (void)state;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pthread_create(&other, NULL, interrupt, &self), 0);
    clock_system.sleep_ms(NULL, 60);
    assert_true(clock_system.steady_ms(NULL) - start >= 59);
    pthread_join(other, NULL);
}

/* A file with these bytes, gone when the test ends. */
static int clock_file(char path[], const char *line)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, line, strlen(line)), strlen(line));
    return fd;
}

static void assert_ahead(int64_t seconds)
{
    int64_t before = (int64_t)time(NULL) + seconds, now = kunci_now();

    assert_true(now >= before && now <= before + 2);
    assert_true(clock_system.now(NULL) - now <= 1);
}

/* A clock that was followed goes on by what it said last; tests after this one see that. */
static void a_lab_moves_it(void **state)
{
    char path[] = "/tmp/kunci-clock-XXXXXX";
    struct kunci_err err = KUNCI_ERR_INIT;
    int fd = clock_file(path, "+0029376000\n");

    (void)state;
    assert_int_equal(kunci_clock_follow(path, &err), KUNCI_OK);
    assert_ahead(29376000);
    assert_int_equal(pwrite(fd, "-0000086400\n", 12, 0), 12);
    assert_ahead(-86400);
    assert_int_equal(pwrite(fd, "?", 1, 0), 1); /* damaged: as it was */
    assert_ahead(-86400);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_ahead(-86400);
    assert_int_equal(pwrite(fd, "+0000000000\n", 12, 0), 12);
    assert_ahead(0);
    close(fd);
    unlink(path);
    assert_ahead(0);
}

static void a_damaged_file_is_not_followed(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        "+0029376000",
        "+002937600\n",
        "+00293760000\n",
        "0029376000",
        "*0029376000\n",
        "+0029376000\n\n",
        "+00293760 0\n",
        "+0x29376000\n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof *lines; i++) {
        char path[] = "/tmp/kunci-clock-XXXXXX";
        struct kunci_err err = KUNCI_ERR_INIT;

        close(clock_file(path, lines[i]));
        assert_int_equal(kunci_clock_follow(path, &err), KUNCI_FILE_READ);
        unlink(path);
        err = (struct kunci_err)KUNCI_ERR_INIT;
        assert_int_equal(kunci_clock_follow(path, &err), KUNCI_FILE_READ);
        assert_ahead(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_the_time),
        cmocka_unit_test(sleeping_takes_its_time),
        cmocka_unit_test(a_signal_does_not_shorten_it),
        cmocka_unit_test(a_lab_moves_it),
        cmocka_unit_test(a_damaged_file_is_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
