#include "ams/keeper.h"

#include "ams/expiry.h"
#include "audit/seal.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    JUMP_S = 2,           /* of the calendar against the steady clock: more is a jump */
    JUMP_TOLD_MS = 60000, /* so long /health tells of one */
    CRL_AGAIN_MS = 2000,
    SEAL_ROWS = 1000, /* or */
    SEAL_MS = 5 * 60 * 1000,
    TICKS_AT_ONCE = 50,
    EXPIRY_MS = 60 * 1000,
    TOLD_AT_ONCE = 200,
    ANSWERS_AT_ONCE = 256
};

/* ---- what /health tells ---- */

static void tell(struct keeper *keeper, char to[HEALTH_WHY], const char *why, const char *event)
{
    struct health *health = &keeper->serve->health;
    bool changed;

    pthread_mutex_lock(&health->lock);
    changed = strcmp(to, why) != 0;
    text_copy(to, HEALTH_WHY, why);
    pthread_mutex_unlock(&health->lock);
    if (changed)
        log_event(event, "state", why, NULL);
}

static void trouble(const char *event, const struct kunci_err *err)
{
    log_event(event, "error", kunci_err_name(err->rc), "about", err->about, "detail", err->detail,
              NULL);
}

/* ---- the clock ---- */

/* A lab moves its clock on purpose: there a jump is no trouble. */
void duty_clock(struct keeper *keeper)
{
    int64_t base = keeper->now - keeper->steady_ms / 1000, jump = base - keeper->base_s;
    char why[HEALTH_WHY] = "ok";

    if (keeper->base_s && (jump > JUMP_S || jump < -JUMP_S)) {
        snprintf(why, sizeof why, "%lld", (long long)jump);
        log_event("clock.jumped", "seconds", why, NULL);
        keeper->jumped_at_ms = keeper->steady_ms;
        keeper->jump_s = jump;
        keeper->slow_at_ms = keeper->expiry_at_ms = 0;
    }
    keeper->base_s = base;
    snprintf(why, sizeof why, "ok");
    if (keeper->jumped_at_ms && !keeper->serve->config->clock &&
        keeper->steady_ms - keeper->jumped_at_ms < JUMP_TOLD_MS)
        snprintf(why, sizeof why, "it jumped by %lld seconds", (long long)keeper->jump_s);
    tell(keeper, keeper->serve->health.clock, why, "clock.state");
}

/* ---- the token ---- */

/* It may have been pulled and be back: then the PIN is offered once more, by the source of
 * its modules, which never asks a person now. */
void duty_token(struct keeper *keeper)
{
    struct kunci_token *token = keeper->serve->token;
    struct kunci_token_info info;
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_rc rc = kunci_token_info(token, &info, &err);

    if (rc == KUNCI_OK && info.login_required && !kunci_token_logged_in(token))
        rc = kunci_token_login(token, NULL, &err);
    tell(keeper, keeper->serve->health.token, rc == KUNCI_OK ? "ok" : kunci_err_name(rc),
         "token.state");
}

/* ---- the store ---- */

void duty_store(struct keeper *keeper)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    bool well = workers_store_ok(keeper->serve->workers, &why);

    tell(keeper, keeper->serve->health.store, well ? "ok" : kunci_err_name(why.rc), "store.state");
}

/* ---- revocation lists ---- */

struct turn {
    struct crld_turn turn;
    enum crld_list list;
    int64_t now;
};

static enum kunci_rc begin_list(void *context, struct store *store, struct kunci_err *err)
{
    struct turn *turn = context;

    return crld_begin(store, turn->list, turn->now, &turn->turn, err);
}

static enum kunci_rc end_list(void *context, struct store *store, struct kunci_err *err)
{
    struct turn *turn = context;

    return crld_end(store, &turn->turn, err);
}

/* Signed and written by the keeper itself, however long it is: the writer goes on. */
static enum kunci_rc make_list(struct keeper *keeper, enum crld_list list, struct kunci_err *err)
{
    struct turn turn = {.list = list, .now = keeper->now};
    struct serve *serve = keeper->serve;
    enum kunci_rc rc = workers_do(serve->workers, WORK_WRITE, begin_list, &turn, err);

    if (rc == KUNCI_OK)
        rc = crld_write(serve->ca, keeper->store, &turn.turn, serve->folder, err);
    return rc == KUNCI_OK ? workers_do(serve->workers, WORK_WRITE, end_list, &turn, err) : rc;
}

static enum kunci_rc look_at_list(struct keeper *keeper, enum crld_list list, bool dirty,
                                  int64_t *until, struct kunci_err *err)
{
    int64_t at = 0;
    enum kunci_rc rc = crld_published(keeper->store, list, &at, err);

    if (rc == KUNCI_OK && (dirty || keeper->now < at || keeper->now >= at + CRLD_EVERY)) {
        rc = make_list(keeper, list, err);
        at = rc == KUNCI_OK ? keeper->now : at;
    }
    if (at + CRLD_LIFE < *until)
        *until = at + CRLD_LIFE;
    return rc;
}

