/* Procedures that a step calls. */
#include "flow/check_sop.h"

#include <string.h>

#define KIND(kind)  (1u << SOP_##kind)
#define PASSPHRASES (KIND(PASSPHRASE_SET) | KIND(PASSPHRASE_RESET))
#define ANY         ((1u << SOP_KINDS) - 1)

static const uint32_t fitting[ACTS] = {
    [ACT_LOGIN] = KIND(ACTIVATION) | KIND(PASSPHRASE_RESET),
    [ACT_CHANGE] = KIND(DATA_CHANGE),
    [ACT_APPLY] = ANY & ~KIND(DATA_CHANGE),
    [ACT_SUBMIT] = ANY & ~KIND(DATA_CHANGE),
    [ACT_REGISTER] = KIND(ACTIVATION),
    [ACT_FORWARD] = KIND(ACTIVATION),
    [ACT_EXECUTE] = ANY,
    [ACT_PASSPHRASE] = PASSPHRASES,
    [ACT_TOKEN] = PASSPHRASES,
};

/* ---- circles ---- */

enum { CALLED_MAX = 256 };

/* Procedures still to be looked at are those behind the ones that were. */
struct callees {
    const struct kunci_sop *all[CALLED_MAX];
    unsigned count;
};

static void add_callee(struct callees *to, const struct kunci_sop *sop)
{
    unsigned i;

    for (i = 0; i < to->count; i++)
        if (to->all[i] == sop)
            return;
    if (to->count < CALLED_MAX)
        to->all[to->count++] = sop;
}

/* By its name: another version of it calls the same procedures for requests to come. */
static bool calls_back(const struct checking *in, const struct kunci_sop *called)
{
    struct callees callees = {.count = 0};
    const struct kunci_sop *next;
    unsigned at, i;

    add_callee(&callees, called);
    for (at = 0; at < callees.count; at++) {
        if (strcmp(callees.all[at]->name, in->sop->name) == 0)
            return true;
        for (i = 0; i < callees.all[at]->step_count; i++)
            if ((next = check_called(in, &callees.all[at]->steps[i])))
                add_callee(&callees, next);
    }
    return false;
}

void check_calls(struct checking *in)
{
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];
        const struct kunci_sop *called = check_called(in, step);

        if (step->calls && !called && in->book)
            check_found(in, FINDING_CALL_UNKNOWN, step, step->calls, NULL);
        if (!called)
            continue;
        if (!(fitting[step->act] & 1u << called->kind))
            check_found(in, FINDING_CALL_KIND, step, sop_kind_names[called->kind],
                        act_names[step->act]);
        if (calls_back(in, called))
            check_found(in, FINDING_CALL_CIRCLE, step, step->calls, NULL);
    }
}
