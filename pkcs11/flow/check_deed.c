/* What is done, and when: nothing before what it needs, and no end without it. */
#include "flow/promise.h"

/* What is wrong at a step, over the ways that lead there. */
struct wrongs {
    uint32_t early[DEEDS]; /* what is not done yet that the deed needs */
    uint32_t unapproved;   /* deeds */
    uint32_t unsaid;       /* of what a revocation needs */
    uint32_t unfounded;    /* rules */
    uint32_t undone, owed; /* at the end */
};

/* A certificate is written where there is one. */
static uint32_t needs(enum deed deed)
{
    return deed_rules[deed].after | (deed == DEED_WRITE ? 1u << DEED_ISSUE : 0);
}

/* What the holder does with his own token is approved by himself. A renewal changes nothing
 * that was verified once: there the old key's signature on each way is enough. */
static bool is_approved(const struct run *run, const struct step *step, enum deed deed,
                        const struct standing *at)
{
    uint32_t enough = DONE_APPROVED;

    if (run->sop->kind == SOP_RENEWAL && deed == DEED_ISSUE)
        enough |= 1u << DEED_PROVE_OLD;
    return !deed_rules[deed].weighty || step->actor == ROLE_PEMOHON || at->always & enough;
}

static void judge_deed(const struct run *run, const struct step *step, enum deed deed,
                       const struct standing *at, struct wrongs *wrongs)
{
    wrongs->early[deed] |= needs(deed) & ~at->always;
    if (!is_approved(run, step, deed, at))
        wrongs->unapproved |= 1u << deed;
    if (deed == DEED_REVOKE && run->sop->kind == SOP_REVOCATION)
        wrongs->unsaid |= (DONE_REASON | DONE_SUPERIOR) & ~at->always;
}

static void judge_rules(const struct step *step, const struct standing *at, struct wrongs *wrongs)
{
    uint32_t letter = DONE_DATA | DONE_LETTER, known = at->always;

    if (step->rules & 1u << RULE_IDENTITY && !(known & DONE_DATA))
        wrongs->unfounded |= 1u << RULE_IDENTITY;
    if (step->rules & 1u << RULE_LETTER && (known & letter) != letter)
        wrongs->unfounded |= 1u << RULE_LETTER;
}

/* What has to be done before an end, beside what the procedure is for. Whoever calls an
 * issuance may write the certificate himself. */
static uint32_t due(const struct run *run)
{
    bool renews = run->sop->kind == SOP_RENEWAL && run->called == GRAPH_BY_ITSELF;

    return 1u << sop_kind_deeds[run->sop->kind] | (renews ? 1u << DEED_RETIRE : 0);
}

static void judge_step(const struct run *run, const struct step *step, struct standing at,
                       struct wrongs *wrongs)
{
    uint32_t not_owed = run->called == GRAPH_CALLED ? OWED_WRITE | OWED_PROVE : 0;
    struct standing end;
    unsigned i;

    promise_gather(run, step, &at);
    judge_rules(step, &at, wrongs);
    for (i = 0; i < step->deed_count; i++) {
        judge_deed(run, step, step->deeds[i], &at, wrongs);
        promise_do(step->deeds[i], &at);
    }
    promise_call(run, step, &at);
    end = promise_end(run, step, &at);
    if (end.come) {
        wrongs->undone |= due(run) & ~end.always;
        wrongs->owed |= end.owed & ~not_owed;
    }
}

static void tell_on_the_way(struct checking *in, const struct step *step,
                            const struct wrongs *wrongs)
{
    unsigned deed, needed, rule;

    for (deed = 0; deed < DEEDS; deed++) {
        for (needed = 0; needed < DEEDS; needed++)
            if (wrongs->early[deed] & 1u << needed)
                check_found(in, FINDING_DEED_EARLY, step, deed_names[deed], deed_names[needed]);
        if (wrongs->unapproved & 1u << deed)
            check_found(in, FINDING_EXECUTED_UNAPPROVED, step, deed_names[deed], NULL);
    }
    for (rule = 0; rule < RULES; rule++)
        if (wrongs->unfounded & 1u << rule)
            check_found(in, FINDING_RULE_WITHOUT_DATA, step, rule_names[rule], NULL);
    if (wrongs->unsaid & DONE_REASON)
        check_found(in, FINDING_REVOCATION_REASON, step, NULL, NULL);
    if (wrongs->unsaid & DONE_SUPERIOR)
        check_found(in, FINDING_REVOCATION_APPROVAL, step, NULL, NULL);
}

static void tell_end(struct checking *in, const struct step *step, const struct wrongs *wrongs)
{
    unsigned deed;

    for (deed = 0; deed < DEEDS; deed++)
        if (wrongs->undone & 1u << deed)
            check_found(in, deed == DEED_RETIRE ? FINDING_OLD_UNRETIRED : FINDING_END_WITHOUT_DEED,
                        step, deed_names[deed], NULL);
    if (wrongs->owed & OWED_WRITE)
        check_found(in, FINDING_ISSUED_UNWRITTEN, step, deed_names[DEED_WRITE], NULL);
    if (wrongs->owed & OWED_PROVE)
        check_found(in, FINDING_ISSUED_UNWRITTEN, step, deed_names[DEED_PROVE], NULL);
    if (wrongs->owed & OWED_REVOKE && in->sop->kind == SOP_DATA_CHANGE)
        check_found(in, FINDING_DATA_CHANGE_ALIVE, step, NULL, NULL);
}

/* By itself and called, which may be different ways. */
void check_deeds(struct checking *in)
{
    struct wrongs wrongs[STEPS_MAX] = {{.undone = 0}};
    unsigned i, k;

    for (k = 0; k < 2; k++) {
        struct standing came[STEPS_MAX];
        struct run run;

        promise_run(in, k ? GRAPH_CALLED : GRAPH_BY_ITSELF, &run);
        promise_follow(&run, came);
        for (i = 0; i < in->sop->step_count; i++)
            if (came[i].come)
                judge_step(&run, &in->sop->steps[i], came[i], &wrongs[i]);
    }
    for (i = 0; i < in->sop->step_count; i++) {
        tell_on_the_way(in, &in->sop->steps[i], &wrongs[i]);
        tell_end(in, &in->sop->steps[i], &wrongs[i]);
    }
}
