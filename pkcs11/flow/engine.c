/* Events: each is checked whole before anything is done, then acts, then moves. */
#include "flow/engine.h"

#include "base/error.h"
#include "base/text.h"
#include "flow/rights.h"

#include <stdlib.h>
#include <string.h>

/* ---- beginning ---- */

static bool keep_domains(struct kunci_request *request, const char *const *domains)
{
    size_t count = 0, i;

    while (domains && domains[count])
        count++;
    if (!domains)
        return true;
    if (!(request->domains = calloc(count + 1, sizeof *request->domains)))
        return false;
    for (i = 0; i < count; i++)
        if (!(request->domains[i] = strdup(domains[i])))
            return false;
    return true;
}

static const char *given(const char *text)
{
    return text && *text ? text : NULL;
}

static struct kunci_request *make(const struct kunci_sop *sop,
                                  const struct kunci_request_begin *begin)
{
    struct kunci_request *request = calloc(1, sizeof *request);

    if (!request)
        return NULL;
    request->sop = sop;
    request->called = begin->called;
    if (!text_keep(&request->id, begin->id) || !text_keep(&request->applicant, begin->applicant) ||
        !text_keep(&request->institution, begin->institution) ||
        !text_keep(&request->reason, given(begin->reason)) ||
        !keep_domains(request, begin->domains))
        kunci_request_free(&request);
    return request;
}

enum kunci_rc kunci_request_new(const struct kunci_sop *sop,
                                const struct kunci_request_begin *begin,
                                const struct kunci_flow_port *port, struct kunci_request **out,
                                struct kunci_err *err)
{
    struct turn turn = {.port = port, .now = port->now(port->context), .err = err};
    enum kunci_rc rc;

    *out = NULL;
    if (!(turn.request = make(sop, begin)))
        return err_no_memory(err);
    turn.request->began = turn.request->touched = turn.now;
    step_clock_start(&turn.request->clock, turn.now);
    if ((rc = turn_log(&turn, "started", NULL, begin->reason)) == KUNCI_OK &&
        (rc = turn_arrive(&turn, 0)) == KUNCI_OK)
        *out = turn.request;
    else
        kunci_request_free(&turn.request);
    return rc;
}

/* ---- doing a step ---- */

static enum kunci_rc send_notices(const struct turn *turn, const struct step *step)
{
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < step->notice_count; i++)
        rc = turn_notify(turn, step->notices[i].to, step->notices[i].message);
    return rc;
}

/* Who did it is kept for those who must be somebody else. */
static enum kunci_rc sign_for(const struct turn *turn)
{
    struct doer *doer = &turn->request->doers[turn->request->step];

    return text_keep(&doer->person, turn->event->actor.person) && text_keep(&doer->of, turn->of)
               ? KUNCI_OK
               : err_no_memory(turn->err);
}

static enum kunci_rc leave(const struct turn *turn, const struct branch *branch)
{
    struct kunci_request *request = turn->request;
    const struct step *step = request_step(request);
    enum state left = act_rules[step->act].leaves;
    enum kunci_rc rc;

    if ((rc = send_notices(turn, step)) != KUNCI_OK ||
        (rc = turn_log(turn, "done", branch->outcome, NULL)) != KUNCI_OK)
        return rc;
    if (left != STATES && left > request->state)
        request->state = left;
    return turn_arrive(turn, branch->target);
}

/* The step waits for the other procedure, and its clock with it. */
static enum kunci_rc begin_call(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    const struct step *step = request_step(request);
    const struct kunci_flow_port *port = turn->port;
    const char *reason = step->call_reason >= 0 ? reason_names[step->call_reason] : NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (!text_keep(&request->chosen, turn->event->outcome))
        return err_no_memory(turn->err);
    if (port->call)
        rc = port->call(port->context, request, step->calls, reason, turn->err);
    if (rc == KUNCI_OK)
        rc = turn_log(turn, "called", step->calls, reason);
    if (rc == KUNCI_OK) {
        step_clock_pause(&request->clock, &request->sop->hours, turn->now);
        request->calling = true;
        request->waits_for = step->actor;
    }
    return rc;
}

