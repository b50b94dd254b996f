#include "ams/requests.h"

#include "ams/advance.h"
#include "ams/decision.h"
#include "ams/view.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/rights.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* ---- begun ---- */

/* 0: the key is new. */
static enum kunci_rc find_by_key(const struct requests_desk *desk, int64_t account,
                                 const struct said_begin *begin, int64_t *id, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(desk->store, "SELECT id, kind FROM requests WHERE account = $1 AND key = $2",
                    VALUES(OF_INT(account), OF_TEXT(begin->key)), &rows, err);

    *id = 0;
    if (rc == KUNCI_OK && rows_next(&rows, err)) {
        *id = rows_int(&rows, 0);
        if (strcmp(rows_text(&rows, 1), sop_kind_names[begin->kind]) != 0)
            rc = err_set(err, KUNCI_REQUEST_CONFLICT, sop_kind_names[begin->kind],
                         _("its key belongs to a request of another kind"));
    } else if (rc == KUNCI_OK) {
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

static enum kunci_rc take_or_begin(const struct requests_desk *desk,
                                   const struct requests_actor *actor,
                                   const struct said_begin *begin, bool *created, struct held *out,
                                   struct kunci_err *err)
{
    struct held_plan plan = {.key = begin->key,
                             .reason = begin->reason,
                             .certificate = begin->certificate,
                             .account = actor->account};
    int64_t id = 0;
    enum kunci_rc rc = find_by_key(desk, actor->account, begin, &id, err);

    *created = id == 0;
    if (rc == KUNCI_OK && id)
        return held_take(desk, id, out, err);
    if (rc == KUNCI_OK && (rc = held_rule(desk, begin->kind, &plan.sop, err)) == KUNCI_OK)
        rc = held_begin(desk, &plan, out, err);
    return rc;
}

/* A repeated beginning says again what may have been done long ago. */
static enum kunci_rc go_on(struct held *held, const struct requests_actor *actor, bool created,
                           json_t *event, struct kunci_err *err)
{
    struct said said;
    enum kunci_rc rc;

    if (!event || (!created && !request_step(held->request)))
        return KUNCI_OK;
    rc = said_read_advance(event, &said, err);
    if (rc == KUNCI_OK)
        rc = advance(held, actor, &said, err);
    said_clear(&said);
    return rc;
}

static enum kunci_rc put_and_show(struct held *held, const struct requests_actor *actor,
                                  json_t **out, struct kunci_err *err)
{
    enum kunci_rc rc = held_put(held, err);

    return rc == KUNCI_OK ? view_document(held, actor, out, err) : rc;
}

enum kunci_rc requests_begin(const struct requests_desk *desk, const struct requests_actor *actor,
                             json_t *body, bool *created, json_t **out, struct kunci_err *err)
{
    struct said_begin begin;
    struct held held = {.id = 0};
    enum kunci_rc rc = said_read_begin(body, &begin, err);

    *out = NULL;
    *created = false;
    if (rc == KUNCI_OK &&
        (rc = take_or_begin(desk, actor, &begin, created, &held, err)) == KUNCI_OK &&
        (rc = go_on(&held, actor, *created, begin.advance, err)) == KUNCI_OK)
        rc = put_and_show(&held, actor, out, err);
    held_drop(&held);
    said_begin_clear(&begin);
    return rc;
}

/* ---- decided ---- */

static bool hash_message(struct held *held, const struct buf *message)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];

    SHA256((const unsigned char *)message->data, message->len, hash);
    text_hex(hex, hash, sizeof hash);
    return text_keep(&held->decision, hex);
}

