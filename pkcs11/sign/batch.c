/* Many files, by several threads: each takes the next one until there is none. */
#include "base/error.h"
#include "sign/signing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { JOBS_MAX = 256 };

struct run {
    struct kunci_signing *signing;
    const struct kunci_sign_batch *batch;
    pthread_mutex_t lock; /* around what follows */
    size_t next;
    bool over; /* what failed once would fail again */
    struct kunci_sign_counts counts;
    struct kunci_err trouble; /* that kept a thread from working at all */
};

/* Asked again for each of a thousand files, a person would lock the token. */
static bool ends_all(enum kunci_rc rc)
{
    return (rc >= KUNCI_PIN_INCORRECT && rc <= KUNCI_TOKEN_TOOL) || rc == KUNCI_INTERRUPTED ||
           rc == KUNCI_DECLINED || rc == KUNCI_KEY_MISMATCH || rc == KUNCI_TOKEN_REMOVED ||
           rc == KUNCI_NO_MEMORY;
}

static bool take(struct run *run, size_t *item)
{
    const struct kunci_sign_batch *batch = run->batch;
    bool is;

    pthread_mutex_lock(&run->lock);
    is = !run->over && run->next < batch->count && !(batch->stop && *batch->stop);
    if (is)
        *item = run->next++;
    pthread_mutex_unlock(&run->lock);
    return is;
}

static void tell(struct run *run, size_t item, enum kunci_signed how, const struct kunci_err *err)
{
    pthread_mutex_lock(&run->lock);
    run->counts.signed_now += how == KUNCI_SIGNED;
    run->counts.signed_before += how == KUNCI_SIGNED_BEFORE;
    run->counts.failed += how == KUNCI_NOT_SIGNED;
    run->over |= ends_all(err->rc);
    if (run->batch->done)
        run->batch->done(run->batch->context, item, how, err);
    pthread_mutex_unlock(&run->lock);
}

static void *work(void *context)
{
    struct run *run = context;
    struct kunci_err none = KUNCI_ERR_INIT;
    struct workspace *space = workspace_new(&none);
    size_t item;

    while (space && take(run, &item)) {
        struct task task = {
            .signing = run->signing, .item = &run->batch->items[item], .work = space};
        struct kunci_err err = KUNCI_ERR_INIT;
        enum kunci_signed how;

        (void)!task_run(&task, &how, &err);
        tell(run, item, how, &err);
    }
    if (!space) {
        pthread_mutex_lock(&run->lock);
        run->trouble = none;
        pthread_mutex_unlock(&run->lock);
    }
    workspace_free(&space);
    return NULL;
}

static void run_threads(struct run *run, unsigned jobs)
{
    pthread_t threads[JOBS_MAX];
    unsigned i, started = 0;

    for (i = 1; i < jobs; i++)
        if (pthread_create(&threads[started], NULL, work, run) == 0)
            started++;
    work(run);
    for (i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static unsigned jobs_of(const struct kunci_sign_batch *batch)
{
    long jobs = batch->jobs ? (long)batch->jobs : sysconf(_SC_NPROCESSORS_ONLN);

    if ((size_t)jobs > batch->count)
        jobs = (long)batch->count;
    return jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : (unsigned)jobs;
}

enum kunci_rc kunci_sign_all(struct kunci_signing *signing, const struct kunci_sign_batch *batch,
                             struct kunci_sign_counts *counts, struct kunci_err *err)
{
    struct run run = {.signing = signing,
                      .batch = batch,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .trouble = KUNCI_ERR_INIT};
    char about[32];
    size_t missing;

    run_threads(&run, jobs_of(batch));
    *counts = run.counts;
    missing = batch->count - counts->signed_now - counts->signed_before;
    counts->left = missing - counts->failed;
    if (!missing)
        return KUNCI_OK;
    if (run.trouble.rc != KUNCI_OK && counts->left == batch->count) {
        *err = run.trouble;
        return err->rc;
    }
    snprintf(about, sizeof about, "%zu", missing);
    return err_setf(err, KUNCI_SIGN_INCOMPLETE, about, "%zu", batch->count);
}
