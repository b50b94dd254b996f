/* One request and its answer: from its head until both HTTP's side and the handler's have
 * let go of it. */
#include "net/listen_inside.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A body of a request refused is read to its end where that is not too much: a client that
 * is still sending often does not see the answer. */
enum { DROPPED = 16 << 20 };

/* ---- answered, from any thread ---- */

static void give(struct exchange *exchange, struct listen_constant *answer)
{
    bool attached;

    pthread_mutex_lock(&exchange->lock);
    attached = exchange->attached;
    if (!answer)
        answer = listen_refusal(500, KUNCI_NO_MEMORY, NULL, NULL);
    exchange->cut |= !answer;
    exchange->answer = answer;
    exchange->handed = false;
    if (attached && exchange->suspended) {
        exchange->suspended = false;
        MHD_resume_connection(exchange->connection);
    }
    pthread_mutex_unlock(&exchange->lock);
    if (!attached)
        exchange_free(exchange);
}

void listen_answer(struct exchange *exchange, const struct listen_answer *answer)
{
    give(exchange, listen_made(answer, exchange->request.tls));
}

void listen_answer_constant(struct exchange *exchange, const struct listen_constant *constant)
{
    struct listen_constant *it = (struct listen_constant *)(uintptr_t)constant;

    atomic_fetch_add(&it->refs, 1);
    give(exchange, it);
}

void exchange_cut(struct exchange *exchange)
{
    pthread_mutex_lock(&exchange->lock);
    exchange->cut = true;
    if (exchange->suspended) {
        exchange->suspended = false;
        MHD_resume_connection(exchange->connection);
    }
    pthread_mutex_unlock(&exchange->lock);
}

/* ---- its head ---- */

static void refuse(struct exchange *exchange, unsigned status, enum kunci_rc rc, const char *detail)
{
    give(exchange, listen_refusal(status, rc, exchange->request.path, detail));
}

bool listen_stranger(struct exchange *exchange)
{
    struct listener *listener = exchange->listener;
    const struct sockaddr *peer = (const struct sockaddr *)&exchange->of->peer;

    if (listen_buckets_take(listener->strangers, peer, clock_system.steady_ms(NULL)))
        return true;
    refuse(exchange, 429, KUNCI_TOO_MANY, "1");
    return false;
}

/* What is there of room for it; a limit of the whole listener may end it here. */
static bool admit(struct exchange *exchange)
{
    struct listener *listener = exchange->listener;
    size_t len = (size_t)exchange->request.length;

    if (atomic_load(&listener->stopping) ||
        atomic_load(&listener->under_way) > listener->limits.requests) {
        refuse(exchange, 503, KUNCI_TOO_MANY, "1");
        return false;
    }
    exchange->largest =
        listener->handler.head(listener->handler.context, exchange, &exchange->request);
    if (exchange->answer || exchange->cut)
        return false;
    if (exchange->request.length > exchange->largest) {
        refuse(exchange, 413, KUNCI_FILE_TOO_LARGE, NULL);
        return false;
    }
    exchange->reserved = len;
    if (atomic_fetch_add(&listener->bodies, len) + len > listener->limits.bodies) {
        refuse(exchange, 503, KUNCI_TOO_MANY, "1");
        return false;
    }
    return true;
}

static enum MHD_Result queue(struct exchange *exchange)
{
    struct listen_constant *answer = exchange->answer;

    if (exchange->cut || !answer)
        return MHD_NO;
    connection_patience(exchange->of, answer->len);
    return MHD_queue_response(exchange->connection, answer->status, answer->response);
}

/* libmicrohttpd lets an answer go before the body of POST and PUT alone. */
static enum MHD_Result end_early(struct exchange *exchange, const char *method)
{
    return strcmp(method, MHD_HTTP_METHOD_POST) == 0 || strcmp(method, MHD_HTTP_METHOD_PUT) == 0
               ? queue(exchange)
               : MHD_NO;
}

static bool expects(struct MHD_Connection *connection)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
}

