/* Steps that nothing leads to, or that lead nowhere. */
#include "flow/check_sop.h"

/* Where it stays for good: all that can come after the step leads back to it. The first
 * one of such a circle. */
static bool is_trap(const struct graph *graph, unsigned count, unsigned index)
{
    unsigned i;

    if (!(graph->reached & STEP_BIT(index)) || graph->ending & STEP_BIT(index))
        return false;
    for (i = 0; i < count; i++)
        if (graph->onward[index] & STEP_BIT(i) &&
            (i < index || !(graph->onward[i] & STEP_BIT(index))))
            return false;
    return true;
}

/* Whether it began by itself or was called, it has to come to an end. */
static uint64_t traps_of(const struct kunci_sop *sop)
{
    static const uint32_t called[] = {GRAPH_BY_ITSELF, GRAPH_CALLED};
    uint64_t traps = 0;
    unsigned i, k;

    for (k = 0; k < sizeof called / sizeof *called; k++) {
        struct graph graph;

        graph_of(sop, called[k], &graph);
        for (i = 0; i < sop->step_count; i++)
            if (is_trap(&graph, sop->step_count, i))
                traps |= STEP_BIT(i);
    }
    return traps;
}

static bool is_automatic(const struct step *step)
{
    return step->actor == ROLE_SISTEM && !step->calls;
}

/* One finding a circle: at the first of its steps. */
static void check_circles(struct checking *in)
{
    const struct kunci_sop *sop = in->sop;
    uint64_t automatic = 0, ways[STEPS_MAX] = {0}, closed[STEPS_MAX], told = 0;
    unsigned i;

    for (i = 0; i < sop->step_count; i++)
        if (is_automatic(&sop->steps[i]))
            automatic |= STEP_BIT(i);
    for (i = 0; i < sop->step_count; i++)
        if (automatic & STEP_BIT(i))
            ways[i] = in->graph.ways[i] & automatic;
    graph_close(ways, sop->step_count, closed);
    for (i = 0; i < sop->step_count; i++)
        if (closed[i] & ~told & STEP_BIT(i)) {
            check_found(in, FINDING_CIRCLE_WITHOUT_PERSON, &sop->steps[i], NULL, NULL);
            told |= closed[i];
        }
}

void check_ways(struct checking *in)
{
    uint64_t traps = traps_of(in->sop);
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];

        if (!(in->graph.reached & STEP_BIT(i)))
            check_found(in, FINDING_STEP_UNREACHABLE, step, NULL, NULL);
        else if (traps & STEP_BIT(i))
            check_found(in, FINDING_DEAD_END, step, NULL, NULL);
    }
    check_circles(in);
}
