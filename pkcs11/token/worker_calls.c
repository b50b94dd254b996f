/* What the functions of a list do: put their arguments into a message, and take
 * the answer apart. */
#include "token/worker_calls.h"
#include "token/worker_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- starting and stopping ---- */

static void take_start(struct call *call)
{
    struct worker *worker = call->worker;
    size_t len;
    const char *wrong = wire_get_bytes(call->in, &len);
    bool serial = wire_get_number(call->in);

    pthread_mutex_lock(&worker->lock);
    if (worker->epoch == call->epoch) {
        worker->started = call->rv == CKR_OK;
        worker->serial |= serial;
        if (wrong)
            snprintf(worker->why, sizeof worker->why, "%.*s", (int)len, wrong);
    }
    pthread_mutex_unlock(&worker->lock);
}

/* The arguments are the caller's way of locking: there is only ours. */
CK_RV worker_C_Initialize(struct worker *worker, void *args)
{
    const char *initialise = worker->initialise;
    struct call call;
    CK_RV rv = worker_begin(worker);

    (void)args;
    if (rv != CKR_OK)
        return rv;
    if (!call_begin(&call, worker, WIRE_START))
        return call.rv;
    wire_put_bytes(call.out, initialise, initialise ? strlen(initialise) + 1 : 0);
    if (call_run(&call, PATIENCE_CALL))
        take_start(&call);
    return call_end(&call);
}

/* Its sessions are gone, as the module knows them no more. */
CK_RV worker_C_Finalize(struct worker *worker, void *reserved)
{
    struct call call;
    CK_RV rv;

    (void)reserved;
    if (!call_begin(&call, worker, WIRE_STOP))
        return call.rv;
    call_run(&call, PATIENCE_STOP);
    rv = call_end(&call);
    pthread_mutex_lock(&worker->lock);
    worker->started = false;
    worker_clear_seats(worker);
    pthread_mutex_unlock(&worker->lock);
    return rv;
}

/* ---- module and slots ---- */

/* An answer that is one structure. */
static CK_RV end_with(struct call *call, enum worker_patience patience, void *to, size_t len)
{
    if (call_run(call, patience) && call->rv == CKR_OK)
        wire_get_exactly(call->in, to, len);
    return call_end(call);
}

CK_RV worker_C_GetInfo(struct worker *worker, CK_INFO *info)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_INFO))
        return call.rv;
    return end_with(&call, PATIENCE_CALL, info, sizeof *info);
}

/* A list, or how long it is. */
static CK_RV end_with_list(struct call *call, CK_ULONG *list, CK_ULONG *count)
{
    CK_ULONG told;

    wire_put_number(call->out, list != NULL);
    wire_put_number(call->out, list ? *count : 0);
    if (!call_run(call, PATIENCE_CALL) || (call->rv != CKR_OK && call->rv != CKR_BUFFER_TOO_SMALL))
        return call_end(call);
    told = wire_get_number(call->in);
    if (list && call->rv == CKR_OK && told <= *count)
        wire_get_exactly(call->in, list, told * sizeof *list);
    else if (list && call->rv == CKR_OK)
        call->in->failed = true;
    *count = told;
    return call_end(call);
}

CK_RV worker_C_GetSlotList(struct worker *worker, CK_BBOOL present, CK_SLOT_ID *list,
                           CK_ULONG *count)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_SLOTS))
        return call.rv;
    wire_put_number(call.out, present);
    return end_with_list(&call, list, count);
}

CK_RV worker_C_GetMechanismList(struct worker *worker, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list,
                                CK_ULONG *count)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_MECHANISMS))
        return call.rv;
    wire_put_number(call.out, slot);
    return end_with_list(&call, list, count);
}

CK_RV worker_C_GetSlotInfo(struct worker *worker, CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_SLOT_INFO))
        return call.rv;
    wire_put_number(call.out, slot);
    return end_with(&call, PATIENCE_CALL, info, sizeof *info);
}

CK_RV worker_C_GetTokenInfo(struct worker *worker, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_TOKEN_INFO))
        return call.rv;
    wire_put_number(call.out, slot);
    return end_with(&call, PATIENCE_CALL, info, sizeof *info);
}

CK_RV worker_C_GetMechanismInfo(struct worker *worker, CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                                CK_MECHANISM_INFO *info)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_MECHANISM_INFO))
        return call.rv;
    wire_put_number(call.out, slot);
    wire_put_number(call.out, type);
    return end_with(&call, PATIENCE_CALL, info, sizeof *info);
}

