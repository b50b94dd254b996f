/* Which step can come after which. */
#ifndef FLOW_GRAPH_H
#define FLOW_GRAPH_H

#include "flow/procedure.h"

#define STEP_BIT(index) (UINT64_C(1) << (index))

/* Each is a bit a step. */
struct graph {
    uint64_t next[STEPS_MAX];   /* where a step leads when it is done */
    uint64_t ways[STEPS_MAX];   /* the same, and where it leads when it rejects */
    uint64_t onward[STEPS_MAX]; /* all that next comes to, in any number of steps */
    uint64_t after[STEPS_MAX];  /* all that ways comes to */
    uint64_t reached;           /* from the first step */
    uint64_t ending;            /* an end can be come to from these */
};
/* called: bits of CALLED_NO and CALLED_YES, how the procedure may have begun. */
enum { GRAPH_BY_ITSELF = 1u << CALLED_NO, GRAPH_CALLED = 1u << CALLED_YES };
void graph_of(const struct kunci_sop *sop, uint32_t called, struct graph *out);

bool graph_is_open(const struct branch *branch, uint32_t called);

/* Whether a rejection is possible there: so it is wherever one decides about another's
 * request. */
bool graph_rejects(const struct step *step);

/* Follows the given ways to where they come in any number of steps: closed[i] is what
 * comes after i. */
void graph_close(const uint64_t ways[STEPS_MAX], unsigned count, uint64_t closed[STEPS_MAX]);

#endif
