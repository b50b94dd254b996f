/* An event at work: what every part of the engine needs of it. */
#ifndef FLOW_ENGINE_H
#define FLOW_ENGINE_H

#include "flow/request.h"

struct turn {
    struct kunci_request *request;
    const struct kunci_flow_event *event; /* NULL: time alone */
    const struct kunci_flow_port *port;
    int64_t now;
    const char *of; /* whose place the actor takes; NULL: nobody's */
    struct kunci_err *err;
};

/* ---- moving: move.c ---- */

KUNCI_MUST_USE enum kunci_rc turn_log(const struct turn *turn, const char *event,
                                      const char *outcome, const char *reason);
KUNCI_MUST_USE enum kunci_rc turn_notify(const struct turn *turn, enum role to,
                                         const char *message);
/* Comes to a step, or to the end with STEP_END. */
KUNCI_MUST_USE enum kunci_rc turn_arrive(const struct turn *turn, int step);
/* Ends the request in a state that is not "closed". */
KUNCI_MUST_USE enum kunci_rc turn_end(const struct turn *turn, enum state state, const char *event,
                                      const char *reason);
/* What is possible instead. */
enum kunci_rc turn_not_possible(const struct turn *turn);

/* ---- the step's work: choose.c, gather.c, perform.c ---- */

/* The value of a fact, by its place among fact_values. */
int turn_fact(const struct turn *turn, enum fact fact);
/* The branch that the outcome and the facts lead to. */
KUNCI_MUST_USE enum kunci_rc turn_choose(const struct turn *turn, const char *outcome,
                                         const struct branch **out);
/* Whether the step has a branch of that outcome, whatever the facts are. */
bool turn_may_say(const struct turn *turn, const char *outcome);
/* Documents, data and rules that have to be there before the step is done. */
KUNCI_MUST_USE enum kunci_rc turn_check_gathered(const struct turn *turn);
KUNCI_MUST_USE enum kunci_rc turn_attach(const struct turn *turn);
KUNCI_MUST_USE enum kunci_rc turn_fill(const struct turn *turn);
/* The step's deeds, those that are not done yet. */
KUNCI_MUST_USE enum kunci_rc turn_perform(const struct turn *turn);

#endif
