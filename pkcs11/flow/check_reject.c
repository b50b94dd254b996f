/* Rejections: that they are told of, and lead back to the applicant. */
#include "flow/check_sop.h"

/* Some hand in for the applicant. */
static bool is_applicants(const struct step *step)
{
    return step->actor == ROLE_PEMOHON || step->act == ACT_APPLY || step->act == ACT_SUBMIT;
}

static void check_target(struct checking *in, unsigned index)
{
    const struct kunci_sop *sop = in->sop;
    const struct step *step = &sop->steps[index];
    int target = step_reject_target(sop, step);
    const struct step *to = &sop->steps[target == STEP_END ? 0 : target];

    if (target == STEP_END) {
        if (!step->reject_to && !sop->return_to && in->roles & 1u << ROLE_PEMOHON)
            check_found(in, FINDING_REJECT_NOWHERE, step, NULL, NULL);
    } else if (target != (int)index && !(in->graph.onward[target] & STEP_BIT(index)))
        check_found(in, FINDING_REJECT_FORWARD, step, to->name, NULL);
    else if (!is_applicants(to))
        check_found(in, FINDING_REJECT_TO_OTHER, step, to->name, NULL);
}

void check_rejections(struct checking *in)
{
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];

        if (graph_rejects(step) && !step->rejects)
            check_found(in, FINDING_REJECT_MISSING, step, NULL, NULL);
        if (step->rejects && !graph_rejects(step))
            check_found(in, FINDING_REJECT_IDLE, step, act_names[step->act], NULL);
        if (graph_rejects(step) && in->graph.reached & STEP_BIT(i))
            check_target(in, i);
    }
}
