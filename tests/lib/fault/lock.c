#include "lib/fault/lock.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void lock_take(void)
{
    pthread_mutex_lock(&mutex);
}

void lock_give(void)
{
    pthread_mutex_unlock(&mutex);
}

void lock_wait(int ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_clockwait(&changed, &mutex, CLOCK_MONOTONIC, &until);
}

void lock_wake(void)
{
    pthread_cond_broadcast(&changed);
}

void lock_forked(void)
{
    changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    lock_give();
}
