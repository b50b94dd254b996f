#include "flow/promise.h"

#include <string.h>

#define DEED(deed) (1u << DEED_##deed)
#define ALL_DEEDS  ((1u << DEEDS) - 1)

/* ---- a step's work ---- */

static bool asks_for(const struct kunci_sop *sop, const struct step *step, const char *document)
{
    int place = document_place(sop, document);

    return place >= 0 && step->documents & 1u << place;
}

void promise_gather(const struct run *run, const struct step *step, struct standing *at)
{
    if (step->act == ACT_VERIFY || step->act == ACT_APPROVE)
        at->always |= DONE_APPROVED;
    if (step->fields & 1u << FIELD_REASON)
        at->always |= DONE_REASON;
    if (step->fields & ~(1u << FIELD_REASON))
        at->always |= DONE_DATA;
    if (asks_for(run->sop, step, "persetujuan-atasan"))
        at->always |= DONE_SUPERIOR;
    if (asks_for(run->sop, step, "surat-rekomendasi"))
        at->always |= DONE_LETTER;
}

/* What is no longer owed once such deeds are done. */
static uint32_t settled(uint32_t deeds)
{
    return (deeds & DEED(WRITE) ? OWED_WRITE : 0u) | (deeds & DEED(PROVE) ? OWED_PROVE : 0u) |
           (deeds & DEED(REVOKE) ? OWED_REVOKE : 0u);
}

void promise_do(enum deed deed, struct standing *at)
{
    at->always |= 1u << deed;
    at->owed &= ~settled(1u << deed);
    if (deed == DEED_ISSUE)
        at->owed |= OWED_WRITE | OWED_PROVE;
}

void promise_call(const struct run *run, const struct step *step, struct standing *at)
{
    const struct standing *effect = &run->effects[step - run->sop->steps];

    at->always |= effect->always;
    at->owed = (at->owed & ~settled(effect->always)) | effect->owed;
}

/* What a branch's condition tells. */
static void take(const struct branch *branch, struct standing *at)
{
    const uint32_t gone = 1u << CERTIFICATE_NONE | 1u << CERTIFICATE_EXPIRED |
                          1u << CERTIFICATE_REVOKED | 1u << CERTIFICATE_SUPERSEDED;
    uint32_t certificate = branch->when.values[FACT_CERTIFICATE];

    if (certificate && !(certificate & ~gone))
        at->owed &= ~(uint32_t)OWED_REVOKE;
}

/* ---- all steps ---- */

/* Answers whether that was not known yet. */
static bool come(struct standing *to, const struct standing *with)
{
    const struct standing before = *to;

    to->always = before.come ? before.always & with->always : with->always;
    to->owed |= with->owed;
    to->come = true;
    return !before.come || to->always != before.always || to->owed != before.owed;
}

/* What was rejected has to be approved anew. A rejection that goes forward is found as
 * such, and leads nowhere here. */
static bool reject(const struct run *run, unsigned index, struct standing came[STEPS_MAX])
{
    int target = step_reject_target(run->sop, &run->sop->steps[index]);
    struct standing at = came[index];

    at.always &= ~(uint32_t)DONE_APPROVED;
    return graph_rejects(&run->sop->steps[index]) && target != STEP_END &&
           run->graph.onward[target] & STEP_BIT(index) && come(&came[target], &at);
}

static void work(const struct run *run, const struct step *step, struct standing *at)
{
    unsigned i;

    promise_gather(run, step, at);
    for (i = 0; i < step->deed_count; i++)
        promise_do(step->deeds[i], at);
    promise_call(run, step, at);
}

static bool leave(const struct run *run, unsigned index, struct standing came[STEPS_MAX])
{
    const struct step *step = &run->sop->steps[index];
    struct standing at = came[index], taken;
    bool changed = false;
    unsigned i;

    work(run, step, &at);
    for (i = 0; i < step->branch_count; i++) {
        if (step->branches[i].target == STEP_END || !graph_is_open(&step->branches[i], run->called))
            continue;
        taken = at;
        take(&step->branches[i], &taken);
        changed |= come(&came[step->branches[i].target], &taken);
    }
    return changed;
}

/* Whoever calls a procedure has given reason and approval before. */
void promise_follow(const struct run *run, struct standing came[STEPS_MAX])
{
    bool changed = true;
    unsigned i;

    memset(came, 0, STEPS_MAX * sizeof *came);
    came[0] = (struct standing){
        .come = true,
        .always = run->called == GRAPH_CALLED ? DONE_REASON | DONE_SUPERIOR : 0,
        .owed = OWED_REVOKE,
    };
    while (changed) {
        changed = false;
        for (i = 0; i < run->sop->step_count; i++) {
            changed |= came[i].come && reject(run, i, came);
            changed |= came[i].come && leave(run, i, came);
        }
    }
}

struct standing promise_end(const struct run *run, const struct step *step,
                            const struct standing *at)
{
    struct standing end = {.come = false};
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        struct standing taken = *at;

        if (step->branches[i].target != STEP_END || !graph_is_open(&step->branches[i], run->called))
            continue;
        take(&step->branches[i], &taken);
        come(&end, &taken);
    }
    return end;
}

/* ---- what is called ---- */

/* That it does what its kind is for is found where it is checked itself. */
static struct standing at_its_word(const struct kunci_sop *called)
{
    uint32_t done = 1u << sop_kind_deeds[called->kind];

    if (done & DEED(ISSUE))
        done |= DEED(KEY_NEW) | DEED(CSR_NEW);
    return (struct standing){.come = true, .always = done};
}

/* Over all its ends; those that it calls itself are taken at their word. */
static struct standing effect_of(const struct checking *in, const struct kunci_sop *called)
{
    struct run run = {.sop = called, .called = GRAPH_CALLED};
    struct standing came[STEPS_MAX], all = {.come = false}, effect = at_its_word(called);
    unsigned i;

    graph_of(called, GRAPH_CALLED, &run.graph);
    for (i = 0; i < called->step_count; i++) {
        const struct kunci_sop *further = check_called(in, &called->steps[i]);

        if (further)
            run.effects[i] = at_its_word(further);
    }
    promise_follow(&run, came);
    for (i = 0; i < called->step_count; i++) {
        struct standing at = came[i], end;

        if (!at.come)
            continue;
        work(&run, &called->steps[i], &at);
        end = promise_end(&run, &called->steps[i], &at);
        if (end.come)
            come(&all, &end);
    }
    effect.always |= all.come ? all.always & ALL_DEEDS : 0;
    effect.owed = all.owed & (OWED_WRITE | OWED_PROVE);
    return effect;
}

/* One that cannot be looked up is not held against its caller. */
void promise_run(const struct checking *in, uint32_t called, struct run *out)
{
    unsigned i;

    *out = (struct run){.sop = in->sop, .called = called};
    graph_of(in->sop, called, &out->graph);
    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];
        const struct kunci_sop *other = check_called(in, step);

        if (other)
            out->effects[i] = effect_of(in, other);
        else if (step->calls)
            out->effects[i] = (struct standing){.come = true, .always = ALL_DEEDS};
    }
}
