#include "lib/fault/call.h"

#include "lib/fault/act.h"
#include "lib/fault/lock.h"
#include "lib/fault/log.h"
#include "lib/fault/names.h"
#include "lib/fault/source.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_MODULE "/usr/lib/softhsm/libsofthsm2.so"

static unsigned long counts[CALL_COUNT]; /* under the lock */

static const struct fault *met(const struct call *call, enum fault_kind kind)
{
    return plan_meets(&call->plan, kind, call->id, call->nth);
}

/* In the order of their lines. */
static void act(const struct call *call)
{
    const char *last_word;
    unsigned i;

    for (i = 0; i < call->plan.count; i++) {
        const struct fault *fault = &call->plan.faults[i];

        if (!fault_meets(fault, call->id, call->nth))
            continue;
        last_word = act_last_word(fault);
        if (last_word)
            log_line(call->nth, call_name(call->id), last_word, NULL);
        act_do(fault);
    }
}

static CK_RV enter(struct call *call, CK_SESSION_HANDLE *session)
{
    unsigned traits = call_traits(call->id);
    CK_RV rv;

    if (traits & CALL_SESSION)
        rv = token_enter_session(session);
    else if (traits & CALL_TOKEN)
        rv = token_enter_slot();
    else if (call->id == CALL_C_Initialize || call->id == CALL_C_Finalize ||
             call->id == CALL_C_GetFunctionList || call->id == CALL_C_WaitForSlotEvent)
        return CKR_OK;
    else
        rv = token_enter();
    call->inside = rv == CKR_OK;
    return rv;
}

static bool works_unloaded(enum call_id id)
{
    return id == CALL_C_Initialize || id == CALL_C_GetFunctionList;
}

CK_RV call_begin(struct call *call, enum call_id id, CK_SESSION_HANDLE *session)
{
    const struct fault *error;
    CK_RV rv;

    *call = (struct call){.id = id};
    source_plan(&call->plan);
    lock_take();
    call->nth = ++counts[id];
    lock_give();
    if (!works_unloaded(id) && !real)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    act(call);
    if (met(call, FAULT_REMOVED_DURING))
        source_pull();
    if (real)
        token_notice(source_out());
    error = met(call, FAULT_ERROR);
    if (error)
        return error->amount;
    rv = enter(call, session);
    if (rv == CKR_OK && call_traits(id) & CALL_WRITES &&
        plan_holds(&call->plan, FAULT_WRITE_PROTECTED))
        rv = CKR_TOKEN_WRITE_PROTECTED;
    return rv;
}

CK_RV call_end(struct call *call, CK_RV rv)
{
    const struct fault *error = met(call, FAULT_ERROR_AFTER);
    char answer[48];

    if (call->inside)
        token_leave();
    if (error)
        rv = error->amount;
    name_of_answer(rv, answer, sizeof answer);
    log_line(call->nth, call_name(call->id), answer, call->who);
    return rv;
}

CK_RV call_mechanism(const struct call *call, const CK_MECHANISM *mechanism)
{
    return mechanism && plan_hides(&call->plan, mechanism->mechanism) ? CKR_MECHANISM_INVALID
                                                                      : CKR_OK;
}

bool call_lies(const struct call *call)
{
    return met(call, FAULT_WRONG_LENGTH);
}

void call_lie(const struct call *call, const void *out, CK_ULONG *length, CK_ULONG room,
              CK_ULONG asked)
{
    if (length && call_lies(call))
        *length = out ? room + 1 : asked;
}

static CK_RV refuse(const char *path, const char *why)
{
    fprintf(stderr, "kunci-fault-module: %s: %s\n", path, why);
    return CKR_GENERAL_ERROR;
}

CK_RV call_load(const CK_FUNCTION_LIST *self)
{
    const char *path = secure_getenv("KUNCI_FAULT_MODULE");
    CK_C_GetFunctionList get;
    CK_FUNCTION_LIST *list;
    void *module;

    if (real)
        return CKR_OK;
    if (!path || !path[0])
        path = USUAL_MODULE;
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        return refuse(path, dlerror());
    get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
    if (!get)
        return refuse(path, "it is no PKCS#11 module");
    if (get(&list) != CKR_OK)
        return refuse(path, "it answers no list of functions");
    if (list == self)
        return refuse(path, "it is this module itself");
    real = list;
    return CKR_OK;
}

void call_forked(void)
{
    memset(counts, 0, sizeof counts);
}