void duty_lists(struct keeper *keeper)
{
    int64_t until = INT64_MAX;
    struct kunci_err err = KUNCI_ERR_INIT;
    bool dirty;
    enum kunci_rc rc;

    if (keeper->steady_ms < keeper->crl_wait_ms)
        return;
    dirty = atomic_exchange(&keeper->serve->crl_dirty, false);
    rc = look_at_list(keeper, CRLD_ISSUING, dirty, &until, &err);
    if (rc == KUNCI_OK)
        rc = look_at_list(keeper, CRLD_ROOT, false, &until, &err);
    if (rc != KUNCI_OK) {
        if (dirty)
            atomic_store(&keeper->serve->crl_dirty, true);
        keeper->crl_wait_ms = keeper->steady_ms + CRL_AGAIN_MS;
        trouble("crl.failed", &err);
    }
    if (until <= keeper->now)
        tell(keeper, keeper->serve->health.crl, "expired", "crl.state");
    else
        tell(keeper, keeper->serve->health.crl, rc == KUNCI_OK ? "ok" : kunci_err_name(rc),
             "crl.state");
}

/* ---- OCSP ---- */

void duty_answers(struct keeper *keeper)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t done = 0;

    if (ocspd_ahead(keeper->serve->ocspd, keeper->store, keeper->now, ANSWERS_AT_ONCE, &done,
                    &err) != KUNCI_OK)
        trouble("ocsp.failed", &err);
    if (done == ANSWERS_AT_ONCE) /* there is more */
        keeper->slow_at_ms = 0;
}

/* ---- requests ---- */

static void note_changed(void *context, const char *serial, bool issued)
{
    struct keeper *keeper = context;

    if (!issued && keeper->changed_count < KEEPER_CHANGED_MAX)
        text_copy(keeper->changed[keeper->changed_count++], CA_SERIAL, serial);
}

static enum kunci_rc tick_requests(void *context, struct store *store, struct kunci_err *err)
{
    struct keeper *keeper = context;
    const struct requests_desk desk = {.store = store,
                                       .ca = keeper->serve->ca,
                                       .book = keeper->serve->book,
                                       .settings = keeper->serve->settings,
                                       .now = keeper->now,
                                       .changed = note_changed,
                                       .context = keeper};
    size_t done = 0;
    enum kunci_rc rc = requests_tick(&desk, TICKS_AT_ONCE, &done, err);

    if (done == TICKS_AT_ONCE)
        keeper->slow_at_ms = 0;
    return rc;
}

void duty_requests(struct keeper *keeper)
{
    struct serve *serve = keeper->serve;
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t i;

    keeper->changed_count = 0;
    if (workers_do(serve->workers, WORK_WRITE, tick_requests, keeper, &err) != KUNCI_OK) {
        trouble("requests.failed", &err);
        return;
    }
    for (i = 0; i < keeper->changed_count; i++)
        call_tell_changed(serve, keeper->store, keeper->changed[i], keeper->now);
}

/* ---- certificates that end ---- */

static enum kunci_rc tell_holders(void *context, struct store *store, struct kunci_err *err)
{
    struct keeper *keeper = context;
    size_t done = 0;
    enum kunci_rc rc =
        expiry_tell(store, keeper->serve->settings, keeper->now, TOLD_AT_ONCE, &done, err);

    if (done == TOLD_AT_ONCE)
        keeper->expiry_at_ms = 0;
    return rc;
}

void duty_expiry(struct keeper *keeper)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    if (keeper->steady_ms < keeper->expiry_at_ms)
        return;
    keeper->expiry_at_ms = keeper->steady_ms + EXPIRY_MS;
    if (workers_do(keeper->serve->workers, WORK_WRITE, tell_holders, keeper, &err) != KUNCI_OK)
        trouble("expiry.failed", &err);
}

/* ---- the audit trail ---- */

static enum kunci_rc seal(void *context, struct store *store, struct kunci_err *err)
{
    const struct keeper *keeper = context;
    const struct serve *serve = keeper->serve;

    return audit_seal(store, ca_signer(serve->ca, CA_AUDIT), serve->settings->node, keeper->now,
                      err);
}

void duty_seal(struct keeper *keeper, bool last)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct audit_head head;
    enum kunci_rc rc = audit_head(keeper->store, &head, &err);

    if (rc == KUNCI_OK && head.seq == keeper->sealed_seq) {
        keeper->sealed_at_ms = keeper->steady_ms; /* the next row begins to wait */
        return;
    }
    if (rc == KUNCI_OK && !last && head.seq - keeper->sealed_seq < SEAL_ROWS &&
        keeper->steady_ms - keeper->sealed_at_ms < SEAL_MS)
        return;
    if (rc == KUNCI_OK)
        rc = workers_do(keeper->serve->workers, WORK_WRITE, seal, keeper, &err);
    if (rc == KUNCI_OK)
        rc = audit_head(keeper->store, &head, &err);
    if (rc != KUNCI_OK) {
        trouble("seal.failed", &err);
        return;
    }
    keeper->sealed_seq = head.seq;
    keeper->sealed_at_ms = keeper->steady_ms;
}
