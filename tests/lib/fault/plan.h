/* What is to fail: the commands of a fault file, read from bytes. Knows no files. */
#ifndef LIB_FAULT_PLAN_H
#define LIB_FAULT_PLAN_H

#include "lib/fault/calls.h"

enum { PLAN_FAULTS = 64, PLAN_PATH = 256 };

enum fault_kind {
    FAULT_CLEAR,
    FAULT_REMOVED,
    FAULT_INSERTED,
    FAULT_REMOVED_DURING,
    FAULT_LOCKED,
    FAULT_SO_LOCKED,
    FAULT_FINAL_TRY,
    FAULT_COUNT_LOW,
    FAULT_LOCK_AFTER, /* amount: wrong PINs */
    FAULT_PINPAD,
    FAULT_WRITE_PROTECTED,
    FAULT_SLOW, /* amount: milliseconds */
    FAULT_HANG,
    FAULT_CRASH,
    FAULT_ABORT,
    FAULT_EXIT,
    FAULT_SESSIONS,     /* amount: how many there may be */
    FAULT_NO_MECHANISM, /* amount: the mechanism */
    FAULT_NO_ED25519,
    FAULT_WRONG_LENGTH,
    FAULT_ERROR,       /* amount: the answer */
    FAULT_ERROR_AFTER, /* amount: the answer */
    FAULT_CHATTER,     /* amount: bytes */
    FAULT_THREADS,     /* amount: threads */
};

struct fault {
    enum fault_kind kind;
    enum call_id call;
    unsigned long nth; /* 0: each call */
    unsigned long amount;
};

struct plan {
    struct fault faults[PLAN_FAULTS];
    unsigned count;
    bool out;               /* the token is pulled */
    char pinpad[PLAN_PATH]; /* the file of the PINs, or "" */
    char tries[PLAN_PATH];  /* the file that counts wrong PINs, or "" */
};

/* Where a line is wrong. */
typedef void plan_complain(void *context, unsigned line, const char *why);

/* One line without its end, added to the plan. Answers NULL, or what is wrong with it;
 * the plan is as it was then. Empty lines and comments add nothing. */
const char *plan_add(struct plan *plan, const char *line, size_t length);

/* All lines, added to the plan but for the bad ones, which are told. Answers how many
 * those are. */
unsigned plan_read(struct plan *plan, const void *bytes, size_t size, plan_complain *complain,
                   void *context);

/* The first fault of this kind that the nth call of this function meets, or NULL. */
const struct fault *plan_meets(const struct plan *plan, enum fault_kind kind, enum call_id call,
                               unsigned long nth);

/* For a kind that has no function: the last one, or NULL. */
const struct fault *plan_holds(const struct plan *plan, enum fault_kind kind);

bool fault_meets(const struct fault *fault, enum call_id call, unsigned long nth);

/* Whether a mechanism is hidden. */
bool plan_hides(const struct plan *plan, unsigned long mechanism);

#endif
