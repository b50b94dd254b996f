#include "ams/workers.h"

#include "base/error.h"
#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* So many changes share one commit, and its wait for the disk, at most. */
enum { BATCH = 32 };
enum { WRITE_QUEUE = 256, READ_QUEUE = 256, PASSWORD_QUEUE = 16, READERS = 2 };
enum { THREADS = 1 + READERS + 1 };

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job *first, **last;
    size_t count, most;
    bool over;
};

struct thread {
    pthread_t id;
    struct workers *workers;
    struct queue *queue;
    struct store *store;
    enum work work;
    bool runs;
};

struct workers {
    struct queue queues[WORKS];
    struct thread threads[THREADS];
    pthread_mutex_t lock; /* of the following */
    struct kunci_err trouble;
};

/* ---- queues ---- */

static void queue_begin(struct queue *queue, size_t most)
{
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    queue->last = &queue->first;
    queue->most = most;
}

static bool queue_put(struct queue *queue, struct job *job)
{
    bool fits;

    job->next = NULL;
    pthread_mutex_lock(&queue->lock);
    fits = !queue->over && queue->count < queue->most;
    if (fits) {
        *queue->last = job;
        queue->last = &job->next;
        queue->count++;
        pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    return fits;
}

/* Waits for the next job, and takes at most so many that are there; NULL: it is over. */
static struct job *queue_take(struct queue *queue, size_t most)
{
    struct job *taken, **end;

    pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->over)
        pthread_cond_wait(&queue->filled, &queue->lock);
    taken = queue->first;
    for (end = &taken; *end && most; end = &(*end)->next, most--)
        queue->count--;
    queue->first = *end;
    if (!queue->first)
        queue->last = &queue->first;
    *end = NULL;
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

static void queue_end(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->over = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

/* ---- those that read ---- */

static void *read_on(void *context)
{
    struct thread *thread = context;
    struct job *job;

    while ((job = queue_take(thread->queue, 1))) {
        struct kunci_err err = KUNCI_ERR_INIT;

        if (job->run && job->run(job, thread->store, &err) == KUNCI_OK)
            err = (struct kunci_err)KUNCI_ERR_INIT;
        job->done(job, thread->store, &err);
    }
    return NULL;
}

/* ---- the one that writes ---- */

static void note(struct workers *workers, const struct kunci_err *err)
{
    bool was_fine;

    pthread_mutex_lock(&workers->lock);
    was_fine = workers->trouble.rc == KUNCI_OK;
    workers->trouble = *err;
    pthread_mutex_unlock(&workers->lock);
    if (was_fine && err->rc != KUNCI_OK)
        log_event("store.failed", "error", kunci_err_name(err->rc), "detail", err->detail, NULL);
}

bool workers_store_ok(struct workers *workers, struct kunci_err *why)
{
    pthread_mutex_lock(&workers->lock);
    *why = workers->trouble;
    pthread_mutex_unlock(&workers->lock);
    return why->rc == KUNCI_OK;
}

/* A job by itself within the transaction of all: what it did before it failed is undone, and
 * nothing else. failure: the transaction itself can not go on. */
static void run_within(struct job *job, struct store *store, struct kunci_err *err,
                       struct kunci_err *failure)
{
    enum kunci_rc rc;

    if (failure->rc != KUNCI_OK || !job->run)
        return;
    if (store_do(store, "SAVEPOINT job", NO_VALUES, failure) != KUNCI_OK)
        return;
    rc = job->run(job, store, err);
    if (rc != KUNCI_OK)
        err_set(err, rc, NULL, NULL); /* nobody hears that it went well */
    if (rc != KUNCI_OK &&
        store_do(store, "ROLLBACK TO SAVEPOINT job", NO_VALUES, failure) != KUNCI_OK)
        return;
    if (store_do(store, "RELEASE SAVEPOINT job", NO_VALUES, failure) != KUNCI_OK)
        return;
}

/* All that wait are one transaction: each waits for the disk once, and not in turn. */
static void run_batch(struct thread *thread, struct job *first)
{
    struct kunci_err failure = KUNCI_ERR_INIT, errs[BATCH];
    struct job *job, *next;
    size_t i;

    if (store_begin(thread->store, &failure) == KUNCI_OK) {
        for (job = first, i = 0; job; job = job->next, i++) {
            errs[i] = (struct kunci_err)KUNCI_ERR_INIT;
            run_within(job, thread->store, &errs[i], &failure);
        }
        if (failure.rc != KUNCI_OK || store_commit(thread->store, &failure) != KUNCI_OK)
            store_rollback(thread->store);
    }
    note(thread->workers, &failure);
    for (job = first, i = 0; job; job = next, i++) {
        next = job->next;
        if (failure.rc != KUNCI_OK)
            errs[i] = failure;
        job->done(job, thread->store, &errs[i]);
    }
}

static void *write_on(void *context)
{
    struct thread *thread = context;
    struct job *batch;

    while ((batch = queue_take(thread->queue, BATCH)))
        run_batch(thread, batch);
    return NULL;
}

/* ---- all of them ---- */

static enum kunci_rc start_thread(struct workers *workers, size_t i, enum work work,
                                  const char *path, struct kunci_err *err)
{
    struct thread *thread = &workers->threads[i];
    enum kunci_rc rc;
    int errnum;

    thread->workers = workers;
    thread->work = work;
    thread->queue = &workers->queues[work];
    rc = store_open(path, work == WORK_WRITE ? STORE_WRITE : STORE_READ, &thread->store, err);
    if (rc != KUNCI_OK)
        return rc;
    errnum = pthread_create(&thread->id, NULL, work == WORK_WRITE ? write_on : read_on, thread);
    if (errnum != 0)
        return err_system(err, KUNCI_PROC_FAILED, "kuncid", errnum);
    thread->runs = true;
    return KUNCI_OK;
}

enum kunci_rc workers_start(const char *path, struct workers **out, struct kunci_err *err)
{
    static const enum work works[THREADS] = {WORK_WRITE, WORK_READ, WORK_READ, WORK_PASSWORD};
    static const size_t most[WORKS] = {WRITE_QUEUE, READ_QUEUE, PASSWORD_QUEUE};
    struct workers *workers = calloc(1, sizeof *workers);
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    *out = workers;
    if (!workers)
        return err_no_memory(err);
    pthread_mutex_init(&workers->lock, NULL);
    for (i = 0; i < WORKS; i++)
        queue_begin(&workers->queues[i], most[i]);
    for (i = 0; i < THREADS && rc == KUNCI_OK; i++)
        rc = start_thread(workers, i, works[i], path, err);
    if (rc != KUNCI_OK)
        workers_stop(out);
    return rc;
}

bool workers_give(struct workers *workers, enum work work, struct job *job)
{
    return queue_put(&workers->queues[work], job);
}

void workers_stop(struct workers **workers)
{
    size_t i;

    if (!*workers)
        return;
    for (i = 0; i < WORKS; i++)
        queue_end(&(*workers)->queues[i]);
    for (i = 0; i < THREADS; i++) {
        if ((*workers)->threads[i].runs)
            pthread_join((*workers)->threads[i].id, NULL);
        store_close(&(*workers)->threads[i].store);
    }
    for (i = 0; i < WORKS; i++) {
        pthread_mutex_destroy(&(*workers)->queues[i].lock);
        pthread_cond_destroy(&(*workers)->queues[i].filled);
    }
    pthread_mutex_destroy(&(*workers)->lock);
    free(*workers);
    *workers = NULL;
}

/* ---- waited for ---- */

struct waited {
    struct job job;
    enum kunci_rc (*run)(void *context, struct store *store, struct kunci_err *err);
    void *context;
    struct kunci_err err;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over;
};

static enum kunci_rc run_waited(struct job *job, struct store *store, struct kunci_err *err)
{
    struct waited *waited = (struct waited *)job;

    return waited->run(waited->context, store, err);
}

static void end_waited(struct job *job, struct store *store, struct kunci_err *err)
{
    struct waited *waited = (struct waited *)job;

    (void)store;
    pthread_mutex_lock(&waited->lock);
    waited->err = *err;
    waited->over = true;
    pthread_cond_signal(&waited->ended);
    pthread_mutex_unlock(&waited->lock);
}

enum kunci_rc workers_do(struct workers *workers, enum work work,
                         enum kunci_rc (*run)(void *context, struct store *store,
                                              struct kunci_err *err),
                         void *context, struct kunci_err *err)
{
    struct waited waited = {.job = {.run = run_waited, .done = end_waited},
                            .run = run,
                            .context = context,
                            .err = KUNCI_ERR_INIT,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .ended = PTHREAD_COND_INITIALIZER};

    if (!workers_give(workers, work, &waited.job))
        return err_set(err, KUNCI_TOO_MANY, NULL, "1");
    pthread_mutex_lock(&waited.lock);
    while (!waited.over)
        pthread_cond_wait(&waited.ended, &waited.lock);
    pthread_mutex_unlock(&waited.lock);
    pthread_mutex_destroy(&waited.lock);
    pthread_cond_destroy(&waited.ended);
    if (waited.err.rc != KUNCI_OK && err->rc == KUNCI_OK)
        *err = waited.err;
    return waited.err.rc;
}
