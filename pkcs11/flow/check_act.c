/* Acts that are there for something. */
#include "flow/check_sop.h"

static void check_act(struct checking *in, const struct step *step)
{
    const uint32_t does = 1u << ACT_EXECUTE | 1u << ACT_PASSPHRASE | 1u << ACT_TOKEN;

    if (does & 1u << step->act && !step->deed_count && !step->calls)
        check_found(in, FINDING_DEED_MISSING, step, act_names[step->act], NULL);
    if (step->act == ACT_CHANGE && !step->calls)
        check_found(in, FINDING_CALL_MISSING, step, NULL, NULL);
    if (step->act == ACT_NOTIFY && !step->notice_count)
        check_found(in, FINDING_NOTICE_MISSING, step, NULL, NULL);
}

void check_acts(struct checking *in)
{
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++)
        check_act(in, &in->sop->steps[i]);
}
