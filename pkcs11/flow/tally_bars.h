/* The chart of a report: a drawing of its own beside each step, all of a procedure in
 * one scale, so that a page may end between any two of them. */
#ifndef FLOW_TALLY_BARS_H
#define FLOW_TALLY_BARS_H

#include "flow/tally.h"

/* What the full width stands for, in seconds. */
int64_t bars_scale(const struct tally_procedure *procedure);
/* planned 0: none. What is longer than the scale ends in an arrow. */
void bars_add(struct buf *page, int64_t planned, const struct times *used, int64_t scale);
void bars_add_legend(struct buf *page);

#endif
