/* What time it is: the system's, or a lab's, which is ahead of it. */
#ifndef KUNCI_CLOCK_H
#define KUNCI_CLOCK_H

#include <kunci/error.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds since 1970. Every decision of the library that depends on the time asks this
 * clock. */
int64_t kunci_now(void);

/* From now on the clock is ahead of the system's by the seconds that the file says in its
 * one line of fixed width, "+0029376000"; written anew in place, it is followed at once.
 * Called before there are threads. */
KUNCI_MUST_USE enum kunci_rc kunci_clock_follow(const char *path, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
