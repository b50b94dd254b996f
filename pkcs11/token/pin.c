/* Setting a token up, and its PINs. */
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "token/login.h"

#include <string.h>

/* ---- with a PIN that is known ---- */

/* What is done with a new PIN while the owner of the old one is logged in, or before
 * anyone is. */
typedef CK_RV pin_work(const struct session *session, const struct asked_pin *old,
                       const struct asked_pin *fresh);

struct pin_change {
    enum kunci_pin_kind old, fresh;
    pin_work *work;
    const char *where;
};

/* The old PIN opens the token first: some take any old one for right in C_SetPIN, or
 * for the PUK, unless its owner is logged in. The PUK opens nothing: C_SetPIN takes it
 * outside of any login. On a keypad the old PIN would have to be typed twice. */
static bool logs_in(const struct pin_change *change, const struct asked_pin *old)
{
    return change->old == KUNCI_PIN_SO || (change->old == KUNCI_PIN_USER && old->secret);
}

static CK_RV as_owner(const struct session *session, const struct pin_change *change,
                      const struct asked_pin *old, const struct asked_pin *fresh,
                      const char **where)
{
    CK_USER_TYPE user = change->old == KUNCI_PIN_SO ? CKU_SO : CKU_USER;
    CK_RV rv;

    if (!logs_in(change, old))
        return change->work(session, old, fresh);
    *where = "C_Login";
    if ((rv = session->f->C_Login(session->handle, user, pin_bytes(old), pin_len(old))) != CKR_OK)
        return rv;
    *where = change->where;
    rv = change->work(session, old, fresh);
    session->f->C_Logout(session->handle);
    return rv;
}

/* What an answer about the PIN that was given means. */
static enum kunci_rc refused(struct kunci_token *token, enum kunci_pin_kind old, CK_RV rv,
                             const char *where, struct kunci_err *err)
{
    if (old == KUNCI_PIN_SO)
        return module_err_so(token->module, rv, where, token->label, err);
    module_err(token->module, rv, where, token->label, err);
    if (old == KUNCI_PIN_PUK && rv == CKR_PIN_INCORRECT)
        err->rc = KUNCI_PUK_INCORRECT;
    if (old == KUNCI_PIN_PUK && rv == CKR_PIN_LOCKED)
        err->rc = KUNCI_PUK_LOCKED;
    return err->rc;
}

static enum kunci_rc send_change(struct kunci_token *token, const struct pin_change *change,
                                 const struct asked_pin *old, const struct asked_pin *fresh,
                                 struct kunci_err *err)
{
    const char *where = change->where;
    struct session session;
    enum kunci_rc rc = session_take(token, &session, err);
    CK_RV rv;

    if (rc != KUNCI_OK)
        return rc;
    rv = as_owner(&session, change, old, fresh, &where);
    log_event("token.pin", "token", token->label, "call", where, "answer",
              rv == CKR_OK ? "ok" : "refused", NULL);
    if (session_is_lost(rv))
        session_lost(token, session.generation);
    session_give(token, &session, rv);
    if (rv == CKR_OK) {
        pin_memory_clear(&token->pins);
        return KUNCI_OK;
    }
    pin_learn(token, old, rv);
    rc = refused(token, change->old, rv, where, err);
    return where == change->where && module_is_uncertain(err)
               ? module_unknown(err, _("The new PIN"))
               : rc;
}

static enum kunci_rc ask_and_send(struct kunci_token *token, const CK_TOKEN_INFO *info,
                                  const struct pin_change *change, struct kunci_err *err)
{
    struct asked_pin old = {.secret = NULL}, fresh = {.secret = NULL};
    enum kunci_rc rc;

    if ((rc = pin_ask(token, info, change->old, NULL, &old, err)) == KUNCI_OK &&
        (rc = pin_ask(token, info, change->fresh, NULL, &fresh, err)) == KUNCI_OK)
        rc = send_change(token, change, &old, &fresh, err);
    pin_asked_clear(&old);
    pin_asked_clear(&fresh);
    return rc;
}

/* The holder is logged out: no session may be open beside the officer's, and the
 * holder's PIN is not what it was. */
