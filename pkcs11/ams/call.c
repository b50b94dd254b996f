#include "ams/call.h"

#include "ams/body.h"
#include "ams/refusal.h"
#include "ams/serve_inside.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void call_free(struct call *call)
{
    json_decref(call->body);
    account_actor_clear(&call->who);
    json_decref(call->json);
    buf_clear(&call->bytes);
    if (call->fd)
        close(call->fd);
    ocspd_answer_free(&call->ocsp);
    free(call);
}

const char *call_query(const struct call *call, const char *name)
{
    return listen_query(call->exchange, name);
}

void call_changed(void *context, const char *serial)
{
    struct call *call = context;

    if (call->changed_count < CALL_CHANGED_MAX)
        text_copy(call->changed[call->changed_count++], CA_SERIAL, serial);
}

/* ---- answered ---- */

static void answer_well(struct call *call)
{
    struct listen_answer answer = {.status = call->status ? call->status : 200};
    struct kunci_err err = KUNCI_ERR_INIT;
    char *text = NULL;

    if (call->json && !(text = json_write(call->json, JSON_COMPACT))) {
        err_no_memory(&err);
        refusal_answer(call->exchange, &err, NULL);
        return;
    }
    answer.type = text ? "application/json" : call->type;
    if (text) {
        answer.bytes = text;
        answer.len = strlen(text);
    } else if (call->ocsp) {
        answer.type = "application/ocsp-response";
        answer.bytes = call->ocsp->der;
        answer.len = call->ocsp->len;
    } else if (call->fd) {
        answer.fd = call->fd;
        call->fd = 0;
    } else {
        answer.body = &call->bytes;
    }
    if (call->constant)
        listen_answer_constant(call->exchange, call->constant);
    else
        listen_answer(call->exchange, &answer);
    free(text);
}

static void answer(struct call *call, const struct kunci_err *err)
{
    if (err->rc == KUNCI_OK)
        answer_well(call);
    else
        refusal_answer(call->exchange, err, NULL);
    call_free(call);
}

/* ---- by a worker ---- */

/* A session says who it is; what he may do, the store says, each time anew. */
static enum kunci_rc run_call(struct job *job, struct store *store, struct kunci_err *err)
{
    struct call *call = (struct call *)job;
    enum kunci_rc rc = KUNCI_OK;

    call->now = clock_system.now(clock_system.context);
    if (call->account)
        rc = accounts_actor(store, call->account, call->now, &call->who, err);
    if (rc == KUNCI_OK && call->account && !call->who.account.active)
        rc = err_set(err, KUNCI_SESSION_NONE, NULL, NULL);
    return rc == KUNCI_OK ? call->run(call, store, err) : rc;
}

/* Whoever logged in by a key that others may have is logged in no more. What was superseded
 * is in its holder's hands: the session by which he renewed goes on. */
static void end_sessions(struct serve *serve, struct store *store, const char *serial)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_row row;

    if (ca_find(store, serial, &row, &err) != KUNCI_OK ||
        (row.status != CA_ACTIVE && row.reason != CA_SUPERSEDED))
        sessions_end(serve->sessions, serial);
    ca_row_clear(&row);
}

/* What is revoked is told as revoked before whoever revoked it hears that it is. */
void call_tell_changed(struct serve *serve, struct store *store, const char *serial, int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    end_sessions(serve, store, serial);
    if (ocspd_changed(serve->ocspd, store, serial, now, &err) != KUNCI_OK)
        log_event("ocsp.late", "serial", serial, "error", kunci_err_name(err.rc), NULL);
    atomic_store(&serve->crl_dirty, true);
}

static void tell_changes(struct call *call, struct store *store)
{
    size_t i;

    for (i = 0; i < call->changed_count; i++)
        call_tell_changed(call->serve, store, call->changed[i], call->now);
}

static void end_call(struct job *job, struct store *store, struct kunci_err *err)
{
    struct call *call = (struct call *)job;

    if (err->rc == KUNCI_OK)
        tell_changes(call, store);
    if (err->rc == KUNCI_OK && call->then && call->then(call, store, err))
        return;
    answer(call, err);
}

void call_hand_on(struct call *call, enum work work, call_run *run)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    call->run = run;
    call->then = NULL;
    if (workers_give(call->serve->workers, work, &call->job))
        return;
    err_set(&err, KUNCI_TOO_MANY, NULL, "1");
    answer(call, &err);
}