/* What is handed in by a call is executed when that one has closed. */
static void take_effect(struct kunci_request *request)
{
    if (request_step(request)->act == ACT_SUBMIT && request->state < STATE_EXECUTED)
        request->state = STATE_EXECUTED;
}

/* What a call brings about is not known before it is over: only then the facts decide. */
static enum kunci_rc do_step(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    const struct step *step = request_step(request);
    const struct branch *branch = NULL;
    enum kunci_rc rc;

    if ((rc = rights_check_eyes(request, step, turn->event->actor.person, turn->of, turn->err)) !=
            KUNCI_OK ||
        (rc = turn_check_gathered(turn)) != KUNCI_OK ||
        (!step->calls && (rc = turn_choose(turn, turn->event->outcome, &branch)) != KUNCI_OK))
        return rc;
    if (step->calls && !turn_may_say(turn, turn->event->outcome))
        return turn_not_possible(turn);
    step_clock_resume(&request->clock, turn->now);
    if ((rc = turn_perform(turn)) != KUNCI_OK || (rc = sign_for(turn)) != KUNCI_OK)
        return rc;
    return step->calls ? begin_call(turn) : leave(turn, branch);
}

static enum kunci_rc come_back(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    const char *outcome = turn->event->outcome;
    const struct branch *branch;
    enum kunci_rc rc;

    if (!request->calling)
        return turn_not_possible(turn);
    if (!outcome || strcmp(outcome, "closed") != 0) {
        request->calling = false;
        step_clock_resume(&request->clock, turn->now);
        return turn_log(turn, "returned", outcome, turn->event->reason);
    }
    if ((rc = turn_choose(turn, request->chosen, &branch)) != KUNCI_OK)
        return rc;
    take_effect(request);
    request->calling = false;
    step_clock_resume(&request->clock, turn->now);
    return leave(turn, branch);
}

/* ---- the other events ---- */

static void forget_round(struct kunci_request *request)
{
    unsigned i;

    for (i = 0; i < request->sop->step_count; i++) {
        free(request->doers[i].person);
        free(request->doers[i].of);
        request->doers[i] = (struct doer){NULL, NULL};
    }
}

/* Back to the applicant, who keeps documents and what his token did. */
static enum kunci_rc reject(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    const struct step *step = request_step(request);
    int target = step_reject_target(request->sop, step);
    const char *reason = turn->event->reason;
    enum kunci_rc rc;

    if (!act_rules[step->act].decides || request->state >= STATE_EXECUTED)
        return turn_not_possible(turn);
    if ((rc = rights_check_eyes(request, step, turn->event->actor.person, turn->of, turn->err)) !=
        KUNCI_OK)
        return rc;
    if (!reason || !*reason)
        return err_set(turn->err, KUNCI_FLOW_REASON_MISSING, step->name, NULL);
    if (target == STEP_END)
        return turn_end(turn, STATE_REJECTED, "rejected", reason);
    if ((rc = turn_notify(turn, ROLE_PEMOHON, "rejected")) != KUNCI_OK ||
        (rc = turn_log(turn, "rejected", NULL, reason)) != KUNCI_OK)
        return rc;
    forget_round(request);
    request->state = STATE_DRAFT;
    return turn_arrive(turn, target);
}

static enum kunci_rc withdraw(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    const char *person = turn->event->actor.person;

    if (!person || strcmp(person, request->applicant) != 0)
        return err_set(turn->err, KUNCI_FLOW_NO_RIGHT, request_step(request)->name,
                       _("only the applicant withdraws"));
    if (request->state >= STATE_APPROVED)
        return turn_not_possible(turn);
    return turn_end(turn, STATE_WITHDRAWN, "withdrawn", turn->event->reason);
}

