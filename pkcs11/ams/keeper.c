#include "ams/keeper.h"

#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <time.h>

/* Until the next tick, or until it is over. */
static bool wait_for_tick(struct keeper *keeper)
{
    struct timespec until;
    bool over;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += KEEPER_TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&keeper->lock);
    if (!keeper->over)
        pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    over = keeper->over;
    pthread_mutex_unlock(&keeper->lock);
    return !over;
}

static void tick(struct keeper *keeper)
{
    keeper->now = clock_system.now(clock_system.context);
    keeper->steady_ms = clock_system.steady_ms(clock_system.context);
    duty_clock(keeper);
    duty_certificate(keeper);
    duty_lists(keeper);
    if (keeper->steady_ms < keeper->slow_at_ms)
        return;
    keeper->slow_at_ms = keeper->steady_ms + 1000;
    duty_token(keeper);
    duty_requests(keeper);
    duty_expiry(keeper);
    duty_answers(keeper);
    duty_seal(keeper, false);
    duty_store(keeper);
}

static void *keep(void *context)
{
    struct keeper *keeper = context;

    do
        tick(keeper);
    while (wait_for_tick(keeper));
    duty_seal(keeper, true);
    return NULL;
}

/* Its waits must not be shortened or stretched where somebody moves the calendar. */
static void init_wake(struct keeper *keeper)
{
    pthread_condattr_t steady;

    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->wake, &steady);
    pthread_condattr_destroy(&steady);
    pthread_mutex_init(&keeper->lock, NULL);
}

enum kunci_rc keeper_start(struct serve *serve, struct kunci_err *err)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    enum kunci_rc rc;
    int errnum;

    serve->keeper = keeper;
    if (!keeper)
        return err_no_memory(err);
    init_wake(keeper);
    keeper->serve = serve;
    if ((rc = store_open(serve->settings->store, STORE_READ, &keeper->store, err)) != KUNCI_OK)
        return rc;
    keeper->now = clock_system.now(clock_system.context);
    if ((rc = keeper_certify(serve, err)) != KUNCI_OK)
        return rc;
    errnum = pthread_create(&keeper->thread, NULL, keep, keeper);
    if (errnum != 0)
        return err_system(err, KUNCI_PROC_FAILED, "kuncid", errnum);
    keeper->runs = true;
    return KUNCI_OK;
}

void keeper_stop(struct serve *serve)
{
    struct keeper *keeper = serve->keeper;

    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->over = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    if (keeper->runs)
        pthread_join(keeper->thread, NULL);
    store_close(&keeper->store);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
    serve->keeper = NULL;
}
