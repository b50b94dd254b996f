#include "token/login.h"

#include "base/error.h"
#include "base/log.h"

#include <openssl/crypto.h>
#include <string.h>

bool login_is_needed(struct kunci_token *token)
{
    CK_TOKEN_INFO info;

    token_identity(token, &info);
    return info.flags & CKF_LOGIN_REQUIRED;
}

bool kunci_token_logged_in(struct kunci_token *token)
{
    bool is;

    pthread_mutex_lock(&token->lock);
    is = token->logged_in;
    pthread_mutex_unlock(&token->lock);
    return is;
}

static void set_logged_in(struct kunci_token *token, const struct session *session)
{
    pthread_mutex_lock(&token->lock);
    if (token->generation == session->generation)
        token->logged_in = true;
    pthread_mutex_unlock(&token->lock);
}

void login_ended(struct kunci_token *token)
{
    pthread_mutex_lock(&token->lock);
    token->logged_in = false;
    pthread_mutex_unlock(&token->lock);
}

/* ---- the holder ---- */

/* A first login comes right after the module started, and needs no restart. What
 * the token said of itself then may be old only where it was changed since. */
enum kunci_rc login_prepare(struct kunci_token *token, CK_TOKEN_INFO *info, struct kunci_err *err)
{
    struct module *module = token->module;
    bool tried;

    pthread_mutex_lock(&module->lock);
    tried = module->login_tried;
    module->login_tried = true;
    pthread_mutex_unlock(&module->lock);
    if (tried && module_restart(token->all, module)) {
        pthread_mutex_lock(&module->lock);
        module->login_tried = true;
        pthread_mutex_unlock(&module->lock);
    }
    return token_look(token, info, err);
}

/* The module says that someone in this process is logged in, and not through us:
 * the PIN was not looked at. So it is logged out and asked again. */
static CK_RV send_pin(const struct session *session, const struct asked_pin *pin)
{
    CK_RV rv = session->f->C_Login(session->handle, CKU_USER, pin_bytes(pin), pin_len(pin));

    if (rv == CKR_USER_ALREADY_LOGGED_IN && session->f->C_Logout(session->handle) == CKR_OK)
        rv = session->f->C_Login(session->handle, CKU_USER, pin_bytes(pin), pin_len(pin));
    return rv;
}

static enum kunci_rc send_login(struct kunci_token *token, const struct asked_pin *pin,
                                struct kunci_err *err)
{
    struct session session;
    enum kunci_rc rc = session_take(token, &session, err);
    CK_RV rv;

    if (rc != KUNCI_OK)
        return rc;
    rv = send_pin(&session, pin);
    log_event("token.login", "token", token->label, "answer", rv == CKR_OK ? "ok" : "refused",
              NULL);
    pin_learn(token, pin, rv);
    if (rv == CKR_OK) {
        token->pins.opened = pin->secret != NULL;
        memcpy(token->pins.good, pin->mac, PIN_MAC_LEN);
        set_logged_in(token, &session);
    }
    if (session_is_lost(rv))
        session_lost(token, session.generation);
    session_give(token, &session, rv);
    return rv == CKR_OK ? KUNCI_OK : module_err(token->module, rv, "C_Login", token->label, err);
}

static enum kunci_rc log_in(struct kunci_token *token, const struct kunci_secret *given,
                            struct kunci_err *err)
{
    struct asked_pin pin;
    CK_TOKEN_INFO info;
    enum kunci_rc rc = login_prepare(token, &info, err);

    if (rc != KUNCI_OK)
        return rc;
    if (!(info.flags & CKF_TOKEN_INITIALIZED))
        return err_set(err, KUNCI_TOKEN_BLANK, token->label, NULL);
    if (!(info.flags & CKF_LOGIN_REQUIRED))
        return KUNCI_OK;
    if (!(info.flags & CKF_USER_PIN_INITIALIZED))
        return err_set(err, KUNCI_PIN_NOT_SET, token->label, NULL);
    if ((rc = pin_ask(token, &info, KUNCI_PIN_USER, given, &pin, err)) != KUNCI_OK)
        return rc;
    rc = send_login(token, &pin, err);
    pin_asked_clear(&pin);
    return rc;
}

/* Nothing goes to the token: it would not compare. */
static enum kunci_rc compare(struct kunci_token *token, const struct kunci_secret *given,
                             struct kunci_err *err)
{
    unsigned char mac[PIN_MAC_LEN];
    enum kunci_rc rc;

    if (!given || !token->pins.opened)
        return KUNCI_OK;
    if ((rc = pin_memory_mac(&token->pins, KUNCI_PIN_USER, given, mac, err)) != KUNCI_OK)
        return rc;
    if (pin_memory_is_good(&token->pins, mac))
        return KUNCI_OK;
    return err_set(err, KUNCI_PIN_INCORRECT, token->label, NULL);
}

enum kunci_rc kunci_token_login(struct kunci_token *token, const struct kunci_secret *pin,
                                struct kunci_err *err)
{
    enum kunci_rc rc;

    pthread_mutex_lock(&token->login_lock);
    if (kunci_token_logged_in(token))
        rc = compare(token, pin, err);
    else
        rc = log_in(token, pin, err);
    pthread_mutex_unlock(&token->login_lock);
    return rc;
}

enum kunci_rc login_ensure(struct kunci_token *token, struct kunci_err *err)
{
    if (kunci_token_logged_in(token) || !login_is_needed(token))
        return KUNCI_OK;
    return kunci_token_login(token, NULL, err);
}

void kunci_token_logout(struct kunci_token *token)
{
    CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;

    pthread_mutex_lock(&token->login_lock);
    token->pins.opened = false;
    OPENSSL_cleanse(token->pins.good, sizeof token->pins.good);
    pthread_mutex_lock(&token->lock);
    if (token->logged_in && token->idle_count)
        handle = token->idle[token->idle_count - 1];
    if (handle != CK_INVALID_HANDLE)
        token->module->f->C_Logout(handle);
    if (token->logged_in)
        token->generation++; /* handles of private objects end with the login */
    token->logged_in = false;
    pthread_mutex_unlock(&token->lock);
    session_close_all(token);
    pthread_mutex_unlock(&token->login_lock);
}

/* ---- for one signature ---- */

enum kunci_rc login_again(struct kunci_token *token, const struct session *session,
                          struct kunci_err *err)
{
    struct asked_pin pin;
    CK_TOKEN_INFO info;
    enum kunci_rc rc;
    CK_RV rv;

    pthread_mutex_lock(&token->login_lock);
    if ((rc = token_look(token, &info, err)) == KUNCI_OK &&
        (rc = pin_ask(token, &info, KUNCI_PIN_AGAIN, NULL, &pin, err)) == KUNCI_OK) {
        rv = session->f->C_Login(session->handle, CKU_CONTEXT_SPECIFIC, pin_bytes(&pin),
                                 pin_len(&pin));
        pin_learn(token, &pin, rv);
        pin_asked_clear(&pin);
        if (rv != CKR_OK)
            rc = module_err(token->module, rv, "C_Login", token->label, err);
    }
    pthread_mutex_unlock(&token->login_lock);
    return rc;
}
