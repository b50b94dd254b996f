#include "lib/fault/token.h"

#include "lib/fault/lock.h"
#include "lib/fault/source.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 20 };

struct session {
    CK_SESSION_HANDLE ours, theirs;
    CK_SLOT_ID slot;
    bool gone; /* the token was pulled, and its user has not been told */
};

CK_FUNCTION_LIST *real;

/* All under the lock. */
static struct session *sessions;
static unsigned long session_count, session_room;
static CK_SESSION_HANDLE last_handle;
static CK_SLOT_ID *events; /* the slots that something happened in */
static CK_ULONG event_count;
static bool running, is_out;
static unsigned inside, waiting;

static void forget(unsigned long i)
{
    sessions[i] = sessions[--session_count];
}

/* ---- presence ---- */

CK_SLOT_ID *token_slots(CK_BBOOL present, CK_ULONG *count)
{
    CK_SLOT_ID *slots;

    if (real->C_GetSlotList(present, NULL, count) != CKR_OK || *count == 0)
        return NULL;
    slots = calloc(*count, sizeof *slots);
    if (slots && real->C_GetSlotList(present, slots, count) == CKR_OK)
        return slots;
    free(slots);
    return NULL;
}

/* Marks the sessions first: nobody enters with them while the others come back. */
static void go_out(void)
{
    CK_SLOT_ID *slots;
    CK_ULONG count, i;

    for (i = 0; i < session_count; i++)
        sessions[i].gone = true;
    while (inside > 0)
        lock_wait(WAIT_MS);
    lock_give();
    slots = token_slots(CK_FALSE, &count);
    for (i = 0; slots && i < count; i++)
        real->C_CloseAllSessions(slots[i]);
    free(slots);
    lock_take();
}

void token_notice(bool out)
{
    CK_SLOT_ID *slots, *old;
    CK_ULONG count = 0;
    bool turned;

    lock_take();
    turned = running && out != is_out;
    if (turned) {
        is_out = out;
        if (out)
            go_out();
    }
    lock_give();
    if (!turned)
        return;
    slots = token_slots(CK_TRUE, &count);
    lock_take();
    old = events;
    events = slots;
    event_count = slots ? count : 0;
    lock_wake();
    lock_give();
    free(old);
}

bool token_is_out(void)
{
    bool out;

    lock_take();
    out = is_out;
    lock_give();
    return out;
}

void token_start(bool out)
{
    lock_take();
    session_count = 0;
    event_count = 0;
    is_out = out;
    running = true;
    lock_give();
}

void token_stop(void)
{
    lock_take();
    running = false;
    lock_wake();
    while (waiting > 0)
        lock_wait(WAIT_MS);
    lock_give();
}

static bool take_event(CK_SLOT_ID *slot)
{
    if (event_count == 0)
        return false;
    *slot = events[--event_count];
    return true;
}

CK_RV token_wait(CK_FLAGS flags, CK_SLOT_ID *slot)
{
    CK_RV rv = CKR_OK;

    if (!slot)
        return CKR_ARGUMENTS_BAD;
    lock_take();
    waiting++;
    while (running && !take_event(slot)) {
        if (flags & CKF_DONT_BLOCK) {
            rv = CKR_NO_EVENT;
            break;
        }
        lock_wait(WAIT_MS);
        lock_give();
        token_notice(source_out());
        lock_take();
    }
    if (!running)
        rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    waiting--;
    lock_wake();
    lock_give();
    return rv;
}

/* ---- who is in the real module ---- */

CK_RV token_enter(void)
{
    lock_take();
    inside++;
    lock_give();
    return CKR_OK;
}

CK_RV token_enter_slot(void)
{
    CK_RV rv = CKR_OK;

    lock_take();
    if (is_out)
        rv = CKR_TOKEN_NOT_PRESENT;
    else
        inside++;
    lock_give();
    return rv;
}

/* A handle of before is told once that the token is gone, as long as it is. */
static CK_RV translate(CK_SESSION_HANDLE *session)
{
    unsigned long i;

    for (i = 0; i < session_count && sessions[i].ours != *session; i++)
        ;
    if (i == session_count)
        return CKR_SESSION_HANDLE_INVALID;
    if (sessions[i].gone) {
        forget(i);
        return is_out ? CKR_DEVICE_REMOVED : CKR_SESSION_HANDLE_INVALID;
    }
    *session = sessions[i].theirs;
    inside++;
    return CKR_OK;
}

CK_RV token_enter_session(CK_SESSION_HANDLE *session)
{
    CK_RV rv;

    lock_take();
    rv = running ? translate(session) : CKR_CRYPTOKI_NOT_INITIALIZED;
    lock_give();
    return rv;
}

void token_leave(void)
{
    lock_take();
    inside--;
    lock_wake();
    lock_give();
}

/* ---- sessions ---- */

static bool make_room(void)
{
    unsigned long room = session_room ? 2 * session_room : 16;
    struct session *more;

    if (session_count < session_room)
        return true;
    more = reallocarray(sessions, room, sizeof *sessions);
    if (!more)
        return false;
    sessions = more;
    session_room = room;
    return true;
}

CK_RV token_opened(CK_SLOT_ID slot, CK_SESSION_HANDLE *session)
{
    CK_RV rv = CKR_OK;

    lock_take();
    if (make_room()) {
        sessions[session_count++] = (struct session){++last_handle, *session, slot, is_out};
        *session = last_handle;
    } else {
        rv = CKR_HOST_MEMORY;
    }
    lock_give();
    if (rv != CKR_OK)
        real->C_CloseSession(*session);
    return rv;
}

void token_closed(CK_SESSION_HANDLE session)
{
    unsigned long i;

    lock_take();
    for (i = session_count; i > 0; i--)
        if (!sessions[i - 1].gone && sessions[i - 1].theirs == session)
            forget(i - 1);
    lock_give();
}

void token_closed_all(CK_SLOT_ID slot)
{
    unsigned long i;

    lock_take();
    for (i = session_count; i > 0; i--)
        if (sessions[i - 1].slot == slot)
            forget(i - 1);
    lock_give();
}

unsigned long token_sessions(void)
{
    unsigned long i, count = 0;

    lock_take();
    for (i = 0; i < session_count; i++)
        count += !sessions[i].gone;
    lock_give();
    return count;
}

void token_forked(void)
{
    inside = waiting = 0;
}