/* ---- in a thread of HTTP ---- */

static bool find_session(struct serve *serve, const struct listen_request *request,
                         int64_t *account, struct kunci_err *err)
{
    static const char scheme[] = "Bearer ";
    const char *given = request->authorization;

    if (!given || strncasecmp(given, scheme, sizeof scheme - 1) != 0)
        return err_set(err, KUNCI_SESSION_NONE, NULL, NULL) == KUNCI_OK;
    given += sizeof scheme - 1;
    return sessions_look(serve->sessions, given, strlen(given), account, err) == KUNCI_OK;
}

static bool type_fits(enum route_body body, const char *type)
{
    const char *want = body == ROUTE_OCSP ? "application/ocsp-request" : "application/json";
    size_t len = strlen(want);

    if (body == ROUTE_NO_BODY || body == ROUTE_BYTES)
        return true;
    return type && strncasecmp(type, want, len) == 0 && strchr("; \t", type[len]);
}

static enum kunci_rc check_head(struct port *port, const struct listen_request *request,
                                const struct route *route, struct kunci_err *err)
{
    int64_t account;

    if (!route)
        return err_set(err, KUNCI_CALL_UNKNOWN, request->path, NULL);
    if (route->who == ROUTE_SESSION && !find_session(port->serve, request, &account, err))
        return err->rc;
    if (!type_fits(route->body, request->content_type))
        return err_set(err, KUNCI_BODY_INVALID, "Content-Type",
                       route->body == ROUTE_OCSP ? "application/ocsp-request" : "application/json");
    return KUNCI_OK;
}

static size_t on_head(void *context, struct exchange *exchange,
                      const struct listen_request *request)
{
    struct port *port = context;
    struct route_found found;
    struct kunci_err err = KUNCI_ERR_INIT;

    route_find(request->method, request->path, port->plain, &found);
    if (found.route && found.route->who == ROUTE_STRANGER && !listen_stranger(exchange))
        return 0;
    if (check_head(port, request, found.route, &err) == KUNCI_OK)
        return found.route->limit;
    refusal_answer(exchange, &err, found.allow);
    return 0;
}

/* The body is wiped where it is read: it is this exchange's own memory, and nobody else
 * looks at it again. */
static enum kunci_rc read_body(struct call *call, struct kunci_err *err)
{
    const struct listen_request *request = &call->request;
    enum route_body kind = call->found.route->body;
    enum kunci_rc rc;

    if (kind != ROUTE_JSON && kind != ROUTE_SECRET)
        return KUNCI_OK;
    rc = body_read(request->body ? request->body : "", request->body_len, &call->body, err);
    if (kind == ROUTE_SECRET && request->body)
        OPENSSL_cleanse((void *)(uintptr_t)request->body, request->body_len);
    return rc;
}

static void run_at_once(struct call *call)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    call->now = clock_system.now(clock_system.context);
    if (call->run(call, NULL, &err) == KUNCI_OK && call->again)
        call_hand_on(call, WORK_READ, call->run);
    else
        answer(call, &err);
}

static void on_whole(void *context, struct exchange *exchange, const struct listen_request *request)
{
    struct port *port = context;
    struct call *call = calloc(1, sizeof *call);
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_rc rc = KUNCI_OK;

    if (!call) {
        err_no_memory(&err);
        refusal_answer(exchange, &err, NULL);
        return;
    }
    call->serve = port->serve;
    call->exchange = exchange;
    call->request = *request;
    call->job = (struct job){.run = run_call, .done = end_call};
    route_find(request->method, request->path, port->plain, &call->found);
    call->run = call->found.route->run;
    if (call->found.route->who == ROUTE_SESSION)
        rc = find_session(port->serve, request, &call->account, &err) ? KUNCI_OK : err.rc;
    if (rc == KUNCI_OK)
        rc = read_body(call, &err);
    if (rc != KUNCI_OK)
        answer(call, &err);
    else if (call->found.route->at_once)
        run_at_once(call);
    else {
        if (call->found.route->ahead)
            call->found.route->ahead(call);
        call_hand_on(call, call->found.route->work, call->run);
    }
}

struct listen_handler call_handler(struct port *port)
{
    return (struct listen_handler){on_head, on_whole, port};
}
