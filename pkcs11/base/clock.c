#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static int64_t system_now(void *context)
{
    (void)context;
    return (int64_t)time(NULL);
}

static int64_t system_steady_ms(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void system_sleep_ms(void *context, int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)context;
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

const struct clock clock_system = {system_now, system_steady_ms, system_sleep_ms, NULL};
