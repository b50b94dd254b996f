/* The clock as a port: what asks for the time is handed a clock, so that a
 * test or the lab can move it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*now)(void *context);       /* seconds since 1970 */
    int64_t (*steady_ms)(void *context); /* milliseconds that never jump */
    void (*sleep_ms)(void *context, int64_t ms);
    void *context;
};

extern const struct clock clock_system;

#endif
