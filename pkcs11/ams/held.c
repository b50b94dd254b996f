#include "ams/held.h"

#include "audit/ledger.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/rights.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum kunci_rc unknown(int64_t id, struct kunci_err *err)
{
    char number[32];

    snprintf(number, sizeof number, "%" PRId64, id);
    return err_set(err, KUNCI_REQUEST_UNKNOWN, number, NULL);
}

void held_drop(struct held *held)
{
    kunci_request_free(&held->request);
    free(held->key);
    free(held->certificate);
    free(held->issued);
    free(held->decision);
    *held = (struct held){.id = 0};
}

static const struct kunci_sop *procedure_of(const struct held *held, const struct rows *row)
{
    return kunci_sop_find(held->desk->book, rows_text(row, 5), rows_text(row, 6), NULL);
}

static enum kunci_rc read_row(struct held *held, const struct rows *row, struct kunci_err *err)
{
    const struct kunci_sop *sop = procedure_of(held, row);
    const char *body = rows_text(row, 7);

    held->account = rows_int(row, 0);
    held->caller = rows_int(row, 1);
    if (!sop)
        return err_set(err, KUNCI_SOP_NOT_FOUND, rows_text(row, 5), NULL);
    if (!text_keep(&held->key, rows_text(row, 2)) ||
        !text_keep(&held->certificate, rows_text(row, 3)) ||
        !text_keep(&held->issued, rows_text(row, 4)))
        return err_no_memory(err);
    return request_load(sop, body, strlen(body), &held->request, err);
}

enum kunci_rc held_take(const struct requests_desk *desk, int64_t id, struct held *out,
                        struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc;

    *out = (struct held){.desk = desk, .id = id};
    out->port = held_port(out);
    rc = store_query(desk->store,
                     "SELECT account, caller, key, certificate, issued, procedure, version, body"
                     " FROM requests WHERE id = $1",
                     VALUES(OF_INT(id)), &rows, err);
    if (rc == KUNCI_OK && rows_next(&rows, err))
        rc = read_row(out, &rows, err);
    else if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc == KUNCI_OK && !out->request ? unknown(id, err) : rc;
}

static bool in_force(const struct kunci_flow_grant *grant, int64_t now)
{
    return grant->from <= now && (grant->until == 0 || now < grant->until);
}

bool held_may_see(const struct held *held, const struct requests_actor *actor)
{
    size_t i;

    if (held->account == actor->account)
        return true;
    for (i = 0; i < actor->flow.grant_count; i++)
        if (strcmp(actor->flow.grants[i].role, role_names[ROLE_PEMOHON]) != 0 &&
            rights_cover(actor->flow.grants[i].scope, held->request->institution) &&
            in_force(&actor->flow.grants[i], held->desk->now))
            return true;
    return false;
}

enum kunci_rc held_show(const struct requests_desk *desk, const struct requests_actor *actor,
                        int64_t id, struct held *out, struct kunci_err *err)
{
    enum kunci_rc rc = held_take(desk, id, out, err);

    return rc == KUNCI_OK && !held_may_see(out, actor) ? unknown(id, err) : rc;
}

/* Whose turn it is; NULL: it is over. */
static const char *turn_of(const struct held *held)
{
    struct kunci_request_view view;

    kunci_request_look(held->request, held->desk->now, &view);
    return view.step ? view.waits_for : NULL;
}

enum kunci_rc held_put(struct held *held, struct kunci_err *err)
{
    const struct kunci_request *request = held->request;
    const struct step *step = request_step(request);
    int64_t due = request_due(request, held->desk->now);
    char *body = NULL;
    enum kunci_rc rc = request_save(request, &body, err);

    if (rc == KUNCI_OK)
        rc =
            store_do(held->desk->store,
                     "UPDATE requests SET state = $1, step = $2, role = $3, certificate = $4,"
                     " issued = $5, touched = $6, due_at = $7, body = $8 WHERE id = $9",
                     VALUES(OF_TEXT(state_names[request->state]), OF_TEXT(step ? step->name : NULL),
                            OF_TEXT(turn_of(held)), OF_TEXT(held->certificate),
                            OF_TEXT(held->issued), OF_INT(request->touched),
                            due ? OF_INT(due) : OF_NULL, OF_TEXT(body), OF_INT(held->id)),
                     err);
    free(body);
    return rc;
}

enum kunci_rc held_audit(const struct held *held, const char *event, const char *by,
                         const char *subject, json_t *details, struct kunci_err *err)
{
    const struct audit_act act = {
        .node = held->desk->settings->node,
        .at = held->desk->now,
        .event = event,
        .by = by,
        .request = held->id,
        .subject = subject,
        .details = details,
    };
    enum kunci_rc rc = details ? audit_add(held->desk->store, &act, err) : err_no_memory(err);

    json_decref(details);
    return rc;
}