static enum MHD_Result head(struct listener *listener, struct MHD_Connection *connection,
                            const char *url, const char *method, const char *version, void **out)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *of = info ? info->socket_context : NULL;
    unsigned refusal = 0;
    const char *why = NULL;
    struct exchange *exchange;

    if (!of || !(exchange = exchange_new(connection, url, method, version, &refusal, &why)))
        return MHD_NO;
    exchange->listener = listener;
    exchange->of = of;
    exchange->request.tls = listener->tls;
    memcpy(exchange->peer, of->name, sizeof exchange->peer);
    *out = exchange;
    atomic_fetch_add(&listener->under_way, 1);
    connection_exchange(of, exchange);
    if (refusal)
        refuse(exchange, refusal, KUNCI_BODY_INVALID, _(why));
    exchange->refused = refusal || !admit(exchange);
    if (exchange->refused &&
        (exchange->request.length > DROPPED || (exchange->request.length && expects(connection))))
        return end_early(exchange, method);
    connection_patience(of, exchange->request.length);
    return MHD_YES;
}

/* ---- its body, and the whole ---- */

static enum MHD_Result take(struct exchange *exchange, const char *bytes, size_t *len)
{
    struct listen_request *request = &exchange->request;

    if (exchange->refused) {
        *len = 0;
        return MHD_YES;
    }
    if (*len > request->length - request->body_len)
        return MHD_NO;
    if (!exchange->body && !(exchange->body = malloc((size_t)request->length + 1)))
        return MHD_NO;
    memcpy(exchange->body + request->body_len, bytes, *len);
    request->body_len += *len;
    exchange->body[request->body_len] = '\0';
    *len = 0;
    return MHD_YES;
}

/* The handler answers meanwhile or later; under the lock one of both comes first. */
static enum MHD_Result hand_over(struct exchange *exchange)
{
    struct listener *listener = exchange->listener;
    enum MHD_Result result = MHD_YES;

    exchange->whole = exchange->handed = true;
    exchange->request.body = exchange->body ? exchange->body : "";
    connection_wait(exchange->of);
    listener->handler.whole(listener->handler.context, exchange, &exchange->request);
    pthread_mutex_lock(&exchange->lock);
    if (exchange->answer || exchange->cut || atomic_load(&listener->cut)) {
        exchange->cut |= !exchange->answer;
        result = queue(exchange);
    } else {
        exchange->suspended = true;
        MHD_suspend_connection(exchange->connection);
    }
    pthread_mutex_unlock(&exchange->lock);
    return result;
}

enum MHD_Result listen_handle(void *listener, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **context)
{
    struct exchange *exchange = *context;
    enum MHD_Result result = MHD_YES;

    if (!exchange)
        return head(listener, connection, url, method, version, context);
    if (*upload_len)
        return take(exchange, upload, upload_len);
    if (!exchange->refused && !exchange->whole)
        return exchange->request.body_len == exchange->request.length ? hand_over(exchange)
                                                                      : MHD_NO;
    pthread_mutex_lock(&exchange->lock);
    if (!exchange->suspended)
        result = queue(exchange);
    pthread_mutex_unlock(&exchange->lock);
    return result;
}

/* ---- its end ---- */

static void let_go(struct listener *listener, struct exchange *exchange)
{
    bool handed;

    connection_exchange(exchange->of, NULL);
    connection_patience(exchange->of, 0);
    atomic_fetch_sub(&listener->bodies, exchange->reserved);
    pthread_mutex_lock(&exchange->lock);
    exchange->attached = false;
    handed = exchange->handed;
    pthread_mutex_unlock(&exchange->lock);
    if (!handed)
        exchange_free(exchange);
    if (atomic_fetch_sub(&listener->under_way, 1) == 1 && atomic_load(&listener->stopping)) {
        pthread_mutex_lock(&listener->lock);
        pthread_cond_broadcast(&listener->changed);
        pthread_mutex_unlock(&listener->lock);
    }
}

void listen_completed(void *listener, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *context;

    (void)connection;
    (void)how;
    *context = NULL;
    if (exchange)
        let_go(listener, exchange);
}