static enum kunci_rc begin(struct kunci_token *token, CK_TOKEN_INFO *info, struct kunci_err *err)
{
    enum kunci_rc rc;

    if (!session_close_all(token))
        return err_set(err, KUNCI_TOKEN_BUSY, token->label, NULL);
    if ((rc = login_prepare(token, info, err)) != KUNCI_OK)
        return rc;
    if (info->flags & CKF_WRITE_PROTECTED)
        return err_set(err, KUNCI_TOKEN_WRITE_PROTECTED, token->label, NULL);
    return KUNCI_OK;
}

static enum kunci_rc change_pin(struct kunci_token *token, const struct pin_change *change,
                                enum kunci_rc (*refuse)(struct kunci_token *, CK_FLAGS,
                                                        struct kunci_err *),
                                struct kunci_err *err)
{
    CK_TOKEN_INFO info;
    enum kunci_rc rc;

    pthread_mutex_lock(&token->login_lock);
    rc = begin(token, &info, err);
    if (rc == KUNCI_OK && !(info.flags & CKF_TOKEN_INITIALIZED))
        rc = err_set(err, KUNCI_TOKEN_BLANK, token->label, NULL);
    if (rc == KUNCI_OK && refuse)
        rc = refuse(token, info.flags, err);
    if (rc == KUNCI_OK)
        rc = ask_and_send(token, &info, change, err);
    pthread_mutex_unlock(&token->login_lock);
    return rc;
}

/* ---- the four changes ---- */

static CK_RV init_pin(const struct session *session, const struct asked_pin *old,
                      const struct asked_pin *fresh)
{
    (void)old;
    return session->f->C_InitPIN(session->handle, pin_bytes(fresh), pin_len(fresh));
}

static CK_RV set_pin(const struct session *session, const struct asked_pin *old,
                     const struct asked_pin *fresh)
{
    return session->f->C_SetPIN(session->handle, pin_bytes(old), pin_len(old), pin_bytes(fresh),
                                pin_len(fresh));
}

static enum kunci_rc unless_set(struct kunci_token *token, CK_FLAGS flags, struct kunci_err *err)
{
    if (flags & CKF_USER_PIN_INITIALIZED)
        return err_set(err, KUNCI_PIN_ALREADY_SET, token->label, NULL);
    return KUNCI_OK;
}

static enum kunci_rc if_set(struct kunci_token *token, CK_FLAGS flags, struct kunci_err *err)
{
    if (!(flags & CKF_USER_PIN_INITIALIZED))
        return err_set(err, KUNCI_PIN_NOT_SET, token->label, NULL);
    return KUNCI_OK;
}

enum kunci_rc kunci_pin_set(struct kunci_token *token, struct kunci_err *err)
{
    static const struct pin_change first = {KUNCI_PIN_SO, KUNCI_PIN_NEW_USER, init_pin,
                                            "C_InitPIN"};

    return change_pin(token, &first, unless_set, err);
}

enum kunci_rc kunci_pin_reset(struct kunci_token *token, struct kunci_err *err)
{
    static const struct pin_change by_so = {KUNCI_PIN_SO, KUNCI_PIN_NEW_USER, init_pin,
                                            "C_InitPIN"};
    static const struct pin_change by_puk = {KUNCI_PIN_PUK, KUNCI_PIN_NEW_USER, set_pin,
                                             "C_SetPIN"};

    switch (token->module->reset) {
    case KUNCI_PIN_RESET_TOOL:
        return err_set(err, KUNCI_TOKEN_TOOL, token->label, token->module->way->reset_tool);
    case KUNCI_PIN_RESET_PUK:
        return change_pin(token, &by_puk, if_set, err);
    default:
        return change_pin(token, &by_so, if_set, err);
    }
}

enum kunci_rc kunci_pin_change(struct kunci_token *token, struct kunci_err *err)
{
    static const struct pin_change change = {KUNCI_PIN_USER, KUNCI_PIN_NEW_USER, set_pin,
                                             "C_SetPIN"};

    return change_pin(token, &change, if_set, err);
}

