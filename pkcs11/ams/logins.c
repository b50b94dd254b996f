/* Logging in: by password, or by the key of a certificate that this authority issued. */
#include "ams/body.h"
#include "ams/handlers.h"
#include "ams/passwords.h"
#include "ams/serve_inside.h"
#include "audit/ledger.h"
#include "base/error.h"
#include "base/log.h"
#include "trust/moment.h"
#include "x509/parts.h"
#include "x509/proof.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Failures that cost nothing yet; behind one address there may be a whole office. */
enum { FREE_ACCOUNT = 5, FREE_ADDRESS = 20 };

enum kunci_rc handle_challenge(struct call *call, struct store *store, struct kunci_err *err)
{
    char text[CHALLENGE_TEXT + 1], expires[MOMENT_TEXT];
    enum kunci_rc rc = challenges_give(call->serve->challenges, text, err);

    (void)store;
    if (rc != KUNCI_OK)
        return rc;
    call->status = 201;
    call->json = json_pack("{s:s, s:s}", "challenge", text, "expires",
                           moment_print(call->now + CHALLENGE_LIFE_S, expires));
    return call->json ? KUNCI_OK : err_no_memory(err);
}

/* ---- and what comes of it ---- */

static bool refuse(struct call *call, struct store *store, struct kunci_err *err)
{
    (void)call;
    (void)store;
    err_set(err, KUNCI_LOGIN_REFUSED, NULL, NULL);
    return false;
}

static enum kunci_rc note_refusal(struct call *call, struct store *store, struct kunci_err *err)
{
    const struct audit_act act = {
        .node = call->serve->settings->node,
        .at = call->now,
        .event = "login.refused",
        .subject = json_string_value(json_object_get(call->json, "account")),
    };
    enum kunci_rc rc = audit_add(store, &act, err);

    call->then = refuse;
    return rc;
}

static bool let_in(struct call *call, struct store *store, struct kunci_err *err)
{
    const char *serial = json_string_value(json_object_get(call->json, "serial"));
    char token[SESSION_TEXT + 1], expires[MOMENT_TEXT];
    enum kunci_rc rc = sessions_begin(call->serve->sessions, call->account, serial, token, err);

    (void)store;
    json_decref(call->json);
    call->json = NULL;
    if (rc != KUNCI_OK)
        return false;
    call->status = 201;
    call->json = json_pack("{s:s, s:s, s:s}", "session", token, "expires",
                           moment_print(call->now + SESSION_IDLE_S, expires), "account",
                           call->who.account.name);
    OPENSSL_cleanse(token, sizeof token);
    if (!call->json)
        err_no_memory(err);
    return false;
}

static enum kunci_rc note_login(struct call *call, struct store *store, struct kunci_err *err)
{
    json_t *by = json_object_get(call->json, "by"), *details = json_pack("{s:O}", "by", by);
    const struct audit_act act = {
        .node = call->serve->settings->node,
        .at = call->now,
        .event = "login.accepted",
        .by = call->who.account.name,
        .details = details,
    };
    enum kunci_rc rc = details ? audit_add(store, &act, err) : err_no_memory(err);

    json_decref(details);
    call->then = let_in;
    return rc;
}

/* The audit trail hears of it first, whichever way it went. */
static bool judge(struct call *call, struct store *store, struct kunci_err *err)
{
    const char *account = json_string_value(json_object_get(call->json, "account"));
    struct throttle *throttle = call->serve->throttle;

    (void)store;
    (void)err;
    if (call->account) {
        if (account)
            throttle_went_well(throttle, "account", account);
        call_hand_on(call, WORK_WRITE, note_login);
        return true;
    }
    if (account)
        throttle_failed(throttle, "account", account, FREE_ACCOUNT);
    throttle_failed(throttle, "address", call->request.peer, FREE_ADDRESS);
    log_event("login.refused", "from", call->request.peer, NULL);
    call_hand_on(call, WORK_WRITE, note_refusal);
    return true;
}

/* ---- by password ---- */

static enum kunci_rc check_wait(struct call *call, const char *kind, const char *name,
                                struct kunci_err *err)
{
    int64_t wait = throttle_wait(call->serve->throttle, kind, name);

    return wait ? err_setf(err, KUNCI_TOO_MANY, kind, "%lld", (long long)wait) : KUNCI_OK;
}

