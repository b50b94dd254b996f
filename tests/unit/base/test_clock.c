#include "base/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_the_time),
        cmocka_unit_test(sleeping_takes_its_time),
        cmocka_unit_test(a_signal_does_not_shorten_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
