/* The functions that tell of slots and tokens, and open sessions. */
#include "lib/fault/call.h"
#include "lib/fault/pins.h"
#include "lib/fault/source.h"

#include <stdlib.h>
#include <string.h>

/* As every list is asked for: its length alone, or with room. */
static CK_RV give(const CK_ULONG *from, CK_ULONG have, CK_ULONG *to, CK_ULONG *count)
{
    CK_ULONG room = *count;

    *count = have;
    if (!to)
        return CKR_OK;
    if (room < have)
        return CKR_BUFFER_TOO_SMALL;
    if (have > 0)
        memcpy(to, from, have * sizeof *to);
    return CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetSlotList, NULL);
    CK_ULONG room = count ? *count : 0;

    if (rv == CKR_OK && count && present && token_is_out())
        *count = 0;
    else if (rv == CKR_OK)
        rv = real->C_GetSlotList(present, slots, count);
    if (rv == CKR_OK)
        call_lie(&call, slots, count, room, CK_UNAVAILABLE_INFORMATION);
    return call_end(&call, rv);
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetSlotInfo, NULL);

    if (rv == CKR_OK)
        rv = real->C_GetSlotInfo(slot, info);
    if (rv == CKR_OK) {
        info->flags |= CKF_REMOVABLE_DEVICE;
        if (token_is_out())
            info->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
    }
    return call_end(&call, rv);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetTokenInfo, NULL);

    if (rv == CKR_OK)
        rv = real->C_GetTokenInfo(slot, info);
    if (rv == CKR_OK)
        info->flags |= pins_flags(&call.plan);
    return call_end(&call, rv);
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_WaitForSlotEvent, NULL);

    (void)reserved;
    if (rv == CKR_OK)
        rv = token_wait(flags, slot);
    return call_end(&call, rv);
}

static CK_RV list_mechanisms(const struct plan *plan, CK_SLOT_ID slot, CK_MECHANISM_TYPE *to,
                             CK_ULONG *count)
{
    CK_MECHANISM_TYPE *all = NULL;
    CK_ULONG have = 0, kept = 0, i;
    CK_RV rv = real->C_GetMechanismList(slot, NULL, &have);

    if (rv != CKR_OK)
        return rv;
    all = calloc(have + 1, sizeof *all);
    if (!all)
        return CKR_HOST_MEMORY;
    rv = real->C_GetMechanismList(slot, all, &have);
    for (i = 0; rv == CKR_OK && i < have; i++)
        if (!plan_hides(plan, all[i]))
            all[kept++] = all[i];
    if (rv == CKR_OK)
        rv = give(all, kept, to, count);
    free(all);
    return rv;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *mechanisms, CK_ULONG *count)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetMechanismList, NULL);
    CK_ULONG room = count ? *count : 0;

    if (rv == CKR_OK)
        rv = count ? list_mechanisms(&call.plan, slot, mechanisms, count) : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        call_lie(&call, mechanisms, count, room, CK_UNAVAILABLE_INFORMATION);
    return call_end(&call, rv);
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetMechanismInfo, NULL);

    if (rv == CKR_OK && plan_hides(&call.plan, type))
        rv = CKR_MECHANISM_INVALID;
    else if (rv == CKR_OK)
        rv = real->C_GetMechanismInfo(slot, type, info);
    return call_end(&call, rv);
}

/* ---- sessions ---- */

static CK_RV may_open(const struct plan *plan, CK_FLAGS flags, const CK_SESSION_HANDLE *session)
{
    const struct fault *most = plan_holds(plan, FAULT_SESSIONS);

    if (!session)
        return CKR_ARGUMENTS_BAD;
    if (flags & CKF_RW_SESSION && plan_holds(plan, FAULT_WRITE_PROTECTED))
        return CKR_TOKEN_WRITE_PROTECTED;
    return most && token_sessions() >= most->amount ? CKR_SESSION_COUNT : CKR_OK;
}

/* Nobody is notified: the handles that the real module would tell are not the user's. */
CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE *session)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_OpenSession, NULL);

    (void)application, (void)notify;
    if (rv == CKR_OK)
        rv = may_open(&call.plan, flags, session);
    if (rv == CKR_OK)
        rv = real->C_OpenSession(slot, flags, NULL, NULL, session);
    if (rv == CKR_OK)
        rv = token_opened(slot, session);
    return call_end(&call, rv);
}

CK_RV C_CloseSession(CK_SESSION_HANDLE session)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_CloseSession, &session);

    if (rv == CKR_OK)
        rv = real->C_CloseSession(session);
    if (rv == CKR_OK)
        token_closed(session);
    return call_end(&call, rv);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_CloseAllSessions, NULL);

    if (rv == CKR_OK)
        rv = real->C_CloseAllSessions(slot);
    if (rv == CKR_OK)
        token_closed_all(slot);
    return call_end(&call, rv);
}
