#include "flow/sum.h"

#include <stdio.h>
#include <string.h>

struct walk {
    const struct kunci_sop *sop;
    const char *named[STEPS_MAX]; /* the outcome that the case takes there; NULL: none */
    bool under_way[STEPS_MAX], known[STEPS_MAX];
    struct sum sums[STEPS_MAX]; /* from there to the end */
};

static struct sum broken(enum sum_end end, int step, const char *word)
{
    return (struct sum){.end = end, .step = step, .word = word};
}

static bool is_rejection(const struct step *step, const char *outcome)
{
    return act_rules[step->act].decides && strcmp(outcome, OUTCOME_REJECT) == 0;
}

static bool is_taken(const struct branch *branch, const char *outcome)
{
    return !outcome || (branch->outcome && strcmp(branch->outcome, outcome) == 0);
}

static struct sum sum_from(struct walk *walk, int at);

/* The branches that the case may take have to add up to the same. */
static struct sum sum_branches(struct walk *walk, int at)
{
    const struct step *step = &walk->sop->steps[at];
    struct sum all = {.step = -1};
    bool first = true;
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        struct sum one;

        if (!is_taken(&step->branches[i], walk->named[at]))
            continue;
        one = sum_from(walk, step->branches[i].target);
        if (one.end != SUM_DONE)
            return one;
        if (!first && one.seconds != all.seconds)
            return broken(SUM_OPEN, at, NULL);
        all.seconds = one.seconds;
        all.passed |= one.passed;
        first = false;
    }
    return all;
}

static struct sum sum_from(struct walk *walk, int at)
{
    const struct step *step = &walk->sop->steps[at == STEP_END ? 0 : at];
    struct sum sum = {.step = -1};

    if (at == STEP_END)
        return sum;
    if (walk->under_way[at])
        return broken(SUM_CIRCLE, at, NULL);
    if (walk->known[at])
        return walk->sums[at];
    walk->under_way[at] = true;
    if (!walk->named[at] || !is_rejection(step, walk->named[at]))
        sum = sum_branches(walk, at);
    walk->under_way[at] = false;
    sum.seconds += step->added ? 0 : step->seconds;
    sum.passed |= UINT64_C(1) << at;
    walk->known[at] = true;
    return walk->sums[at] = sum;
}

static bool has_outcome(const struct step *step, const char *outcome)
{
    unsigned i;

    for (i = 0; i < step->branch_count; i++)
        if (step->branches[i].outcome && strcmp(step->branches[i].outcome, outcome) == 0)
            return true;
    return is_rejection(step, outcome);
}

struct sum sum_case(const struct kunci_sop *sop, const struct total *total)
{
    struct walk walk = {.sop = sop};
    unsigned i;

    for (i = 0; i < total->outcome_count; i++) {
        const struct total_outcome *named = &total->outcomes[i];
        int at = procedure_step(sop, named->step);

        if (at < 0)
            return broken(SUM_NO_STEP, -1, named->step);
        if (!has_outcome(&sop->steps[at], named->outcome))
            return broken(SUM_NO_OUTCOME, at, named->outcome);
        walk.named[at] = named->outcome;
    }
    return sum_from(&walk, 0);
}

const char *sum_minutes(int64_t seconds, char to[SUM_MINUTES_SIZE])
{
    int64_t hundredths = (seconds * 100 + 30) / 60;
    int len = snprintf(to, SUM_MINUTES_SIZE, "%lld.%02d", (long long)(hundredths / 100),
                       (int)(hundredths % 100));

    while (to[len - 1] == '0')
        to[--len] = '\0';
    if (to[len - 1] == '.')
        to[len - 1] = '\0';
    return to;
}

/* ---- for all to use ---- */

size_t kunci_sop_total_count(const struct kunci_sop *sop)
{
    return sop->total_count;
}

void kunci_sop_total(const struct kunci_sop *sop, size_t index, struct kunci_sop_total *out)
{
    const struct total *total = &sop->totals[index];
    const struct sum sum = sum_case(sop, total);

    *out = (struct kunci_sop_total){
        .text = words_shown(&total->text),
        .stated = total->seconds,
        .computed = sum.end == SUM_DONE ? sum.seconds : -1,
    };
}