/* One that does one thing at a time would do nothing else while it waits. */
CK_RV worker_C_WaitForSlotEvent(struct worker *worker, CK_FLAGS flags, CK_SLOT_ID *slot,
                                void *reserved)
{
    bool waits = !(flags & CKF_DONT_BLOCK), serial;
    struct call call;

    (void)reserved;
    pthread_mutex_lock(&worker->lock);
    serial = worker->serial;
    pthread_mutex_unlock(&worker->lock);
    if (waits && serial)
        return CKR_FUNCTION_NOT_SUPPORTED;
    if (!call_begin(&call, worker, WIRE_WAIT))
        return call.rv;
    wire_put_number(call.out, flags);
    if (call_run(&call, waits ? PATIENCE_ENDLESS : PATIENCE_CALL) && call.rv == CKR_OK)
        *slot = wire_get_number(call.in);
    return call_end(&call);
}

/* ---- setting up, PINs ---- */

/* NULL: it is typed on the token's own keys. */
static enum worker_patience patience_for(const void *pin)
{
    return pin ? PATIENCE_CALL : PATIENCE_LONG;
}

static CK_RV end_plainly(struct call *call, enum worker_patience patience)
{
    call_run(call, patience);
    return call_end(call);
}

CK_RV worker_C_InitToken(struct worker *worker, CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG pin_len,
                         CK_UTF8CHAR *label)
{
    struct call call;

    if (!call_begin(&call, worker, WIRE_INIT_TOKEN))
        return call.rv;
    wire_put_number(call.out, slot);
    wire_put_bytes(call.out, pin, pin_len);
    wire_put_bytes(call.out, label, 32);
    return end_plainly(&call, PATIENCE_LONG);
}

CK_RV worker_C_InitPIN(struct worker *worker, CK_SESSION_HANDLE session, CK_UTF8CHAR *pin,
                       CK_ULONG pin_len)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_INIT_PIN, session))
        return call.rv;
    wire_put_bytes(call.out, pin, pin_len);
    return end_plainly(&call, patience_for(pin));
}

CK_RV worker_C_SetPIN(struct worker *worker, CK_SESSION_HANDLE session, CK_UTF8CHAR *old,
                      CK_ULONG old_len, CK_UTF8CHAR *fresh, CK_ULONG fresh_len)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_SET_PIN, session))
        return call.rv;
    wire_put_bytes(call.out, old, old_len);
    wire_put_bytes(call.out, fresh, fresh_len);
    return end_plainly(&call, patience_for(fresh));
}

/* ---- sessions ---- */

CK_RV worker_C_OpenSession(struct worker *worker, CK_SLOT_ID slot, CK_FLAGS flags,
                           void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    struct call call;

    (void)application, (void)notify;
    if (!call_begin(&call, worker, WIRE_OPEN))
        return call.rv;
    wire_put_number(call.out, slot);
    wire_put_number(call.out, flags);
    if (call_run(&call, PATIENCE_CALL) && call.rv == CKR_OK) {
        *session = worker_sit(worker, call.epoch, wire_get_number(call.in), slot);
        if (*session == 0)
            call.rv = CKR_HOST_MEMORY;
    }
    return call_end(&call);
}

static void stand_up(struct worker *worker, CK_SESSION_HANDLE session)
{
    struct seat *seat;

    pthread_mutex_lock(&worker->lock);
    if ((seat = worker_seat(worker, session)) != NULL)
        seat->taken = false;
    pthread_mutex_unlock(&worker->lock);
}

CK_RV worker_C_CloseSession(struct worker *worker, CK_SESSION_HANDLE session)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_CLOSE, session))
        return call.rv;
    stand_up(worker, session);
    return end_plainly(&call, PATIENCE_CALL);
}

CK_RV worker_C_CloseAllSessions(struct worker *worker, CK_SLOT_ID slot)
{
    struct call call;
    size_t i;

    if (!call_begin(&call, worker, WIRE_CLOSE_ALL))
        return call.rv;
    pthread_mutex_lock(&worker->lock);
    for (i = 0; call.epoch == worker->epoch && i < worker->seat_count; i++)
        if (worker->seats[i].slot == slot)
            worker->seats[i].taken = false;
    pthread_mutex_unlock(&worker->lock);
    wire_put_number(call.out, slot);
    return end_plainly(&call, PATIENCE_CALL);
}

CK_RV worker_C_GetSessionInfo(struct worker *worker, CK_SESSION_HANDLE session,
                              CK_SESSION_INFO *info)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_SESSION_INFO, session))
        return call.rv;
    return end_with(&call, PATIENCE_CALL, info, sizeof *info);
}

