/* What is tried without memory. */
#ifndef OOM_SCENARIO_H
#define OOM_SCENARIO_H

#include <kunci/error.h>

struct scenario {
    const char *name;
    /* Runs again and again, from scratch, and ends with nothing left. */
    enum kunci_rc (*run)(struct kunci_err *err);
};

extern const struct scenario scenarios[]; /* ends with a NULL name */

#endif
