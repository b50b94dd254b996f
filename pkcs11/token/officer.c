#include "token/officer.h"

#include "base/error.h"
#include "base/log.h"
#include "token/login.h"

/* What the officer is to do. */
struct duty {
    const char *where;
    session_work *work;
    void *context;
};

static CK_RV log_in(struct kunci_token *token, const struct session *session,
                    const struct asked_pin *pin)
{
    CK_RV rv = session->f->C_Login(session->handle, CKU_SO, pin_bytes(pin), pin_len(pin));

    log_event("token.officer", "token", token->label, "answer", rv == CKR_OK ? "ok" : "refused",
              NULL);
    pin_learn(token, pin, rv);
    return rv;
}

static enum kunci_rc do_duty(struct kunci_token *token, const struct asked_pin *pin,
                             const struct duty *duty, struct kunci_err *err)
{
    const char *where = "C_Login";
    struct session session;
    enum kunci_rc rc = session_take(token, &session, err);
    CK_RV rv;

    if (rc != KUNCI_OK)
        return rc;
    if ((rv = log_in(token, &session, pin)) == CKR_OK) {
        where = duty->where;
        session.of_so = true;
        rv = duty->work(&session, duty->context, err);
        session.f->C_Logout(session.handle);
    }
    if (session_is_lost(rv))
        session_lost(token, session.generation);
    session_give(token, &session, rv);
    if (rv == CKR_OK || err->rc != KUNCI_OK)
        return err->rc;
    return module_err_so(token->module, rv, where, token->label, err);
}

/* No session is left afterwards either: with its last one YKCS11 lets go of what it
 * believes of the card, which after a deletion is less than what is there. */
enum kunci_rc officer_run(struct kunci_token *token, const char *where, session_work *work,
                          void *context, struct kunci_err *err)
{
    const struct duty duty = {where, work, context};
    struct asked_pin pin = {.secret = NULL};
    CK_TOKEN_INFO info;
    enum kunci_rc rc;

    pthread_mutex_lock(&token->login_lock);
    if (!session_close_all(token))
        rc = err_set(err, KUNCI_TOKEN_BUSY, token->label, NULL);
    else if ((rc = login_prepare(token, &info, err)) == KUNCI_OK &&
             (rc = pin_ask(token, &info, KUNCI_PIN_SO, NULL, &pin, err)) == KUNCI_OK)
        rc = do_duty(token, &pin, &duty, err);
    session_close_all(token);
    pin_asked_clear(&pin);
    pthread_mutex_unlock(&token->login_lock);
    return rc;
}
