#include "lib/fault/act.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void slow(unsigned long ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static void __attribute__((noreturn)) hang(void)
{
    while (true)
        pause();
}

/* A real one: sanitizers and those who catch the signal see where it was. */
static void __attribute__((no_sanitize("undefined"))) crash(void)
{
    volatile int *volatile nowhere = NULL;

    *nowhere = 0;
}

static void chatter(unsigned long bytes)
{
    char line[80];
    size_t part;

    memset(line, '.', sizeof line);
    line[sizeof line - 1] = '\n';
    for (; bytes > 0; bytes -= part) {
        part = bytes < sizeof line ? bytes : sizeof line;
        if (write(STDERR_FILENO, line + sizeof line - part, part) < 0)
            return;
    }
}

static void *sleep_for_ever(void *context)
{
    (void)context;
    hang();
}

/* Signals are for the program's own threads. */
static void leak_threads(unsigned long count)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (count-- > 0 && pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0)
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

const char *act_last_word(const struct fault *fault)
{
    switch (fault->kind) {
    case FAULT_HANG:
        return "hang";
    case FAULT_CRASH:
        return "crash";
    case FAULT_ABORT:
        return "abort";
    case FAULT_EXIT:
        return "exit";
    default:
        return NULL;
    }
}

void act_do(const struct fault *fault)
{
    switch (fault->kind) {
    case FAULT_SLOW:
        slow(fault->amount);
        break;
    case FAULT_HANG:
        hang();
    case FAULT_CRASH:
        crash();
        break;
    case FAULT_ABORT:
        abort();
    case FAULT_EXIT:
        _exit(0);
    case FAULT_CHATTER:
        chatter(fault->amount);
        break;
    case FAULT_THREADS:
        leak_threads(fault->amount);
        break;
    default:
        break;
    }
}
