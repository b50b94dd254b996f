/* Who does what: acts and deeds against the rules of words.c. */
#include "flow/check_sop.h"

static enum finding why_not(const struct step *step)
{
    bool looks_on = step->actor == ROLE_AUDITOR || step->actor == ROLE_PENDAMPING;

    if (!act_rules[step->act].decides)
        return FINDING_ACTOR_RIGHT;
    if (step->actor == ROLE_PEMOHON)
        return FINDING_OWN_DECISION;
    return looks_on ? FINDING_ONLOOKER_DECIDES : FINDING_ACTOR_RIGHT;
}

void check_rights(struct checking *in)
{
    unsigned i, k;

    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];
        const char *role = role_names[step->actor];

        if (!(act_rules[step->act].who & 1u << step->actor))
            check_found(in, why_not(step), step, role, act_names[step->act]);
        for (k = 0; k < step->deed_count; k++)
            if (!(deed_rules[step->deeds[k]].who & 1u << step->actor))
                check_found(in, FINDING_DEED_RIGHT, step, role, deed_names[step->deeds[k]]);
    }
}