/* An unknown account, one without a password and a wrong password take the same time. */
static enum kunci_rc by_password(struct call *call, struct store *store, const struct login *login,
                                 struct kunci_err *err)
{
    struct kunci_err unknown = KUNCI_ERR_INIT;
    struct account account;
    bool fits = false;
    enum kunci_rc rc;

    if ((rc = check_wait(call, "account", login->account, err)) != KUNCI_OK)
        return rc;
    rc = accounts_find(store, login->account, &account, &unknown);
    if (rc != KUNCI_OK && rc != KUNCI_ACCOUNT_UNKNOWN)
        *err = unknown;
    else
        rc = password_fits(login->password, account.scrypt, &fits, err);
    if (rc == KUNCI_OK && fits && account.active)
        call->account = account.id;
    call->json = json_pack("{s:s, s:s?}", "by", "password", "account",
                           account_name_fits(login->account) ? login->account : NULL);
    account_clear(&account);
    return rc == KUNCI_OK && !call->json ? err_no_memory(err) : rc;
}

/* ---- by certificate ---- */

/* The very certificate that was issued, active and in its time. */
static enum kunci_rc find_certificate(struct store *store, const struct buf *der, int64_t now,
                                      struct ca_row *out, struct kunci_err *err)
{
    struct kunci_err unknown = KUNCI_ERR_INIT;
    char serial[CA_SERIAL];
    enum kunci_rc rc;

    *out = (struct ca_row){.account = 0};
    if (!ca_serial_of((const unsigned char *)der->data, der->len, serial))
        return KUNCI_OK;
    rc = ca_find(store, serial, out, &unknown);
    if (rc != KUNCI_OK && rc != KUNCI_CERT_UNKNOWN) {
        *err = unknown;
        return rc;
    }
    if (rc != KUNCI_OK || out->len != der->len || memcmp(out->der, der->data, der->len) != 0 ||
        out->status != CA_ACTIVE || now < out->not_before || now >= out->not_after)
        out->account = 0;
    return KUNCI_OK;
}

static bool is_signed(const struct call *call, const struct login *login)
{
    struct kunci_signer signer = {.alg = kunci_alg_by_name(login->algorithm)};
    const unsigned char *der = (const unsigned char *)login->certificate.data;
    struct kunci_err unfit = KUNCI_ERR_INIT;
    struct buf text = {0};
    struct parts parts;
    bool fits;

    if (signer.alg == KUNCI_ALG_NONE || !parts_of_certificate(der, login->certificate.len, &parts))
        return false;
    signer.spki = parts.spki;
    signer.spki_len = parts.spki_len;
    buf_printf(&text, "kunci login\n%s\n%s\n", call->serve->settings->url, login->challenge);
    fits = !text.failed &&
           proof_check(&signer, text.data, text.len, (const unsigned char *)login->signature.data,
                       login->signature.len, &unfit) == KUNCI_OK;
    buf_clear(&text);
    parts_clear(&parts);
    return fits;
}

static enum kunci_rc by_certificate(struct call *call, struct store *store,
                                    const struct login *login, struct kunci_err *err)
{
    struct kunci_err unknown = KUNCI_ERR_INIT;
    struct account account = {0};
    struct ca_row row;
    enum kunci_rc rc = find_certificate(store, &login->certificate, call->now, &row, err);

    if (rc == KUNCI_OK && row.account && is_signed(call, login) &&
        challenges_use(call->serve->challenges, login->challenge) &&
        accounts_get(store, row.account, &account, &unknown) == KUNCI_OK && account.active)
        call->account = account.id;
    call->json = json_pack("{s:s, s:s}", "by", "certificate", "serial", row.serial);
    account_clear(&account);
    ca_row_clear(&row);
    return rc == KUNCI_OK && !call->json ? err_no_memory(err) : rc;
}

enum kunci_rc handle_login(struct call *call, struct store *store, struct kunci_err *err)
{
    struct login login;
    enum kunci_rc rc = login_read(call->body, &login, err);

    if (rc == KUNCI_OK)
        rc = check_wait(call, "address", call->request.peer, err);
    if (rc == KUNCI_OK)
        rc = login.challenge ? by_certificate(call, store, &login, err)
                             : by_password(call, store, &login, err);
    login_clear(&login);
    call->then = judge;
    return rc;
}