/* Whose turn it is not is told so before what he signed is looked at. */
static enum kunci_rc check_turn(const struct held *held, const struct requests_actor *actor,
                                const struct said *said, struct kunci_err *err)
{
    const struct kunci_request *request = held->request;
    const struct step *step = request_step(request);
    char possible[256];
    const char *of;
    enum kunci_rc rc;

    if (!step)
        return err_set(err, KUNCI_FLOW_OVER, request->id, state_title(request->state));
    if (strcmp(step->name, said->step) != 0) {
        kunci_request_possible(request, possible, sizeof possible);
        return err_set(err, KUNCI_FLOW_NOT_POSSIBLE, step->name, possible);
    }
    rc = rights_check(request, step->actor, &actor->flow, held->desk->now, &of, err);
    if (rc == KUNCI_OK)
        rc = rights_check_eyes(request, step, actor->flow.person, of, err);
    return rc;
}

static enum kunci_rc check_decision(struct held *held, const struct decision_wanted *wanted,
                                    const struct said *said, struct kunci_err *err)
{
    if (!said->has_decision)
        return act_rules[request_step(held->request)->act].decides
                   ? err_set(err, KUNCI_DECISION_INVALID, held->request->id,
                             _("this step takes a signed decision"))
                   : KUNCI_OK;
    if (!hash_message(held, &said->decision))
        return err_no_memory(err);
    return decision_check(held, wanted, &said->decision, err);
}

/* The step is done, or rejects. */
static enum kunci_rc decide(struct held *held, const struct requests_actor *actor,
                            const struct said *said, struct kunci_err *err)
{
    bool rejects = said->verb == SAID_REJECT;
    const struct decision_wanted wanted = {
        .actor = actor,
        .verdict = rejects ? "reject" : "done",
        .outcome = said->outcome,
        .reason = said->reason,
    };
    const struct kunci_flow_event event = {
        .verb = rejects ? KUNCI_FLOW_REJECT : KUNCI_FLOW_DO,
        .step = said->step,
        .outcome = said->outcome,
        .reason = said->reason,
        .actor = actor->flow,
    };
    enum kunci_rc rc;

    if ((rc = check_turn(held, actor, said, err)) != KUNCI_OK ||
        (rc = check_decision(held, &wanted, said, err)) != KUNCI_OK)
        return rc;
    rc = held_apply(held, &event, err);
    if (rc == KUNCI_OK && said->has_decision)
        rc = decision_keep(held, said->step, &wanted, &said->decision, err);
    return rc;
}

static enum kunci_rc tell(struct held *held, const struct requests_actor *actor,
                          const struct said *said, struct kunci_err *err)
{
    static const enum kunci_flow_verb verbs[] = {[SAID_WITHDRAW] = KUNCI_FLOW_WITHDRAW,
                                                 [SAID_ASK] = KUNCI_FLOW_ASK,
                                                 [SAID_ANSWER] = KUNCI_FLOW_ANSWER};
    const struct kunci_flow_event event = {
        .verb = verbs[said->verb],
        .name = said->role,
        .reason = said->reason,
        .actor = actor->flow,
    };

    return held_apply(held, &event, err);
}

enum kunci_rc requests_event(const struct requests_desk *desk, const struct requests_actor *actor,
                             int64_t id, json_t *event, json_t **out, struct kunci_err *err)
{
    struct held held = {.id = 0};
    struct said said;
    enum kunci_rc rc = said_read(event, &said, err);

    *out = NULL;
    if (rc == KUNCI_OK && (rc = held_show(desk, actor, id, &held, err)) == KUNCI_OK) {
        if (said.verb == SAID_ADVANCE)
            rc = advance(&held, actor, &said, err);
        else if (said.verb == SAID_DO || said.verb == SAID_REJECT)
            rc = decide(&held, actor, &said, err);
        else
            rc = tell(&held, actor, &said, err);
    }
    if (rc == KUNCI_OK)
        rc = put_and_show(&held, actor, out, err);
    held_drop(&held);
    said_clear(&said);
    return rc;
}

/* ---- documents ---- */

/* What is sent again as it is says nothing new: a run that was cut off does that. */
static enum kunci_rc is_there(const struct held *held, const char *name, const void *bytes,
                              size_t len, bool *same, struct kunci_err *err)
{
    unsigned char *before = NULL;
    size_t before_len = 0;
    enum kunci_rc rc = held_document(held, name, &before, &before_len, err);

    *same = before && document_place(held->request->sop, name) >= 0 && before_len == len &&
            memcmp(before, bytes, len) == 0;
    free(before);
    return rc;
}

