/* Signing through a worker. A message costs about as much as signing itself with
 * an elliptic curve: so an order that the module accepted before is not sent by
 * C_SignInit, but by C_Sign, with the data. */
#include "token/worker_calls.h"
#include "token/worker_inside.h"

#include <string.h>

/* ---- orders ---- */

static bool make_order(struct sign_order_begun *order, const CK_MECHANISM *mechanism,
                       CK_OBJECT_HANDLE key)
{
    memset(order, 0, sizeof *order);
    if (mechanism->ulParameterLen > sizeof order->parameter)
        return false;
    order->mechanism = mechanism->mechanism;
    order->key = key;
    order->parameter_len = mechanism->ulParameterLen;
    if (mechanism->pParameter)
        memcpy(order->parameter, mechanism->pParameter, mechanism->ulParameterLen);
    return true;
}

static bool same(const struct sign_order_begun *a, const struct sign_order_begun *b)
{
    return a->mechanism == b->mechanism && a->key == b->key &&
           a->parameter_len == b->parameter_len &&
           memcmp(a->parameter, b->parameter, a->parameter_len) == 0;
}

static void put_order(struct wire *out, const struct sign_order_begun *order)
{
    wire_put_number(out, order->key);
    wire_put_number(out, order->mechanism);
    wire_put_bytes(out, order->parameter_len ? order->parameter : NULL, order->parameter_len);
}

/* The lock is held. */
static bool was_accepted(const struct worker *worker, const struct sign_order_begun *order)
{
    size_t i;

    for (i = 0; i < worker->order_count; i++)
        if (same(&worker->orders[i], order))
            return true;
    return false;
}

static void accept(struct worker *worker, const struct sign_order_begun *order, uint32_t epoch)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->epoch == epoch && !was_accepted(worker, order)) {
        worker->orders[worker->order_next] = *order;
        worker->order_next = (worker->order_next + 1) % WORKER_ORDERS;
        if (worker->order_count < WORKER_ORDERS)
            worker->order_count++;
    }
    pthread_mutex_unlock(&worker->lock);
}

/* Answers whether it was put off. */
static bool put_off(struct worker *worker, CK_SESSION_HANDLE session,
                    const struct sign_order_begun *order)
{
    struct seat *seat;
    bool put = false;

    pthread_mutex_lock(&worker->lock);
    if ((seat = worker_seat(worker, session)) != NULL && was_accepted(worker, order)) {
        seat->order = *order;
        seat->put_off = put = true;
    }
    pthread_mutex_unlock(&worker->lock);
    return put;
}

/* Takes what was put off in a session; answers whether anything was. */
static bool take_order(struct worker *worker, CK_SESSION_HANDLE session,
                       struct sign_order_begun *order)
{
    struct seat *seat;
    bool was = false;

    pthread_mutex_lock(&worker->lock);
    if ((seat = worker_seat(worker, session)) != NULL && seat->put_off) {
        *order = seat->order;
        was = true;
        seat->put_off = false;
    }
    pthread_mutex_unlock(&worker->lock);
    return was;
}

/* ---- the calls ---- */

static CK_RV send_order(struct worker *worker, CK_SESSION_HANDLE session,
                        const struct sign_order_begun *order)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_SIGN_BEGIN, session))
        return call.rv;
    put_order(call.out, order);
    if (call_run(&call, PATIENCE_CALL) && call.rv == CKR_OK)
        accept(worker, order, call.epoch);
    return call_end(&call);
}

CK_RV worker_C_SignInit(struct worker *worker, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                        CK_OBJECT_HANDLE key)
{
    struct sign_order_begun order;

    if (!make_order(&order, mechanism, key))
        return CKR_MECHANISM_PARAM_INVALID;
    return put_off(worker, session, &order) ? CKR_OK : send_order(worker, session, &order);
}

/* A login for one signature belongs to what was begun: that has to be there. */
CK_RV worker_C_Login(struct worker *worker, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                     CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
    struct sign_order_begun order;
    struct call call;
    CK_RV rv;

    if (user == CKU_CONTEXT_SPECIFIC && take_order(worker, session, &order) &&
        (rv = send_order(worker, session, &order)) != CKR_OK)
        return rv;
    if (!call_begin_in(&call, worker, WIRE_LOGIN, session))
        return call.rv;
    wire_put_number(call.out, user);
    wire_put_bytes(call.out, pin, pin_len);
    call_run(&call, pin ? PATIENCE_CALL : PATIENCE_LONG);
    return call_end(&call);
}

static void take_signature(struct call *call, unsigned char *sig, CK_ULONG *sig_len)
{
    CK_ULONG told = wire_get_number(call->in);
    size_t len;
    const void *bytes = wire_get_bytes(call->in, &len);

    if (bytes && len <= *sig_len)
        memcpy(sig, bytes, len);
    else if (len > *sig_len)
        call->in->failed = true;
    *sig_len = told;
}

CK_RV worker_C_Sign(struct worker *worker, CK_SESSION_HANDLE session, unsigned char *data,
                    CK_ULONG data_len, unsigned char *sig, CK_ULONG *sig_len)
{
    struct sign_order_begun order;
    bool begins = take_order(worker, session, &order);
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_SIGN, session))
        return call.rv;
    wire_put_number(call.out, *sig_len);
    wire_put_number(call.out, begins);
    if (begins)
        put_order(call.out, &order);
    wire_put_bytes(call.out, data, data_len);
    if (call_run(&call, PATIENCE_CALL) && call.rv == CKR_OK)
        take_signature(&call, sig, sig_len);
    return call_end(&call);
}
