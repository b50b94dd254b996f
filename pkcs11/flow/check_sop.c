#include "flow/check_sop.h"

#include "base/error.h"

#include <string.h>

static void (*const checks[])(struct checking *in) = {
    check_ways,  check_rejections, check_rights,  check_acts,     check_deeds,
    check_calls, check_totals,     check_service, check_branches, check_eyes,
    check_lanes, check_header,     check_texts,
};

void check_found(struct checking *in, enum finding finding, const struct step *step,
                 const char *about, const char *detail)
{
    if (!in->failed)
        in->failed = !finding_add(in->found, finding, step, about, detail);
}

/* What is being checked need not stand in the book, and may call itself. */
const struct kunci_sop *check_called(const struct checking *in, const struct step *step)
{
    if (!step->calls)
        return NULL;
    if (strcmp(step->calls, in->sop->name) == 0)
        return in->sop;
    return in->book ? kunci_sop_find(in->book, step->calls, NULL, NULL) : NULL;
}

static void note_roles(struct checking *in)
{
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++)
        in->roles |= 1u << in->sop->steps[i].actor;
    in->taking_part = in->roles;
    for (i = 0; i < in->sop->lane_count; i++)
        in->taking_part |= 1u << in->sop->lanes[i].role;
}

enum kunci_rc kunci_sop_check(const struct kunci_sop *sop, const struct kunci_sop_book *book,
                              struct kunci_sop_findings *out, struct kunci_err *err)
{
    struct checking in = {.sop = sop, .book = book, .found = out};
    size_t i;

    *out = (struct kunci_sop_findings){.count = 0};
    graph_of(sop, GRAPH_BY_ITSELF | GRAPH_CALLED, &in.graph);
    note_roles(&in);
    for (i = 0; i < sizeof checks / sizeof *checks; i++)
        checks[i](&in);
    if (!in.failed)
        return KUNCI_OK;
    kunci_sop_findings_clear(out);
    return err_no_memory(err);
}
