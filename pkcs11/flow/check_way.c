/* Steps that nothing leads to, or that lead nowhere. */
#include "flow/check_sop.h"

/* Of all from which no end is come to, the first on the way: where it could still be
 * come to from the step before. */
static bool is_trap(const struct checking *in, unsigned index)
{
    unsigned i;

    if (in->graph.ending & STEP_BIT(index))
        return false;
    for (i = 0; i < in->sop->step_count; i++)
        if (in->graph.reached & in->graph.ending & STEP_BIT(i) &&
            in->graph.ways[i] & STEP_BIT(index))
            return true;
    return index == 0;
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
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];

        if (!(in->graph.reached & STEP_BIT(i)))
            check_found(in, FINDING_STEP_UNREACHABLE, step, NULL, NULL);
        else if (is_trap(in, i))
            check_found(in, FINDING_DEAD_END, step, NULL, NULL);
    }
    check_circles(in);
}