enum kunci_rc kunci_pin_change_so(struct kunci_token *token, struct kunci_err *err)
{
    static const struct pin_change change = {KUNCI_PIN_SO, KUNCI_PIN_NEW_SO, set_pin, "C_SetPIN"};
    const char *tool = token->module->way->so_tool;

    if (tool)
        return err_set(err, KUNCI_TOKEN_TOOL, token->label, tool);
    return change_pin(token, &change, NULL, err);
}

/* ---- setting up ---- */

/* Labels are blank-padded text of 32 bytes; p11-kit's client looks for an end, too. */
static enum kunci_rc pad_label(const char *label, CK_UTF8CHAR padded[32 + 1], struct kunci_err *err)
{
    char printable[4 * 32 + 1];
    size_t len = strlen(label);

    if (len == 0)
        return err_set(err, KUNCI_TOKEN_LABEL, label, _("it is empty"));
    if (len > 32)
        return err_set(err, KUNCI_TOKEN_LABEL, label, _("it is longer than 32 bytes"));
    text_printable(printable, sizeof printable, label, len);
    if (strcmp(printable, label) != 0)
        return err_set(err, KUNCI_TOKEN_LABEL, label, _("it is not plain text"));
    if (label[0] == ' ' || label[len - 1] == ' ')
        return err_set(err, KUNCI_TOKEN_LABEL, label, _("it begins or ends with a blank"));
    memset(padded, ' ', 32);
    memcpy(padded, label, len);
    padded[32] = '\0';
    return KUNCI_OK;
}

/* The module's lock is held meanwhile: nobody looks at the slot half way. */
static enum kunci_rc send_init(struct kunci_token *token, const struct asked_pin *pin,
                               CK_UTF8CHAR padded[32 + 1], struct kunci_err *err)
{
    CK_FUNCTION_LIST *f = token->module->f;
    const char *where = "C_InitToken";
    CK_SLOT_ID slot;
    CK_TOKEN_INFO info;
    CK_RV rv;

    pthread_mutex_lock(&token->module->lock);
    slot = token->slot;
    rv = f->C_InitToken(slot, pin_bytes(pin), pin_len(pin), padded);
    log_event("token.init", "token", token->label, "answer", rv == CKR_OK ? "ok" : "refused", NULL);
    if (rv == CKR_OK) {
        where = "C_GetTokenInfo";
        if ((rv = f->C_GetTokenInfo(slot, &info)) == CKR_OK)
            token_adopt(token, slot, &info);
    }
    pthread_mutex_unlock(&token->module->lock);
    if (rv == CKR_OK) {
        pthread_mutex_lock(&token->lock);
        session_forget(token);
        pthread_mutex_unlock(&token->lock);
        pin_memory_clear(&token->pins);
        return KUNCI_OK;
    }
    pin_learn(token, pin, rv);
    return module_err_so(token->module, rv, where, token->label, err);
}

enum kunci_rc kunci_token_init(struct kunci_token *token, const char *label, bool erase,
                               struct kunci_err *err)
{
    struct asked_pin pin = {.secret = NULL};
    CK_UTF8CHAR padded[32 + 1];
    CK_TOKEN_INFO info;
    enum kunci_rc rc;
    bool blank;

    if ((rc = pad_label(label, padded, err)) != KUNCI_OK)
        return rc;
    if (token->module->way->init_tool)
        return err_set(err, KUNCI_TOKEN_TOOL, token->label, token->module->way->init_tool);
    pthread_mutex_lock(&token->login_lock);
    if ((rc = begin(token, &info, err)) != KUNCI_OK)
        goto out;
    blank = !(info.flags & CKF_TOKEN_INITIALIZED);
    if (!blank && !erase) {
        rc = err_set(err, KUNCI_TOKEN_INITIALISED, token->label, NULL);
        goto out;
    }
    rc = pin_ask(token, &info, blank ? KUNCI_PIN_NEW_SO : KUNCI_PIN_SO, NULL, &pin, err);
    if (rc == KUNCI_OK)
        rc = send_init(token, &pin, padded, err);
out:
    pin_asked_clear(&pin);
    pthread_mutex_unlock(&token->login_lock);
    return rc;
}
