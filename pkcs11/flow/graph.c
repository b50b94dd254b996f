#include "flow/graph.h"

#include <string.h>

bool graph_rejects(const struct step *step)
{
    return act_rules[step->act].decides;
}

/* Warshall's way: what i leads to by way of k. */
void graph_close(const uint64_t ways[STEPS_MAX], unsigned count, uint64_t closed[STEPS_MAX])
{
    unsigned i, k;

    memcpy(closed, ways, STEPS_MAX * sizeof *closed);
    for (k = 0; k < count; k++)
        for (i = 0; i < count; i++)
            if (closed[i] & STEP_BIT(k))
                closed[i] |= closed[k];
}

bool graph_is_open(const struct branch *branch, uint32_t called)
{
    return !branch->when.values[FACT_CALLED] || branch->when.values[FACT_CALLED] & called;
}

static void take_ways(const struct kunci_sop *sop, uint32_t called, unsigned index,
                      struct graph *out)
{
    const struct step *step = &sop->steps[index];
    int target = step_reject_target(sop, step);
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        if (!graph_is_open(&step->branches[i], called))
            continue;
        if (step->branches[i].target == STEP_END)
            out->ending |= STEP_BIT(index);
        else
            out->next[index] |= STEP_BIT(step->branches[i].target);
    }
    out->ways[index] = out->next[index];
    if (graph_rejects(step) && target != STEP_END)
        out->ways[index] |= STEP_BIT(target);
}

void graph_of(const struct kunci_sop *sop, uint32_t called, struct graph *out)
{
    uint64_t last;
    unsigned i;

    memset(out, 0, sizeof *out);
    for (i = 0; i < sop->step_count; i++)
        take_ways(sop, called, i, out);
    graph_close(out->next, sop->step_count, out->onward);
    graph_close(out->ways, sop->step_count, out->after);
    out->reached = STEP_BIT(0) | out->after[0];
    last = out->ending;
    for (i = 0; i < sop->step_count; i++)
        if (out->onward[i] & last)
            out->ending |= STEP_BIT(i);
}
