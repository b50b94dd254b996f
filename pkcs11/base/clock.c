#include "base/clock.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <kunci/clock.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/* A sign, the seconds with their leading zeros, a line's end. */
enum { AHEAD_DIGITS = 10, AHEAD_BYTES = 1 + AHEAD_DIGITS + 1 };

/* The lab's file, -1: none; and what it said when it was last sound. */
static atomic_int followed = -1;
static _Atomic int64_t ahead;

static bool read_ahead(int fd, int64_t *out)
{
    char line[AHEAD_BYTES + 1];
    ssize_t got = pread(fd, line, sizeof line, 0);
    int64_t seconds = 0;
    size_t i;

    if (got != AHEAD_BYTES || (line[0] != '+' && line[0] != '-') || line[AHEAD_BYTES - 1] != '\n')
        return false;
    for (i = 1; i <= AHEAD_DIGITS; i++) {
        if (line[i] < '0' || line[i] > '9')
            return false;
        seconds = seconds * 10 + (line[i] - '0');
    }
    *out = line[0] == '-' ? -seconds : seconds;
    return true;
}

static int64_t system_now(void *context)
{
    int fd = atomic_load_explicit(&followed, memory_order_relaxed);
    int64_t seconds;

    (void)context;
    if (fd >= 0 && read_ahead(fd, &seconds))
        atomic_store_explicit(&ahead, seconds, memory_order_relaxed);
    return (int64_t)time(NULL) + atomic_load_explicit(&ahead, memory_order_relaxed);
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

int64_t kunci_now(void)
{
    return clock_system.now(clock_system.context);
}

enum kunci_rc kunci_clock_follow(const char *path, struct kunci_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int64_t seconds;

    if (fd < 0)
        return err_system(err, KUNCI_FILE_READ, path, errno);
    if (!read_ahead(fd, &seconds)) {
        close(fd);
        return err_set(err, KUNCI_FILE_READ, path,
                       _("a lab's clock is one line such as +0029376000"));
    }
    atomic_store(&ahead, seconds);
    fd = atomic_exchange(&followed, fd);
    if (fd >= 0)
        close(fd);
    return KUNCI_OK;
}
