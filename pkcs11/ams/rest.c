/* What those who are logged in call: themselves, requests, certificates. */
#include "ams/body.h"
#include "ams/handlers.h"
#include "ams/serve_inside.h"
#include "ams/token_evidence.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "trust/moment.h"

#include <stdlib.h>
#include <string.h>

enum { NOTICES_SHOWN = 50, LIST_MAX = 500 };

/* ---- what they have in common ---- */

static enum kunci_rc part_number(const struct call *call, int part, int64_t *out,
                                 struct kunci_err *err)
{
    if (!number_read(call->found.part[part], out))
        return err_set(err, KUNCI_REQUEST_UNKNOWN, call->found.part[part], NULL);
    return KUNCI_OK;
}

static json_t *time_or_null(int64_t when)
{
    char text[MOMENT_TEXT];

    return when ? json_string(moment_print(when, text)) : json_null();
}

static json_t *base64(const void *bytes, size_t len)
{
    struct buf text = {0};
    json_t *out = NULL;

    base64_add(&text, bytes, len);
    if (!text.failed)
        out = json_stringn(text.data ? text.data : "", text.len);
    buf_clear(&text);
    return out;
}

static json_t *show_certificate(const struct ca_row *row)
{
    static const char *const statuses[] = {
        [CA_ACTIVE] = "active", [CA_SUSPENDED] = "suspended", [CA_REVOKED] = "revoked"};
    bool revoked = row->status != CA_ACTIVE;

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s?, s:o, s:o}", "serial", row->serial, "status",
        statuses[row->status], "profile", row->profile, "subject", row->subject, "not_before",
        time_or_null(row->not_before), "not_after", time_or_null(row->not_after), "revoked_at",
        time_or_null(revoked ? row->revoked_at : 0), "reason",
        revoked ? ca_reason_name(row->reason) : NULL, "request",
        row->request ? json_integer(row->request) : json_null(), "der", base64(row->der, row->len));
}

/* ---- oneself ---- */

static enum kunci_rc put(json_t *object, const char *name, json_t *value, struct kunci_err *err)
{
    return json_object_set_new(object, name, value) == 0 ? KUNCI_OK : err_no_memory(err);
}

static enum kunci_rc put_certificates(const struct call *call, struct store *store,
                                      struct kunci_err *err)
{
    json_t *list = json_array();
    struct ca_row *rows = NULL;
    size_t count = 0, i;
    enum kunci_rc rc = ca_of_account(store, call->account, &rows, &count, err);

    for (i = 0; i < count && rc == KUNCI_OK; i++)
        if (json_array_append_new(list, show_certificate(&rows[i])) != 0)
            rc = err_no_memory(err);
    ca_rows_free(&rows, count);
    if (rc == KUNCI_OK)
        return put(call->json, "certificates", list, err);
    json_decref(list);
    return rc;
}

static enum kunci_rc put_requests(const struct call *call, const struct requests_desk *desk,
                                  struct kunci_err *err)
{
    const struct requests_query query = {.mine = true, .limit = LIST_MAX};
    const struct requests_actor *actor = &call->who.actor;
    json_t *list = NULL, *notices = NULL;
    enum kunci_rc rc = requests_list(desk, actor, &query, &list, err);

    if (rc == KUNCI_OK)
        rc = put(call->json, "requests", json_incref(json_object_get(list, "requests")), err);
    json_decref(list);
    if (rc == KUNCI_OK)
        rc = requests_notices(desk, actor, NOTICES_SHOWN, &notices, err);
    return rc == KUNCI_OK ? put(call->json, "notices", notices, err) : rc;
}

enum kunci_rc handle_me(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    const struct account *account = &call->who.account;
    json_t *grants = NULL;
    enum kunci_rc rc = accounts_grants(store, call->account, call->now, &grants, err);

    if (rc != KUNCI_OK)
        return rc;
    call->json = json_pack("{s:s, s:s, s:s?, s:o}", "account", account->name, "institution",
                           account->institution, "subject", account->subject, "grants", grants);
    if (!call->json)
        return err_no_memory(err);
    rc = put(call->json, "data", json_loads(account->data, 0, NULL), err);
    if (rc == KUNCI_OK)
        rc = put_certificates(call, store, err);
    return rc == KUNCI_OK ? put_requests(call, &desk, err) : rc;
}

/* ---- requests ---- */

/* So that the one writer is not kept by it. Where it is not sound, the writer tells why. */
void look_at_csr(struct call *call)
{
    const json_t *advance = json_object_get(call->body, "advance");
    const char *text = json_string_value(json_object_get(advance ? advance : call->body, "csr"));
    struct buf der = {0};

    if (text && base64_read(text, strlen(text), &der) && !der.failed)
        call->csr_sound =
            evidence_is_sound((const unsigned char *)der.data, der.len, call->csr_hash);
    buf_clear(&der);
}

enum kunci_rc handle_begin(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    bool created = false;
    enum kunci_rc rc =
        requests_begin(&desk, &call->who.actor, call->body, &created, &call->json, err);

    call->status = created ? 201 : 200;
    return rc;
}

