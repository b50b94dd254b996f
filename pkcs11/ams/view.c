#include "ams/view.h"

#include "ams/decision.h"
#include "ams/token_evidence.h"
#include "base/base64.h"
#include "base/error.h"
#include "flow/rights.h"

#include <string.h>
#include <time.h>

json_t *view_moment(int64_t at)
{
    char text[32];
    time_t seconds = (time_t)at;
    struct tm tm;

    if (!at || !gmtime_r(&seconds, &tm) ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return json_null();
    return json_string(text);
}

bool view_is_turn(const struct held *held, const struct requests_actor *actor)
{
    const struct kunci_request *request = held->request;
    const struct step *step = request_step(request);
    struct kunci_err err = KUNCI_ERR_INIT;
    const char *of;

    if (!step || request->calling)
        return false;
    if (request->clock.paused)
        return rights_check(request, request->waits_for, &actor->flow, held->desk->now, &of,
                            &err) == KUNCI_OK;
    return rights_check(request, step->actor, &actor->flow, held->desk->now, &of, &err) ==
               KUNCI_OK &&
           rights_check_eyes(request, step, actor->flow.person, of, &err) == KUNCI_OK;
}

/* ---- the summary ---- */

enum kunci_rc view_summary(const struct held *held, json_t **out, struct kunci_err *err)
{
    const struct kunci_request *request = held->request;
    struct kunci_request_view view;

    kunci_request_look(request, held->desk->now, &view);
    *out = json_pack("{sI ss ss ss ss ss ss ss? ss? so so so}", "id", (json_int_t)held->id, "kind",
                     kunci_sop_kind(request->sop), "procedure", request->sop->name, "title",
                     kunci_sop_title(request->sop), "applicant", request->applicant, "institution",
                     request->institution, "state", view.state, "step", view.step, "role",
                     view.step ? view.waits_for : NULL, "began", view_moment(request->began),
                     "touched", view_moment(request->touched), "due_at",
                     view_moment(request_due(request, held->desk->now)));
    return *out ? KUNCI_OK : err_no_memory(err);
}

/* ---- what the step needs ---- */

static bool add(json_t *list, const char *text)
{
    return json_array_append_new(list, json_string(text)) == 0;
}

static enum kunci_rc put_deeds(const struct held *held, const struct step *step, json_t *list,
                               struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    bool there;
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < step->deed_count; i++) {
        if (held->request->deeds & 1u << step->deeds[i])
            continue;
        there = false;
        if (evidence_of(step->deeds[i]))
            rc = evidence_is_there(held, evidence_of(step->deeds[i]), &there, err);
        if (rc == KUNCI_OK && !there && !add(list, deed_names[step->deeds[i]]))
            rc = err_no_memory(err);
    }
    return rc;
}

static void put_documents(const struct kunci_request *request, const struct step *step,
                          json_t *list)
{
    unsigned i;

    for (i = 0; i < request->sop->document_count; i++)
        if (step->documents & ~request->documents & 1u << i)
            add(list, request->sop->documents[i].name);
}

static void put_fields(const struct kunci_request *request, const struct step *step, json_t *list)
{
    unsigned i;

    for (i = 0; i < FIELDS; i++)
        if (step->fields & 1u << i && !request->data[KUNCI_FLOW_PERSON][i] &&
            !(i == FIELD_REASON && request->reason))
            add(list, field_names[i]);
}

static void put_outcomes(const struct step *step, json_t *list)
{
    unsigned i, j;

    for (i = 0; i < step->branch_count; i++) {
        const char *outcome = step->branches[i].outcome;

        for (j = 0; outcome && j < i; j++)
            if (step->branches[j].outcome && strcmp(step->branches[j].outcome, outcome) == 0)
                break;
        if (outcome && j == i)
            add(list, outcome);
    }
}

static enum kunci_rc put_needs(const struct held *held, json_t *to, struct kunci_err *err)
{
    const struct step *step = request_step(held->request);
    json_t *deeds = json_array(), *documents = json_array(), *fields = json_array(),
           *outcomes = json_array();
    enum kunci_rc rc = KUNCI_OK;

    if (step) {
        put_documents(held->request, step, documents);
        put_fields(held->request, step, fields);
        put_outcomes(step, outcomes);
        rc = put_deeds(held, step, deeds, err);
    }
    if (json_object_set_new(to, "needs",
                            json_pack("{so so so so}", "deeds", deeds, "documents", documents,
                                      "fields", fields, "outcomes", outcomes)) != 0 &&
        rc == KUNCI_OK)
        rc = err_no_memory(err);
    return rc;
}

