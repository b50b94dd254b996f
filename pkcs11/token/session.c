#include "token/session.h"

#include "base/error.h"
#include "base/log.h"
#include "token/login.h"
#include "token/officer.h"

#include <stdlib.h>
#include <string.h>

/* ---- losing them ---- */

bool session_is_lost(CK_RV rv)
{
    switch (rv) {
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_DEVICE_REMOVED:
    case CKR_DEVICE_ERROR:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SLOT_ID_INVALID:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_WORKER_LATE:
    case CKR_WORKER_DIED:
        return true;
    default:
        return false;
    }
}

void session_forget(struct kunci_token *token)
{
    token->generation++;
    token->idle_count = 0;
    token->open_count = 0;
    token->logged_in = false;
    token->recognised = false;
    pthread_cond_broadcast(&token->given_back);
}

/* Those that the module may still keep would count against its limit. */
void session_lost(struct kunci_token *token, unsigned generation)
{
    pthread_mutex_lock(&token->lock);
    if (token->generation == generation) {
        log_event("token.lost", "token", token->label, NULL);
        token->module->f->C_CloseAllSessions(token->slot);
        session_forget(token);
    }
    pthread_mutex_unlock(&token->lock);
}

/* ---- opening ---- */

/* A limit of 0 is "no limit", of ~0 "not told". */
static size_t told_limit(const CK_TOKEN_INFO *info)
{
    CK_ULONG all = info->ulMaxSessionCount, writing = info->ulMaxRwSessionCount;

    if (all == CK_EFFECTIVELY_INFINITE || all == CK_UNAVAILABLE_INFORMATION)
        all = 0;
    if (writing == CK_EFFECTIVELY_INFINITE || writing == CK_UNAVAILABLE_INFORMATION)
        writing = 0;
    return writing && (writing < all || !all) ? writing : all;
}

/* In a slot's first session of a generation: is it still the same token? */
static CK_RV recognise(struct kunci_token *token)
{
    CK_RV rv = CKR_OK;
    bool known;

    pthread_mutex_lock(&token->lock);
    known = token->recognised;
    pthread_mutex_unlock(&token->lock);
    if (known)
        return CKR_OK;
    if ((rv = token_locate(token)) != CKR_OK)
        return rv;
    pthread_mutex_lock(&token->lock);
    token->recognised = true;
    token->limit = told_limit(&token->info);
    pthread_mutex_unlock(&token->lock);
    return CKR_OK;
}

/* All sessions write where the token lets them: a token refuses a writer's login
 * beside a reader's session. */
static CK_RV open_session(struct kunci_token *token, CK_SESSION_HANDLE *out)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION;
    CK_SLOT_ID slot;
    CK_RV rv = recognise(token);

    if (rv != CKR_OK)
        return rv;
    pthread_mutex_lock(&token->lock);
    slot = token->slot;
    if (!(token->info.flags & CKF_WRITE_PROTECTED))
        flags |= CKF_RW_SESSION;
    pthread_mutex_unlock(&token->lock);
    return token->module->f->C_OpenSession(slot, flags, NULL, NULL, out);
}

/* Room to give every open session back: closing one for want of memory could log the
 * holder out. */
static bool make_room(struct kunci_token *token)
{
    size_t room = token->idle_room ? 2 * token->idle_room : 8;
    CK_SESSION_HANDLE *grown;

    if (token->open_count < token->idle_room)
        return true;
    if (!(grown = realloc(token->idle, room * sizeof *grown)))
        return false;
    token->idle = grown;
    token->idle_room = room;
    return true;
}

/* Called and left with the token's lock held; it is open while the module works,
 * and the place is reserved in open_count. */
static CK_RV open_reserved(struct kunci_token *token, struct session *out)
{
    CK_RV rv;

    if (!make_room(token))
        return CKR_HOST_MEMORY;
    out->generation = token->generation;
    token->open_count++;
    pthread_mutex_unlock(&token->lock);
    rv = open_session(token, &out->handle);
    pthread_mutex_lock(&token->lock);
    if (token->generation == out->generation) {
        if (rv != CKR_OK)
            token->open_count--;
        return rv;
    }
    if (rv == CKR_OK) /* opened before the loss, or after: nobody knows */
        token->module->f->C_CloseSession(out->handle);
    return CKR_SESSION_CLOSED;
}

/* One try at a session: CKR_SESSION_COUNT only where none is open that could be
 * waited for. The token's lock is held. */
static CK_RV take(struct kunci_token *token, struct session *out)
{
    CK_RV rv;

    for (;;) {
        if (token->idle_count) {
            out->handle = token->idle[--token->idle_count];
            out->generation = token->generation;
            return CKR_OK;
        }
        if (token->limit && token->open_count >= token->limit) {
            pthread_cond_wait(&token->given_back, &token->lock);
            continue;
        }
        rv = open_reserved(token, out);
        if (rv != CKR_SESSION_COUNT || token->open_count == 0)
            return rv;
        token->limit = token->open_count; /* other programs have the rest */
    }
}

