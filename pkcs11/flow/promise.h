/* What is done, and what is still owed, when a request has come to a step: over all ways
 * that lead there. */
#ifndef FLOW_PROMISE_H
#define FLOW_PROMISE_H

#include "flow/check_sop.h"

/* Bits behind those of the deeds. */
enum {
    DONE_APPROVED = 1u << DEEDS,
    DONE_REASON = 2u << DEEDS,   /* a reason was given, */
    DONE_SUPERIOR = 4u << DEEDS, /* and the superior's approval */
    DONE_DATA = 8u << DEEDS,     /* a field of the person's was asked for, */
    DONE_LETTER = 16u << DEEDS,  /* and the letter that it is compared with */
    OWED_WRITE = 32u << DEEDS,   /* since a certificate was issued */
    OWED_PROVE = 64u << DEEDS,
    OWED_REVOKE = 128u << DEEDS, /* while a certificate may be alive */
};

struct standing {
    bool come;       /* the step is come to at all */
    uint32_t always; /* done on each way */
    uint32_t owed;   /* still owed on some */
};

/* A procedure as it runs by itself, or called by another one. */
struct run {
    const struct kunci_sop *sop;
    struct graph graph;
    uint32_t called;                    /* GRAPH_BY_ITSELF or GRAPH_CALLED */
    struct standing effects[STEPS_MAX]; /* of what each step calls */
};
void promise_run(const struct checking *in, uint32_t called, struct run *out);

/* When each step is come to. */
void promise_follow(const struct run *run, struct standing came[STEPS_MAX]);

/* The work of a step, in its order: what it asks for, its deeds, what it calls. */
void promise_gather(const struct run *run, const struct step *step, struct standing *at);
void promise_do(enum deed deed, struct standing *at);
void promise_call(const struct run *run, const struct step *step, struct standing *at);
/* What all ways from the step to an end have in common, and some owe; at: when its work
 * is done. */
struct standing promise_end(const struct run *run, const struct step *step,
                            const struct standing *at);

#endif
