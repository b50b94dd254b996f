/* From one step to the next, and what everybody is told of it. */
#include "base/error.h"
#include "flow/engine.h"

#include <stdio.h>

enum kunci_rc turn_log(const struct turn *turn, const char *event, const char *outcome,
                       const char *reason)
{
    const struct kunci_request *request = turn->request;
    const struct kunci_flow_port *port = turn->port;
    const struct step *step = request_step(request);
    const struct kunci_flow_entry entry = {
        .at = turn->now,
        .request = request->id,
        .procedure = request->sop->name,
        .version = request->sop->version,
        .institution = request->institution,
        .event = event,
        .step = step ? step->name : NULL,
        .outcome = outcome,
        .reason = reason,
        .by = turn->event ? turn->event->actor.person : NULL,
        .of = turn->of,
        .role = step ? role_names[step->actor] : NULL,
        .waits_for = request->clock.paused ? role_names[request->waits_for] : NULL,
        .used = step_clock_used(&request->clock, &request->sop->hours, turn->now),
        .planned = step ? step->seconds : 0,
    };

    return port->log ? port->log(port->context, &entry, turn->err) : KUNCI_OK;
}

enum kunci_rc turn_notify(const struct turn *turn, enum role to, const char *message)
{
    const struct kunci_flow_port *port = turn->port;

    return port->notify
               ? port->notify(port->context, turn->request, role_names[to], message, turn->err)
               : KUNCI_OK;
}

/* A state is never left for an earlier one here. */
static void raise_state(struct kunci_request *request, enum state state)
{
    if (state != STATES && state > request->state)
        request->state = state;
}

/* An end is always told, whatever the procedure says of notices. */
static enum kunci_rc close_request(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    enum kunci_rc rc = turn_notify(turn, ROLE_PEMOHON, "closed");

    raise_state(request, STATE_NOTIFIED);
    if (rc == KUNCI_OK && (rc = turn_log(turn, "closed", NULL, NULL)) == KUNCI_OK) {
        request->state = STATE_CLOSED;
        request->step = STEP_END;
    }
    return rc;
}

enum kunci_rc turn_arrive(const struct turn *turn, int step)
{
    struct kunci_request *request = turn->request;

    if (step == STEP_END)
        return close_request(turn);
    request->step = step;
    raise_state(request, act_rules[request_step(request)->act].arrives);
    step_clock_start(&request->clock, turn->now);
    return turn_log(turn, "arrived", NULL, NULL);
}

enum kunci_rc turn_end(const struct turn *turn, enum state state, const char *event,
                       const char *reason)
{
    struct kunci_request *request = turn->request;
    enum kunci_rc rc = turn_notify(turn, ROLE_PEMOHON, event);

    if (rc == KUNCI_OK && (rc = turn_log(turn, event, NULL, reason)) == KUNCI_OK) {
        request->state = state;
        request->step = STEP_END;
    }
    return rc;
}

enum kunci_rc turn_not_possible(const struct turn *turn)
{
    char possible[256];

    kunci_request_possible(turn->request, possible, sizeof possible);
    return err_set(turn->err, KUNCI_FLOW_NOT_POSSIBLE, request_step(turn->request)->name, possible);
}
