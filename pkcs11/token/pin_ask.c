#include "token/pin_ask.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <string.h>

/* ---- before asking ---- */

static bool is_new(enum kunci_pin_kind kind)
{
    return kind == KUNCI_PIN_NEW_USER || kind == KUNCI_PIN_NEW_SO;
}

/* Of these the token tells nothing. */
static bool is_untold(enum kunci_pin_kind kind)
{
    return is_new(kind) || kind == KUNCI_PIN_PUK;
}

static bool is_so(enum kunci_pin_kind kind)
{
    return kind == KUNCI_PIN_SO || kind == KUNCI_PIN_NEW_SO;
}

static void describe(struct kunci_token *token, const CK_TOKEN_INFO *info, enum kunci_pin_kind kind,
                     struct kunci_pin_ask *out)
{
    bool so = is_so(kind), set_up = info->flags & CKF_TOKEN_INITIALIZED && !is_untold(kind);

    memset(out, 0, sizeof *out);
    out->kind = kind;
    out->token = token->label;
    out->min_len = info->ulMinPinLen;
    out->max_len = info->ulMaxPinLen;
    if (out->max_len == 0 || out->max_len > KUNCI_SECRET_MAX)
        out->max_len = KUNCI_SECRET_MAX;
    out->pin_source = token->pin_source;
    if (!set_up) /* what a blank token says of PINs means nothing */
        return;
    out->count_low = info->flags & (so ? CKF_SO_PIN_COUNT_LOW : CKF_USER_PIN_COUNT_LOW);
    out->final_try = info->flags & (so ? CKF_SO_PIN_FINAL_TRY : CKF_USER_PIN_FINAL_TRY);
}

static bool is_locked(const CK_TOKEN_INFO *info, enum kunci_pin_kind kind)
{
    if (is_untold(kind) || !(info->flags & CKF_TOKEN_INITIALIZED))
        return false;
    return info->flags & (is_so(kind) ? CKF_SO_PIN_LOCKED : CKF_USER_PIN_LOCKED);
}

/* Nothing is risked that the person did not ask for. */
static enum kunci_rc guard(struct kunci_token *token, const CK_TOKEN_INFO *info,
                           const struct kunci_pin_ask *what, struct kunci_err *err)
{
    bool so = is_so(what->kind), willing = token->all->source.last_try;

    if (is_locked(info, what->kind))
        return err_set(err, so ? KUNCI_SO_PIN_LOCKED : KUNCI_PIN_LOCKED, token->label, NULL);
    if (what->final_try && !willing)
        return err_set(err, so ? KUNCI_SO_PIN_FINAL_TRY : KUNCI_PIN_FINAL_TRY, token->label, NULL);
    if (what->count_low && !willing)
        return err_set(err, so ? KUNCI_SO_PIN_COUNT_LOW : KUNCI_PIN_COUNT_LOW, token->label, NULL);
    return KUNCI_OK;
}

/* ---- asking ---- */

static enum kunci_rc copy(const struct kunci_secret *given, struct kunci_secret **out,
                          struct kunci_err *err)
{
    enum kunci_rc rc = secret_new(out, err);

    if (rc == KUNCI_OK) {
        memcpy(secret_bytes(*out), secret_view(given), kunci_secret_len(given));
        secret_set_len(*out, kunci_secret_len(given));
    }
    return rc;
}

static enum kunci_rc get(struct kunci_token *token, const struct kunci_pin_ask *what,
                         const struct kunci_secret *given, struct kunci_secret **out,
                         struct kunci_err *err)
{
    const struct kunci_pin_source *source = &token->all->source;
    enum kunci_rc rc;

    if (given)
        return copy(given, out, err);
    if (!source->ask)
        return err_set(err, KUNCI_PIN_REQUIRED, token->label, NULL);
    rc = source->ask(source->context, what, out, err);
    if (rc == KUNCI_OK && !*out)
        rc = err_set(err, KUNCI_PIN_REQUIRED, token->label, NULL);
    return rc;
}

static enum kunci_rc check(struct kunci_token *token, const struct kunci_pin_ask *what,
                           struct asked_pin *pin, struct kunci_err *err)
{
    size_t len = kunci_secret_len(pin->secret);
    enum kunci_pin_kind whose = is_so(what->kind)             ? KUNCI_PIN_SO
                                : what->kind == KUNCI_PIN_PUK ? KUNCI_PIN_PUK
                                                              : KUNCI_PIN_USER;
    enum kunci_rc rc;

    if (len < what->min_len || len > what->max_len)
        return err_setf(err, KUNCI_PIN_LENGTH, token->label, _("%zu to %zu"), what->min_len,
                        what->max_len);
    if ((rc = pin_memory_mac(&token->pins, whose, pin->secret, pin->mac, err)) != KUNCI_OK)
        return rc;
    if (!is_new(what->kind) && pin_memory_is_bad(&token->pins, pin->mac))
        return err_set(err, KUNCI_PIN_KNOWN_BAD, token->label, NULL);
    return KUNCI_OK;
}

enum kunci_rc pin_ask(struct kunci_token *token, const CK_TOKEN_INFO *info,
                      enum kunci_pin_kind kind, const struct kunci_secret *given,
                      struct asked_pin *out, struct kunci_err *err)
{
    const struct kunci_pin_source *source = &token->all->source;
    struct kunci_pin_ask what;
    enum kunci_rc rc;

    memset(out, 0, sizeof *out);
    out->kind = kind;
    describe(token, info, kind, &what);
    if ((rc = guard(token, info, &what, err)) != KUNCI_OK)
        return rc;
    if (info->flags & CKF_PROTECTED_AUTHENTICATION_PATH) {
        if (source->pinpad)
            source->pinpad(source->context, &what);
        return KUNCI_OK;
    }
    if ((rc = get(token, &what, given, &out->secret, err)) == KUNCI_OK)
        rc = check(token, &what, out, err);
    if (rc != KUNCI_OK)
        pin_asked_clear(out);
    return rc;
}

void pin_asked_clear(struct asked_pin *pin)
{
    kunci_secret_free(&pin->secret);
}

CK_UTF8CHAR *pin_bytes(const struct asked_pin *pin)
{
    return pin->secret ? secret_bytes(pin->secret) : NULL;
}

CK_ULONG pin_len(const struct asked_pin *pin)
{
    return pin->secret ? kunci_secret_len(pin->secret) : 0;
}

void pin_learn(struct kunci_token *token, const struct asked_pin *pin, CK_RV rv)
{
    if (pin->secret && (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED))
        pin_memory_add_bad(&token->pins, pin->mac);
}
