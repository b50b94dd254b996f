/* What time alone brings to a request. */
#include "flow/engine.h"

#include "base/text.h"

enum { DAY = 86400 };

struct due {
    unsigned given;
    int64_t percent;
    enum role to;
    const char *event;
};

static enum kunci_rc give(const struct turn *turn, const struct due *due)
{
    struct kunci_request *request = turn->request;
    enum kunci_rc rc;

    if (request->clock.given & due->given)
        return KUNCI_OK;
    if ((rc = turn_notify(turn, due->to, due->event)) == KUNCI_OK &&
        (rc = turn_log(turn, due->event, NULL, NULL)) == KUNCI_OK)
        request->clock.given |= due->given;
    return rc;
}

/* Against the step's own minutes; one that has none is never late. */
static enum kunci_rc remind(const struct turn *turn)
{
    struct kunci_request *request = turn->request;
    const struct service *service = &request->sop->service;
    const struct step *step = request_step(request);
    int64_t used = step_clock_used(&request->clock, &request->sop->hours, turn->now);
    const struct due dues[] = {
        {GIVEN_REMINDER, service->remind_at, step->actor, "reminded"},
        {GIVEN_OVERDUE, 100, step->actor, "overdue"},
        {GIVEN_ESCALATION, service->escalate_at, service->escalate_to, "escalated"},
    };
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    if (!step->seconds)
        return KUNCI_OK;
    for (i = 0; rc == KUNCI_OK && i < sizeof dues / sizeof *dues; i++)
        if (dues[i].percent && used >= step->seconds * dues[i].percent / 100)
            rc = give(turn, &dues[i]);
    return rc;
}

/* What was executed has its effect, and is not given up for want of a last click. */
static bool is_abandoned(const struct turn *turn)
{
    const struct kunci_request *request = turn->request;
    int64_t days = request->sop->service.expires_days;

    return days && request->state < STATE_EXECUTED && !request->calling &&
           turn->now - request->touched >= days * DAY;
}

/* ---- when ---- */

static int64_t sooner(int64_t a, int64_t b)
{
    return a && a < b ? a : b;
}

/* The first moment at which the step has used so much; 0: not within years. Working hours
 * pass by jumps, so it is searched for. */
static int64_t moment_of(const struct kunci_request *request, int64_t used, int64_t now)
{
    enum { YEARS = 5 * 366 };
    const struct step_clock *clock = &request->clock;
    const struct hours *hours = &request->sop->hours;
    int64_t from = now, to = now + (int64_t)YEARS * DAY;

    if (clock->paused || step_clock_used(clock, hours, to) < used)
        return 0;
    while (from < to) {
        int64_t middle = from + (to - from) / 2;

        if (step_clock_used(clock, hours, middle) >= used)
            to = middle;
        else
            from = middle + 1;
    }
    return to;
}

static int64_t next_notice(const struct kunci_request *request, int64_t now)
{
    const struct service *service = &request->sop->service;
    const int64_t percents[] = {service->remind_at, 100, service->escalate_at};
    int64_t next = INT64_MAX;
    unsigned i;

    for (i = 0; i < sizeof percents / sizeof *percents; i++)
        if (percents[i] && !(request->clock.given & 1u << i))
            next = sooner(
                moment_of(request, request_step(request)->seconds * percents[i] / 100, now), next);
    return next;
}

int64_t request_due(const struct kunci_request *request, int64_t now)
{
    const struct step *step = request_step(request);
    int64_t days = request->sop->service.expires_days, next = INT64_MAX;

    if (!step)
        return 0;
    if (days && request->state < STATE_EXECUTED && !request->calling)
        next = request->touched + days * DAY;
    if (step->seconds)
        next = sooner(next_notice(request, now), next);
    return next == INT64_MAX ? 0 : next;
}

enum kunci_rc kunci_flow_tick(struct kunci_request *request, const struct kunci_flow_port *port,
                              struct kunci_err *err)
{
    const struct turn turn = {
        .request = request, .port = port, .now = port->now(port->context), .err = err};

    if (!request_step(request))
        return KUNCI_OK;
    if (is_abandoned(&turn))
        return turn_end(&turn, STATE_TIMED_OUT, "timed-out", NULL);
    return remind(&turn);
}
