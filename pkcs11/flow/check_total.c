/* The minutes: what is stated for a case, and what its steps add up to. */
#include "flow/check_sop.h"
#include "flow/sum.h"

#include <stdio.h>

/* By its text, or else by its place. */
static const char *total_title(const struct checking *in, unsigned index, char to[32])
{
    const char *text = words_shown(&in->sop->totals[index].text);

    snprintf(to, 32, "totals %u", index + 1);
    return *text ? text : to;
}

static void check_sum(struct checking *in, const char *title, const struct total *total,
                      const struct sum *sum)
{
    static const enum finding findings[] = {
        [SUM_DONE] = FINDING_MINUTES_DIFFER,      [SUM_OPEN] = FINDING_TOTAL_OPEN,
        [SUM_CIRCLE] = FINDING_TOTAL_ENDLESS,     [SUM_NO_STEP] = FINDING_TOTAL_STEP,
        [SUM_NO_OUTCOME] = FINDING_TOTAL_OUTCOME,
    };
    const struct step *step = sum->step < 0 ? NULL : &in->sop->steps[sum->step];
    char minutes[SUM_MINUTES_SIZE];

    if (sum->end == SUM_DONE && sum->seconds == total->seconds)
        return;
    check_found(in, findings[sum->end], step, title,
                sum->word ? sum->word : sum_minutes(sum->seconds, minutes));
}

static void check_unused(struct checking *in, const char *title, const struct total *total,
                         const struct sum *sum)
{
    unsigned i;

    for (i = 0; sum->end == SUM_DONE && i < total->outcome_count; i++) {
        int at = procedure_step(in->sop, total->outcomes[i].step);

        if (!(sum->passed & STEP_BIT(at)))
            check_found(in, FINDING_TOTAL_UNUSED, &in->sop->steps[at], title, NULL);
    }
}

void check_totals(struct checking *in)
{
    const struct kunci_sop *sop = in->sop;
    unsigned i;

    for (i = 0; i < sop->total_count; i++) {
        const struct sum sum = sum_case(sop, &sop->totals[i]);
        char place[32];
        const char *title = total_title(in, i, place);

        check_sum(in, title, &sop->totals[i], &sum);
        check_unused(in, title, &sop->totals[i], &sum);
    }
    for (i = 0; sop->total_count && i < sop->step_count; i++) {
        const struct step *step = &sop->steps[i];

        if (!step->added && !step->seconds && step->act != ACT_CLOSE)
            check_found(in, FINDING_MINUTES_MISSING, step, NULL, NULL);
    }
}
