#include "ams/advance.h"

#include "base/error.h"
#include "base/text.h"
#include "flow/graph.h"

#include <string.h>

/* ---- data ---- */

/* What the account knows of him is changed by the procedure for that, and not here. */
static enum kunci_rc check_own(const struct held *held, unsigned set, const char *name,
                               const char *value, struct kunci_err *err)
{
    int field = word_index(field_names, name);
    const char *known = field < 0 ? NULL : held->request->data[set][field];

    if (set != KUNCI_FLOW_PERSON || !known || field == FIELD_REASON || strcmp(known, value) == 0)
        return KUNCI_OK;
    return err_setf(err, KUNCI_FLOW_RULE, request_step(held->request)->name,
                    _("\"%s\" stands in the account, and is changed by a data change"), name);
}

static enum kunci_rc fill_set(struct held *held, const struct requests_actor *actor, unsigned set,
                              json_t *values, struct kunci_err *err)
{
    struct kunci_flow_event event = {
        .verb = KUNCI_FLOW_FILL, .data = (enum kunci_flow_data)set, .actor = actor->flow};
    enum kunci_rc rc = KUNCI_OK;
    json_t *value;

    json_object_foreach(values, event.name, value)
    {
        event.value = json_string_value(value);
        if ((rc = check_own(held, set, event.name, event.value, err)) != KUNCI_OK ||
            (rc = kunci_flow_apply(held->request, &event, &held->port, err)) != KUNCI_OK)
            break;
    }
    return rc;
}

static enum kunci_rc take_in(struct held *held, const struct requests_actor *actor,
                             const struct said *said, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < DATA_SETS; i++)
        rc = fill_set(held, actor, i, said->data[i], err);
    if (rc == KUNCI_OK && said->has_csr)
        rc = evidence_take_csr(held, (const unsigned char *)said->csr.data, said->csr.len, err);
    if (rc == KUNCI_OK && said->proof_old.alg)
        rc = evidence_take_old(held, &said->proof_old, err);
    if (rc == KUNCI_OK && said->proof_new.alg)
        rc = evidence_take_new(held, &said->proof_new, err);
    return rc;
}

/* ---- steps ---- */

/* Whether one way is said, or there is only one. */
static bool choose(const struct step *step, const json_t *outcomes, const char **outcome)
{
    const char *said = json_string_value(json_object_get(outcomes, step->name));
    unsigned i;

    *outcome = said ? said : step->branches[0].outcome;
    for (i = 1; !said && i < step->branch_count; i++) {
        const char *other = step->branches[i].outcome;

        if (*outcome && other ? strcmp(*outcome, other) != 0 : *outcome != other)
            return false;
    }
    return true;
}

static enum kunci_rc has_evidence(const struct held *held, const struct step *step, bool *has,
                                  struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    *has = true;
    for (i = 0; rc == KUNCI_OK && *has && i < step->deed_count; i++)
        if (!(held->request->deeds & 1u << step->deeds[i]))
            rc = evidence_is_there(held, evidence_of(step->deeds[i]), has, err);
    return rc;
}

/* What is missing is asked for before anything is done: then the step waits. */
static enum kunci_rc try_step(struct held *held, const struct requests_actor *actor,
                              const char *outcome, bool *done, struct kunci_err *err)
{
    const struct kunci_flow_event event = {
        .verb = KUNCI_FLOW_DO, .outcome = outcome, .actor = actor->flow};
    struct kunci_err why = KUNCI_ERR_INIT;
    enum kunci_rc rc = kunci_flow_apply(held->request, &event, &held->port, &why);

    *done = rc == KUNCI_OK;
    if (rc == KUNCI_OK)
        return held_follow(held, err);
    if (rc == KUNCI_FLOW_DOCUMENT_MISSING || rc == KUNCI_FLOW_FIELD_MISSING)
        return KUNCI_OK;
    return err_set(err, why.rc, why.about, why.detail);
}

static bool is_his(const struct kunci_request *request)
{
    const struct step *step = request_step(request);

    return step && step->actor == ROLE_PEMOHON && !request->clock.paused;
}

enum kunci_rc advance(struct held *held, const struct requests_actor *actor,
                      const struct said *said, struct kunci_err *err)
{
    struct kunci_request *request = held->request;
    bool goes_on = true;
    uint64_t seen = 0;
    enum kunci_rc rc;

    if (!request_step(request))
        return err_set(err, KUNCI_FLOW_OVER, request->id, state_title(request->state));
    if (actor->account != held->account)
        return err_set(err, KUNCI_FLOW_NO_RIGHT, request_step(request)->name,
                       _("it is the applicant's own"));
    rc = take_in(held, actor, said, err);
    while (rc == KUNCI_OK && goes_on && is_his(request) && !(seen & STEP_BIT(request->step))) {
        const struct step *step = request_step(request);
        const char *outcome;

        seen |= STEP_BIT(request->step); /* a way said once is gone once */
        goes_on = choose(step, said->outcomes, &outcome);
        if (goes_on)
            rc = has_evidence(held, step, &goes_on, err);
        if (rc == KUNCI_OK && goes_on)
            rc = try_step(held, actor, outcome, &goes_on, err);
    }
    return rc;
}
