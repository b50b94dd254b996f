/* Who does what takes time, so that no thread of HTTP does: one thread that writes to the
 * store, a few that read, and one for passwords, whose hashes take a tenth of a second
 * each. Each has a queue with an end: what does not fit is refused at once. */
#ifndef AMS_WORKERS_H
#define AMS_WORKERS_H

#include "store/store.h"

#include <stdbool.h>

enum work { WORK_WRITE, WORK_READ, WORK_PASSWORD, WORKS };

struct job {
    /* For WORK_WRITE within a transaction, which is rolled back unless it answers KUNCI_OK;
     * may be NULL. */
    enum kunci_rc (*run)(struct job *job, struct store *store, struct kunci_err *err);
    /* Then, once and in the same thread: what run() did is on the disk, or err says why it is
     * not. From here on the job is its owner's. */
    void (*done)(struct job *job, struct store *store, struct kunci_err *err);
    struct job *next; /* the queue's */
};

struct workers;

KUNCI_MUST_USE enum kunci_rc workers_start(const char *path, struct workers **out,
                                           struct kunci_err *err);

/* False: the queue is full, or at its end; done() is not called. */
KUNCI_MUST_USE bool workers_give(struct workers *workers, enum work work, struct job *job);

/* The same, and waits until it is done. Not for the workers
 * themselves. */
KUNCI_MUST_USE enum kunci_rc workers_do(struct workers *workers, enum work work,
                                        enum kunci_rc (*run)(void *context, struct store *store,
                                                             struct kunci_err *err),
                                        void *context, struct kunci_err *err);

/* How the last transaction ended: whether the store can be written to. */
bool workers_store_ok(struct workers *workers, struct kunci_err *why);

/* Nothing more is taken; what is queued is still done. */
void workers_stop(struct workers **workers);

#endif