static enum kunci_rc ask(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    int role = turn->event->name ? word_index(role_names, turn->event->name) : -1;
    enum kunci_rc rc;

    if (role < 0 || role == ROLE_SISTEM || request->clock.paused)
        return turn_not_possible(turn);
    step_clock_pause(&request->clock, &request->sop->hours, turn->now);
    request->waits_for = (enum role)role;
    if ((rc = turn_log(turn, "paused", NULL, turn->event->reason)) == KUNCI_OK)
        rc = turn_notify(turn, request->waits_for, "asked");
    return rc;
}

static enum kunci_rc answer(const struct turn *turn)
{
    if (!turn->request->clock.paused)
        return turn_not_possible(turn);
    step_clock_resume(&turn->request->clock, turn->now);
    return turn_log(turn, "resumed", NULL, turn->event->reason);
}

/* ---- one event ---- */

/* Whose event it is. ASKED: his too whose answer the step waits for. */
enum whose { ANYBODYS, ACTORS, ASKED };

static const struct verb {
    enum kunci_rc (*run)(const struct turn *turn);
    enum whose whose;
    bool while_calling; /* also while the procedure that the step called is under way */
} verbs[] = {
    [KUNCI_FLOW_DO] = {do_step, ACTORS, false},
    [KUNCI_FLOW_REJECT] = {reject, ACTORS, false},
    [KUNCI_FLOW_WITHDRAW] = {withdraw, ANYBODYS, false},
    [KUNCI_FLOW_ATTACH] = {turn_attach, ASKED, true},
    [KUNCI_FLOW_FILL] = {turn_fill, ASKED, true},
    [KUNCI_FLOW_ASK] = {ask, ACTORS, false},
    [KUNCI_FLOW_ANSWER] = {answer, ASKED, false},
    [KUNCI_FLOW_RETURN] = {come_back, ANYBODYS, true},
};

static enum kunci_rc check_rights(struct turn *turn, enum whose whose)
{
    const struct kunci_request *request = turn->request;
    const struct kunci_flow_actor *actor = &turn->event->actor;
    struct kunci_err not_asked = KUNCI_ERR_INIT;

    if (whose == ANYBODYS)
        return KUNCI_OK;
    if (!actor->person)
        return err_set(turn->err, KUNCI_FLOW_NO_RIGHT, request_step(request)->name,
                       _("nobody is named who does it"));
    if (whose == ASKED && request->clock.paused &&
        rights_check(request, request->waits_for, actor, turn->now, &turn->of, &not_asked) ==
            KUNCI_OK)
        return KUNCI_OK;
    return rights_check(request, request_step(request)->actor, actor, turn->now, &turn->of,
                        turn->err);
}

static enum kunci_rc check_event(struct turn *turn, const struct verb *verb)
{
    const struct kunci_request *request = turn->request;
    const struct kunci_flow_event *event = turn->event;
    const struct step *step = request_step(request);

    if (!step)
        return err_set(turn->err, KUNCI_FLOW_OVER, request->id, state_title(request->state));
    if (event->step && strcmp(event->step, step->name) != 0)
        return turn_not_possible(turn);
    if (request->calling && !verb->while_calling)
        return err_set(turn->err, KUNCI_FLOW_WAITING, step->name, step->calls);
    return check_rights(turn, verb->whose);
}

enum kunci_rc kunci_flow_apply(struct kunci_request *request, const struct kunci_flow_event *event,
                               const struct kunci_flow_port *port, struct kunci_err *err)
{
    struct turn turn = {.request = request,
                        .event = event,
                        .port = port,
                        .now = port->now(port->context),
                        .err = err};
    const struct verb *verb = &verbs[event->verb];
    enum kunci_rc rc = check_event(&turn, verb);

    if (rc == KUNCI_OK && (rc = verb->run(&turn)) == KUNCI_OK)
        request->touched = turn.now;
    return rc;
}
