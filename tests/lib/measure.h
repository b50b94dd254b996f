/* Measuring one thing against another in the same run: medians, ratios, limits. */
#ifndef LIB_MEASURE_H
#define LIB_MEASURE_H

#include <stddef.h>

/* Milliseconds that never jump, and milliseconds of this process's CPU. */
double measure_wall(void);
double measure_cpu(void);

/* Milliseconds until the command ended well; one that fails ends the program. */
double measure_command(const char *const *argv);

enum { MEASURE_MAX = 1000 };

/* Samples of two things that are done in turn. */
struct measure {
    double ours[MEASURE_MAX], theirs[MEASURE_MAX];
    size_t count;
};
void measure_add(struct measure *measure, double ours, double theirs);

/* Prints both medians and their ratio beside its limit; answers whether it keeps to
 * it. measure_at_least() is for speeds, the other for times. */
int measure_at_most(const char *name, struct measure *measure, double limit);
int measure_at_least(const char *name, struct measure *measure, double limit);

/* The same of their difference, for what costs so much once. */
int measure_at_most_more(const char *name, struct measure *measure, double limit);

#endif