CK_RV worker_C_Logout(struct worker *worker, CK_SESSION_HANDLE session)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_LOGOUT, session))
        return call.rv;
    return end_plainly(&call, PATIENCE_CALL);
}

/* ---- objects ---- */

CK_RV worker_C_FindObjectsInit(struct worker *worker, CK_SESSION_HANDLE session,
                               CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_FIND_BEGIN, session))
        return call.rv;
    wire_put_template(call.out, attributes, count, true);
    return end_plainly(&call, PATIENCE_CALL);
}

CK_RV worker_C_FindObjects(struct worker *worker, CK_SESSION_HANDLE session,
                           CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
    struct call call;
    const void *found;
    size_t len;

    if (!call_begin_in(&call, worker, WIRE_FIND, session))
        return call.rv;
    if (room > WIRE_FIND_MAX)
        room = WIRE_FIND_MAX;
    wire_put_number(call.out, room);
    if (!call_run(&call, PATIENCE_CALL) || call.rv != CKR_OK)
        return call_end(&call);
    found = wire_get_bytes(call.in, &len);
    if (len > room * sizeof *objects)
        call.in->failed = true;
    else if (found)
        memcpy(objects, found, len);
    *count = call.in->failed ? 0 : len / sizeof *objects;
    return call_end(&call);
}

CK_RV worker_C_FindObjectsFinal(struct worker *worker, CK_SESSION_HANDLE session)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_FIND_END, session))
        return call.rv;
    return end_plainly(&call, PATIENCE_CALL);
}

static void take_attributes(struct wire *in, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    CK_ULONG i;

    for (i = 0; i < count; i++) {
        CK_ULONG told = wire_get_number(in);
        size_t len;
        const void *value = wire_get_bytes(in, &len);

        if (value && attributes[i].pValue && len <= attributes[i].ulValueLen && len == told)
            memcpy(attributes[i].pValue, value, len);
        else if (value)
            in->failed = true;
        attributes[i].ulValueLen = told;
    }
}

CK_RV worker_C_GetAttributeValue(struct worker *worker, CK_SESSION_HANDLE session,
                                 CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_READ, session))
        return call.rv;
    wire_put_number(call.out, object);
    wire_put_template(call.out, attributes, count, false);
    if (call_run(&call, PATIENCE_CALL) &&
        (call.rv == CKR_OK || call.rv == CKR_ATTRIBUTE_TYPE_INVALID ||
         call.rv == CKR_ATTRIBUTE_SENSITIVE || call.rv == CKR_BUFFER_TOO_SMALL))
        take_attributes(call.in, attributes, count);
    return call_end(&call);
}

CK_RV worker_C_SetAttributeValue(struct worker *worker, CK_SESSION_HANDLE session,
                                 CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_WRITE, session))
        return call.rv;
    wire_put_number(call.out, object);
    wire_put_template(call.out, attributes, count, true);
    return end_plainly(&call, PATIENCE_CALL);
}

CK_RV worker_C_CreateObject(struct worker *worker, CK_SESSION_HANDLE session,
                            CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *object)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_CREATE, session))
        return call.rv;
    wire_put_template(call.out, attributes, count, true);
    if (call_run(&call, PATIENCE_CALL) && call.rv == CKR_OK)
        *object = wire_get_number(call.in);
    return call_end(&call);
}

CK_RV worker_C_DestroyObject(struct worker *worker, CK_SESSION_HANDLE session,
                             CK_OBJECT_HANDLE object)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_DESTROY, session))
        return call.rv;
    wire_put_number(call.out, object);
    return end_plainly(&call, PATIENCE_CALL);
}

CK_RV worker_C_GenerateKeyPair(struct worker *worker, CK_SESSION_HANDLE session,
                               CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_half,
                               CK_ULONG public_count, CK_ATTRIBUTE *private_half,
                               CK_ULONG private_count, CK_OBJECT_HANDLE *public_key,
                               CK_OBJECT_HANDLE *private_key)
{
    struct call call;

    if (!call_begin_in(&call, worker, WIRE_GENERATE, session))
        return call.rv;
    wire_put_mechanism(call.out, mechanism);
    wire_put_template(call.out, public_half, public_count, true);
    wire_put_template(call.out, private_half, private_count, true);
    if (call_run(&call, PATIENCE_LONG) && call.rv == CKR_OK) {
        *public_key = wire_get_number(call.in);
        *private_key = wire_get_number(call.in);
    }
    return call_end(&call);
}
