/* Lanes and notices: roles that take part, and roles that do not. */
#include "flow/check_sop.h"

#define CONCERNED (1u << ROLE_PEMOHON | 1u << ROLE_PENDAMPING | 1u << ROLE_AUDITOR)

/* Answers which roles have a lane. */
static uint32_t check_each_lane(struct checking *in)
{
    uint32_t seen = 0;
    unsigned i;

    for (i = 0; i < in->sop->lane_count; i++) {
        enum role role = in->sop->lanes[i].role;

        if (seen & 1u << role)
            check_found(in, FINDING_LANE_TWICE, NULL, role_names[role], NULL);
        else if (!(in->roles & 1u << role) && !in->sop->lanes[i].title.id)
            check_found(in, FINDING_LANE_EMPTY, NULL, role_names[role], NULL);
        seen |= 1u << role;
    }
    return seen;
}

static void check_notices(struct checking *in, const struct step *step)
{
    unsigned i;

    for (i = 0; i < step->notice_count; i++)
        if (!((in->taking_part | CONCERNED) & 1u << step->notices[i].to))
            check_found(in, FINDING_NOTICE_STRANGER, step, role_names[step->notices[i].to], NULL);
}

void check_lanes(struct checking *in)
{
    uint32_t shown = check_each_lane(in);
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++) {
        const struct step *step = &in->sop->steps[i];

        if (in->sop->lane_count && !(shown & 1u << step->actor))
            check_found(in, FINDING_LANE_MISSING, step, role_names[step->actor], NULL);
        shown |= 1u << step->actor;
        check_notices(in, step);
    }
}
