/* A procedure under examination: each check_*.c looks at one side of it. */
#ifndef FLOW_CHECK_SOP_H
#define FLOW_CHECK_SOP_H

#include "flow/finding.h"
#include "flow/graph.h"

struct checking {
    const struct kunci_sop *sop;
    const struct kunci_sop_book *book; /* NULL: what is called is not looked up */
    struct graph graph;
    uint32_t roles;       /* a bit for each that has a step */
    uint32_t taking_part; /* or a lane */
    struct kunci_sop_findings *found;
    bool failed; /* for want of memory */
};

void check_ways(struct checking *in);
void check_rejections(struct checking *in);
void check_rights(struct checking *in);
void check_acts(struct checking *in);
void check_deeds(struct checking *in);
void check_calls(struct checking *in);
void check_totals(struct checking *in);
void check_service(struct checking *in);
void check_branches(struct checking *in);
void check_eyes(struct checking *in);
void check_lanes(struct checking *in);
void check_header(struct checking *in);
void check_texts(struct checking *in);

/* As finding_add() says. */
void check_found(struct checking *in, enum finding finding, const struct step *step,
                 const char *about, const char *detail);

/* The procedure that a step calls; NULL where it calls none, or none that is known. */
const struct kunci_sop *check_called(const struct checking *in, const struct step *step);

#endif