enum kunci_rc requests_attach(const struct requests_desk *desk, const struct requests_actor *actor,
                              int64_t id, const char *name, const void *bytes, size_t len,
                              json_t **out, struct kunci_err *err)
{
    const struct kunci_flow_event event = {
        .verb = KUNCI_FLOW_ATTACH, .name = name, .actor = actor->flow};
    bool same = false;
    struct held held;
    enum kunci_rc rc = held_show(desk, actor, id, &held, err);

    *out = NULL;
    if (rc == KUNCI_OK)
        rc = is_there(&held, name, bytes, len, &same, err);
    if (rc == KUNCI_OK && same)
        rc = view_document(&held, actor, out, err);
    else if (rc == KUNCI_OK && (rc = held_apply(&held, &event, err)) == KUNCI_OK &&
             (rc = held_keep(&held, name, bytes, len, err)) == KUNCI_OK)
        rc = put_and_show(&held, actor, out, err);
    held_drop(&held);
    return rc;
}

enum kunci_rc requests_show(const struct requests_desk *desk, const struct requests_actor *actor,
                            int64_t id, json_t **out, struct kunci_err *err)
{
    struct held held;
    enum kunci_rc rc = held_show(desk, actor, id, &held, err);

    *out = NULL;
    if (rc == KUNCI_OK)
        rc = view_document(&held, actor, out, err);
    held_drop(&held);
    return rc;
}

enum kunci_rc requests_document(const struct requests_desk *desk,
                                const struct requests_actor *actor, int64_t id, const char *name,
                                unsigned char **bytes, size_t *len, struct kunci_err *err)
{
    struct held held;
    enum kunci_rc rc = held_show(desk, actor, id, &held, err);

    *bytes = NULL;
    if (rc == KUNCI_OK && (rc = held_document(&held, name, bytes, len, err)) == KUNCI_OK && !*bytes)
        rc = err_set(err, KUNCI_REQUEST_UNKNOWN, name, NULL);
    held_drop(&held);
    return rc;
}

enum kunci_rc requests_decision(const struct requests_desk *desk,
                                const struct requests_actor *actor, int64_t id, int64_t n,
                                unsigned char **bytes, size_t *len, struct kunci_err *err)
{
    struct rows rows = {.statement = NULL};
    struct held held;
    enum kunci_rc rc = held_show(desk, actor, id, &held, err);

    *bytes = NULL;
    if (rc == KUNCI_OK)
        rc = store_query(desk->store,
                         "SELECT cms FROM decisions WHERE request = $1 ORDER BY id"
                         " LIMIT 1 OFFSET $2",
                         VALUES(OF_INT(id), OF_INT(n > 0 ? n - 1 : INT32_MAX)), &rows, err);
    if (rc == KUNCI_OK && rows_next(&rows, err)) {
        const void *cms = rows_blob(&rows, 0, len);

        if ((*bytes = malloc(*len + 1)))
            memcpy(*bytes, cms, *len);
        else
            rc = err_no_memory(err);
    } else if (rc == KUNCI_OK) {
        rc = rows.rc != KUNCI_OK ? rows.rc
                                 : err_set(err, KUNCI_REQUEST_UNKNOWN, held.request->id, NULL);
    }
    rows_end(&rows);
    held_drop(&held);
    return rc;
}

enum kunci_rc requests_rules(const struct requests_desk *desk, json_t **out, struct kunci_err *err)
{
    json_t *rules = json_object();
    const struct kunci_sop *sop;
    unsigned kind;

    for (kind = 0; kind < SOP_KINDS; kind++) {
        struct kunci_err none = KUNCI_ERR_INIT;

        if (held_rule(desk, (enum sop_kind)kind, &sop, &none) == KUNCI_OK)
            json_object_set_new(rules, sop_kind_names[kind], json_string(sop->name));
    }
    *out = rules;
    return rules ? KUNCI_OK : err_no_memory(err);
}