enum kunci_rc session_take(struct kunci_token *token, struct session *out, struct kunci_err *err)
{
    CK_RV rv;

    out->f = token->module->f;
    out->of_so = false;
    pthread_mutex_lock(&token->lock);
    rv = take(token, out);
    if (session_is_lost(rv)) {
        unsigned generation = token->generation;

        pthread_mutex_unlock(&token->lock);
        session_lost(token, generation);
        pthread_mutex_lock(&token->lock);
        if (!module_is_down(rv))
            rv = take(token, out);
    }
    pthread_mutex_unlock(&token->lock);
    return rv == CKR_OK ? KUNCI_OK
                        : module_err(token->module, rv, "C_OpenSession", token->label, err);
}

/* ---- giving back ---- */

/* An operation was begun and not ended: another session takes its place first,
 * as closing the last one would log the holder out. */
static CK_SESSION_HANDLE replace(struct kunci_token *token, CK_SESSION_HANDLE handle)
{
    CK_SESSION_HANDLE fresh;

    if (open_session(token, &fresh) != CKR_OK)
        return handle;
    token->module->f->C_CloseSession(handle);
    return fresh;
}

void session_give(struct kunci_token *token, const struct session *session, CK_RV last)
{
    CK_SESSION_HANDLE handle = session->handle;

    if (last == CKR_OPERATION_ACTIVE)
        handle = replace(token, handle);
    pthread_mutex_lock(&token->lock);
    if (token->generation == session->generation)
        token->idle[token->idle_count++] = handle;
    pthread_cond_broadcast(&token->given_back);
    pthread_mutex_unlock(&token->lock);
}

bool session_close_all(struct kunci_token *token)
{
    bool none;

    pthread_mutex_lock(&token->lock);
    while (token->idle_count) {
        token->module->f->C_CloseSession(token->idle[--token->idle_count]);
        token->open_count--;
    }
    none = token->open_count == 0;
    if (none && token->logged_in) { /* handles of private objects end with the login */
        token->logged_in = false;
        token->generation++;
    }
    pthread_mutex_unlock(&token->lock);
    return none;
}

/* ---- lending ---- */

static CK_RV try_out(const struct session *session)
{
    CK_SESSION_INFO info;
    CK_RV rv = session->f->C_GetSessionInfo(session->handle, &info);

    if (rv == CKR_OK && info.state != CKS_RW_USER_FUNCTIONS && info.state != CKS_RO_USER_FUNCTIONS)
        return CKR_USER_NOT_LOGGED_IN;
    return rv;
}

/* The login ended behind our back, and with it the handles of private objects. */
static bool hides_a_lost_login(const struct session *session, CK_RV rv)
{
    return (rv == CKR_KEY_HANDLE_INVALID || rv == CKR_OBJECT_HANDLE_INVALID) &&
           try_out(session) == CKR_USER_NOT_LOGGED_IN;
}

/* One run of the work. */
struct loan {
    struct session session;
    bool began; /* the work was reached */
    CK_RV rv;
};

static enum kunci_rc lend(struct kunci_token *token, enum session_need need, session_work *work,
                          void *context, struct loan *loan, struct kunci_err *err)
{
    enum kunci_rc rc;

    memset(loan, 0, sizeof *loan);
    if (need != SESSION_PUBLIC && (rc = login_ensure(token, err)) != KUNCI_OK)
        return rc;
    if ((rc = session_take(token, &loan->session, err)) != KUNCI_OK)
        return rc;
    if (need == SESSION_ONCE && login_is_needed(token))
        loan->rv = try_out(&loan->session);
    if (loan->rv == CKR_OK) {
        loan->began = true;
        loan->rv = work(&loan->session, context, err);
    }
    if (need != SESSION_PUBLIC && login_is_needed(token) &&
        hides_a_lost_login(&loan->session, loan->rv))
        loan->rv = CKR_USER_NOT_LOGGED_IN;
    session_give(token, &loan->session, loan->rv);
    return err->rc;
}

enum kunci_rc session_run(struct kunci_token *token, enum session_need need, const char *where,
                          session_work *work, void *context, struct kunci_err *err)
{
    struct loan loan;
    enum kunci_rc rc;
    int run;

    if (need == SESSION_ONCE && token->module->way->written_by_so)
        return officer_run(token, where, work, context, err);
    for (run = 1;; run++) {
        if ((rc = lend(token, need, work, context, &loan, err)) != KUNCI_OK)
            return rc;
        if (loan.rv == CKR_OK)
            return KUNCI_OK;
        if (session_is_lost(loan.rv))
            session_lost(token, loan.session.generation);
        else if (loan.rv == CKR_USER_NOT_LOGGED_IN && need != SESSION_PUBLIC)
            login_ended(token);
        else if (loan.rv != CKR_OPERATION_ACTIVE) /* session_give() put another in its place */
            break;
        if (run == 2 || (need == SESSION_ONCE && loan.began) || module_is_down(loan.rv))
            break;
    }
    return module_err(token->module, loan.rv, where, token->label, err);
}
