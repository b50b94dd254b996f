/* What the benchmarks have in common: medians, and a line with a ratio. */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <stddef.h>

/* Nanoseconds that never jump; of this process's CPU. */
double compare_now(void);
double compare_cpu(void);

/* The median of count numbers, which it sorts. */
double compare_median(double *numbers, size_t count);

/* Prints "name  ours  theirs  ratio  limit" and answers whether the ratio keeps to it:
 * at most limit, or at least -limit where that is negative. */
int compare_report(const char *name, double ours, double theirs, double limit);

#endif
