/* Whoever guesses waits: after a few failures each further one doubles the time until the
 * next try is looked at. Kept by name ("account budi", "address 192.0.2.1"), in a table of
 * fixed size, so that many names cannot fill the memory. For many threads. */
#ifndef AMS_THROTTLE_H
#define AMS_THROTTLE_H

#include "base/clock.h"

#include <kunci/error.h>

enum {
    THROTTLE_MAX_S = 60, /* the longest wait: nobody locks another out for good */
    THROTTLE_FORGET_S = 15 * 60,
    THROTTLE_NAMES = 4096
};

struct throttle;

KUNCI_MUST_USE enum kunci_rc throttle_new(const struct clock *clock, struct throttle **out,
                                          struct kunci_err *err);
void throttle_free(struct throttle **throttle);

/* How many seconds the name has to wait; 0: it may try. */
int64_t throttle_wait(struct throttle *throttle, const char *kind, const char *name);
/* A try has failed: so many are free. */
void throttle_failed(struct throttle *throttle, const char *kind, const char *name, unsigned free);
/* It has gone well, and nothing is held against the name any more. */
void throttle_went_well(struct throttle *throttle, const char *kind, const char *name);

#endif
