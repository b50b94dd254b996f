/* Steps that ask for another person than those of other steps. */
#include "flow/check_sop.h"

/* The applicant decides nothing about his own request, and the system is nobody. */
static bool can_be_one(const struct step *step, const struct step *other)
{
    if (step->actor == ROLE_SISTEM || other->actor == ROLE_SISTEM)
        return false;
    if (other->actor == ROLE_PEMOHON)
        return !act_rules[step->act].decides;
    return step->actor != ROLE_PEMOHON || !act_rules[other->act].decides;
}

static void check_other(struct checking *in, unsigned index, unsigned other)
{
    const struct step *step = &in->sop->steps[index], *named = &in->sop->steps[other];

    if (index == other)
        check_found(in, FINDING_OTHER_SELF, step, NULL, NULL);
    else if (!(in->graph.after[other] & STEP_BIT(index)))
        check_found(in, FINDING_OTHER_NEVER_BEFORE, step, named->name, NULL);
    else if (!can_be_one(step, named))
        check_found(in, FINDING_OTHER_NEEDLESS, step, named->name, NULL);
}

void check_eyes(struct checking *in)
{
    unsigned i, k;

    for (i = 0; i < in->sop->step_count; i++)
        for (k = 0; k < in->sop->step_count; k++)
            if (in->sop->steps[i].not_by & STEP_BIT(k))
                check_other(in, i, k);
}
