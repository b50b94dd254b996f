/* The fault module over SoftHSM, in a process of its own, and a key that signs. What
 * fails here ends the test program. */
#ifndef LIB_APART_H
#define LIB_APART_H

#include "lib/faulty.h"

#include <sys/types.h>

/* Makes the token and opens the module; how.module is filled in. */
void apart_up(struct kunci_module_setting how);
void apart_down(void);

struct kunci_token *apart_token(void);
struct worker *apart_worker(void);

/* Of the process that the module runs in; 0: there is none. */
pid_t apart_pid(void);

/* Whether the process is over; one that nobody has waited for is. */
bool apart_is_over(pid_t pid);
/* Waits for that so long. */
bool apart_ends_within(pid_t pid, int seconds);

/* Signs with the key. */
enum kunci_rc apart_sign(struct kunci_err *err);

/* How often the holder's PIN was asked since the last time. */
unsigned apart_asked(void);

/* As many threads as there are entries in done, side by side; each does so many
 * signatures and tells its last error and how many were good. */
struct apart_signed {
    int wanted, good;
    struct kunci_err err; /* of the last that failed */
};
void apart_sign_in_threads(struct apart_signed *done, size_t threads);

#endif