static void put_step(const struct held *held, const struct requests_actor *actor, json_t *to)
{
    const struct step *step = request_step(held->request);
    struct kunci_request_view view;
    char possible[256];

    kunci_request_look(held->request, held->desk->now, &view);
    kunci_request_possible(held->request, possible, sizeof possible);
    json_object_set_new(to, "version", json_string(held->request->sop->version));
    json_object_set_new(to, "yours", json_boolean(view_is_turn(held, actor)));
    json_object_set_new(to, "step_text",
                        step ? json_string(words_shown(&step->text)) : json_null());
    json_object_set_new(to, "act", step ? json_string(act_names[step->act]) : json_null());
    json_object_set_new(to, "decides", json_boolean(step && act_rules[step->act].decides));
    json_object_set_new(to, "possible", json_string(possible));
    json_object_set_new(to, "waits_for",
                        view.waits_for ? json_string(view.waits_for) : json_null());
    json_object_set_new(to, "calls", view.calls ? json_string(view.calls) : json_null());
    if (held->account == actor->account)
        json_object_set_new(to, "key", json_string(held->key));
}

/* ---- certificates ---- */

static enum kunci_rc put_certificates(const struct held *held, json_t *to, struct kunci_err *err)
{
    struct ca_row row = {.len = 0};
    struct buf text = {0};
    enum kunci_rc rc = KUNCI_OK;

    if (held->issued && (rc = ca_find(held->desk->store, held->issued, &row, err)) == KUNCI_OK) {
        base64_add(&text, row.der, row.len);
        if (text.failed)
            rc = err_no_memory(err);
    }
    if (rc == KUNCI_OK &&
        json_object_update_new(to, json_pack("{ss? ss? ss?}", "certificate_old", held->certificate,
                                             "issued", held->issued, "issued_der", text.data)) != 0)
        rc = err_no_memory(err);
    buf_clear(&text);
    ca_row_clear(&row);
    return rc;
}

/* ---- what happened ---- */

static enum kunci_rc put_decisions(const struct held *held, json_t *to, struct kunci_err *err)
{
    json_t *list = json_array();
    struct rows rows;
    enum kunci_rc rc = store_query(held->desk->store,
                                   "SELECT d.step, a.name, d.verdict, d.reason, d.at"
                                   " FROM decisions d JOIN accounts a ON a.id = d.account"
                                   " WHERE d.request = $1 ORDER BY d.id",
                                   VALUES(OF_INT(held->id)), &rows, err);
    json_int_t n = 0;

    while (rc == KUNCI_OK && rows_next(&rows, err))
        if (json_array_append_new(
                list,
                json_pack("{sI ss ss ss ss? so}", "n", ++n, "step", rows_text(&rows, 0), "account",
                          rows_text(&rows, 1), "verdict", rows_text(&rows, 2), "reason",
                          rows_text(&rows, 3), "at", view_moment(rows_int(&rows, 4)))) != 0)
            rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    if (json_object_set_new(to, "decisions", list) != 0 && rc == KUNCI_OK)
        rc = err_no_memory(err);
    return rc;
}

static enum kunci_rc put_history(const struct held *held, json_t *to, struct kunci_err *err)
{
    json_t *list = json_array();
    struct rows rows;
    enum kunci_rc rc = store_query(held->desk->store,
                                   "SELECT line FROM flow_events WHERE request = $1 ORDER BY id",
                                   VALUES(OF_INT(held->id)), &rows, err);

    while (rc == KUNCI_OK && rows_next(&rows, err))
        if (json_array_append_new(list, json_loads(rows_text(&rows, 0), 0, NULL)) != 0)
            rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    if (json_object_set_new(to, "history", list) != 0 && rc == KUNCI_OK)
        rc = err_no_memory(err);
    return rc;
}

static enum kunci_rc put_content(const struct held *held, json_t *to, struct kunci_err *err)
{
    char *content = NULL;
    enum kunci_rc rc = decision_content(held, &content, err);

    if (rc == KUNCI_OK && json_object_set_new(to, "content", json_string(content)) != 0)
        rc = err_no_memory(err);
    free(content);
    return rc;
}

enum kunci_rc view_document(const struct held *held, const struct requests_actor *actor,
                            json_t **out, struct kunci_err *err)
{
    json_t *document = NULL;
    enum kunci_rc rc = view_summary(held, &document, err);

    *out = NULL;
    if (rc != KUNCI_OK)
        return rc;
    put_step(held, actor, document);
    if ((rc = put_needs(held, document, err)) == KUNCI_OK &&
        (rc = put_content(held, document, err)) == KUNCI_OK &&
        (rc = put_certificates(held, document, err)) == KUNCI_OK &&
        (rc = put_decisions(held, document, err)) == KUNCI_OK)
        rc = put_history(held, document, err);
    if (rc == KUNCI_OK)
        *out = document;
    else
        json_decref(document);
    return rc;
}
