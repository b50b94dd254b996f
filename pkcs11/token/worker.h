/* A module in a process of its own, behind a function list like any other. A call
 * that is not answered in time, and one during which the process ends, answer
 * CKR_WORKER_LATE or CKR_WORKER_DIED; C_Initialize starts a new process. */
#ifndef TOKEN_WORKER_H
#define TOKEN_WORKER_H

#include "token/ck.h"

#include <stdbool.h>
#include <stdint.h>

#define CKR_WORKER_LATE (CKR_VENDOR_DEFINED | 0x6b6e6301UL)
#define CKR_WORKER_DIED (CKR_VENDOR_DEFINED | 0x6b6e6302UL)

/* The module says CKR_HOST_MEMORY: that is its own affair, and mostly means something
 * else. */
#define CKR_WORKER_MEMORY (CKR_VENDOR_DEFINED | 0x6b6e6303UL)

enum { WORKER_LIMIT = 32 }; /* modules with a process, at once in one program */

struct worker;

struct worker_settings {
    const char *initialise; /* handed to C_Initialize; NULL: nothing */
    bool serial;            /* one call at a time */
    int64_t deadline_ms;    /* of a call; 0: the usual */
};

KUNCI_MUST_USE enum kunci_rc worker_new(const char *path, const struct worker_settings *settings,
                                        struct worker **out, struct kunci_err *err);
void worker_free(struct worker *worker);

CK_FUNCTION_LIST *worker_functions(struct worker *worker);

/* Ends its process; calls that are in it come back. */
void worker_halt(struct worker *worker);

/* Whether its process runs; it may have ended without being asked. */
bool worker_runs(struct worker *worker);

/* In a child of fork: the process is the parent's. */
void worker_forked(struct worker *worker);

/* How its process ended last, or what kept the module from being loaded. */
void worker_why(struct worker *worker, char *why, size_t size);

#endif
