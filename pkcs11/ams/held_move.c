/* Requests moved: by somebody's event, and on by kunci itself as far as that goes. */
#include "ams/held.h"

#include "base/error.h"

#include <string.h>

static const struct kunci_flow_grant everywhere = {.role = "sistem", .scope = ""};
static const struct kunci_flow_actor by_itself = {"kuncid", &everywhere, 1};

/* Whether nobody has to say which way. */
static bool has_one_outcome(const struct step *step)
{
    const char *first = step->branches[0].outcome;
    unsigned i;

    for (i = 1; i < step->branch_count; i++) {
        const char *other = step->branches[i].outcome;

        if (first && other ? strcmp(first, other) != 0 : first != other)
            return false;
    }
    return true;
}

static bool is_own(const struct kunci_request *request)
{
    const struct step *step = request_step(request);

    return step && step->actor == ROLE_SISTEM && has_one_outcome(step) && !request->calling &&
           !request->clock.paused;
}

static enum kunci_rc tell_caller(struct held *held, struct kunci_err *err)
{
    const struct kunci_request *request = held->request;
    const struct kunci_flow_event event = {
        .verb = KUNCI_FLOW_RETURN,
        .outcome = state_names[request->state],
        .actor = by_itself,
    };
    struct held caller;
    enum kunci_rc rc = held_take(held->desk, held->caller, &caller, err);

    if (rc == KUNCI_OK)
        rc = held_apply(&caller, &event, err);
    if (rc == KUNCI_OK)
        rc = held_put(&caller, err);
    held_drop(&caller);
    return rc;
}

enum kunci_rc held_settle(struct held *held, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    unsigned steps;

    /* No way through a procedure by kunci alone is longer than all its steps. */
    for (steps = 0; rc == KUNCI_OK && is_own(held->request) && steps < STEPS_MAX; steps++) {
        const struct kunci_flow_event event = {
            .verb = KUNCI_FLOW_DO,
            .outcome = request_step(held->request)->branches[0].outcome,
            .actor = by_itself,
        };

        rc = kunci_flow_apply(held->request, &event, &held->port, err);
    }
    return rc;
}

enum kunci_rc held_apply(struct held *held, const struct kunci_flow_event *event,
                         struct kunci_err *err)
{
    enum kunci_rc rc = kunci_flow_apply(held->request, event, &held->port, err);

    return rc == KUNCI_OK ? held_follow(held, err) : rc;
}

enum kunci_rc held_follow(struct held *held, struct kunci_err *err)
{
    enum kunci_rc rc = held_settle(held, err);

    if (rc == KUNCI_OK && held->caller && !request_step(held->request))
        rc = tell_caller(held, err);
    return rc;
}