/* One of two words, the second where nothing is said. */
static enum kunci_rc choose(const struct call *call, const char *name, const char *yes,
                            const char *no, bool *out, struct kunci_err *err)
{
    const char *said = call_query(call, name);

    *out = said && strcmp(said, yes) == 0;
    if (!said || *out || strcmp(said, no) == 0)
        return KUNCI_OK;
    return err_setf(err, KUNCI_BODY_INVALID, name, "%s=%s|%s", name, yes, no);
}

static enum kunci_rc query_number(const struct call *call, const char *name, int64_t *out,
                                  struct kunci_err *err)
{
    const char *said = call_query(call, name);

    *out = 0;
    if (!said || number_read(said, out))
        return KUNCI_OK;
    return err_setf(err, KUNCI_BODY_INVALID, name, _("%s has to be a number"), name);
}

enum kunci_rc handle_list(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    struct requests_query query = {.kind = call_query(call, "kind")};
    enum kunci_rc rc = choose(call, "for", "mine", "me", &query.mine, err);

    if (rc == KUNCI_OK)
        rc = choose(call, "state", "all", "open", &query.all, err);
    if (rc == KUNCI_OK)
        rc = query_number(call, "after", &query.after, err);
    if (rc == KUNCI_OK)
        rc = query_number(call, "limit", &query.limit, err);
    if (query.limit > LIST_MAX)
        query.limit = LIST_MAX;
    return rc == KUNCI_OK ? requests_list(&desk, &call->who.actor, &query, &call->json, err) : rc;
}

enum kunci_rc handle_show(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    int64_t id;
    enum kunci_rc rc = part_number(call, 0, &id, err);

    return rc == KUNCI_OK ? requests_show(&desk, &call->who.actor, id, &call->json, err) : rc;
}

enum kunci_rc handle_event(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    int64_t id;
    enum kunci_rc rc = part_number(call, 0, &id, err);

    if (rc != KUNCI_OK)
        return rc;
    return requests_event(&desk, &call->who.actor, id, call->body, &call->json, err);
}

enum kunci_rc handle_attach(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    const struct listen_request *request = &call->request;
    int64_t id;
    enum kunci_rc rc = part_number(call, 0, &id, err);

    if (rc != KUNCI_OK)
        return rc;
    if (!request->body || request->body_len == 0)
        return err_set(err, KUNCI_BODY_INVALID, NULL, _("there is nothing"));
    return requests_attach(&desk, &call->who.actor, id, call->found.part[1], request->body,
                           request->body_len, &call->json, err);
}

/* Bytes that came from others go out as bytes, whatever they are: nothing shows them. */
static enum kunci_rc take_bytes(struct call *call, unsigned char *bytes, size_t len,
                                const char *type, struct kunci_err *err)
{
    buf_add(&call->bytes, bytes, len);
    free(bytes);
    call->type = type;
    return call->bytes.failed ? err_no_memory(err) : KUNCI_OK;
}

enum kunci_rc handle_document(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    unsigned char *bytes = NULL;
    size_t len = 0;
    int64_t id;
    enum kunci_rc rc = part_number(call, 0, &id, err);

    if (rc == KUNCI_OK)
        rc = requests_document(&desk, &call->who.actor, id, call->found.part[1], &bytes, &len, err);
    return rc == KUNCI_OK ? take_bytes(call, bytes, len, "application/octet-stream", err) : rc;
}

enum kunci_rc handle_decision(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    unsigned char *bytes = NULL;
    size_t len = 0;
    int64_t id, n;
    enum kunci_rc rc = part_number(call, 0, &id, err);

    if (rc == KUNCI_OK)
        rc = part_number(call, 1, &n, err);
    if (rc == KUNCI_OK)
        rc = requests_decision(&desk, &call->who.actor, id, n, &bytes, &len, err);
    return rc == KUNCI_OK ? take_bytes(call, bytes, len, "application/cms", err) : rc;
}

/* ---- certificates ---- */

/* Whoever holds it, and whoever has a role, of any kind, where its holder is. */
static enum kunci_rc may_see(const struct call *call, struct store *store, const struct ca_row *row,
                             struct kunci_err *err)
{
    struct account holder = {0};
    enum kunci_rc rc = KUNCI_OK;
    size_t i;
    bool may = row->account == call->account;

    if (!may && row->account)
        rc = accounts_get(store, row->account, &holder, err);
    for (i = 0; rc == KUNCI_OK && !may && i < call->who.count; i++)
        may = account_actor_holds(&call->who, call->who.grants[i].role,
                                  holder.institution ? holder.institution : "", call->now);
    account_clear(&holder);
    return rc == KUNCI_OK && !may ? err_set(err, KUNCI_CERT_UNKNOWN, row->serial, NULL) : rc;
}

enum kunci_rc handle_certificate(struct call *call, struct store *store, struct kunci_err *err)
{
    const char *serial = call->found.part[0];
    struct ca_row row;
    enum kunci_rc rc;

    if (!serial_fits(serial))
        return err_set(err, KUNCI_CERT_UNKNOWN, serial, NULL);
    if ((rc = ca_find(store, serial, &row, err)) == KUNCI_OK)
        rc = may_see(call, store, &row, err);
    if (rc == KUNCI_OK && !(call->json = show_certificate(&row)))
        rc = err_no_memory(err);
    ca_row_clear(&row);
    return rc;
}
