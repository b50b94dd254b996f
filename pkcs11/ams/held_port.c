/* What the flow engine asks and does outside of itself, done by the authority: rows in the
 * store, certificates issued and revoked. */
#include "ams/held.h"
#include "ams/token_evidence.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t now(void *context)
{
    return ((const struct held *)context)->desk->now;
}

/* ---- facts ---- */

/* NULL, which no condition fits, where the store does not say. */
static const char *certificate_is(const struct held *held)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_row row = {.len = 0};
    const char *condition = NULL;

    if (!held->certificate)
        return ca_condition(NULL, held->desk->now, held->desk->settings->renewal_days);
    if (ca_find(held->desk->store, held->certificate, &row, &err) == KUNCI_OK)
        condition = ca_condition(&row, held->desk->now, held->desk->settings->renewal_days);
    ca_row_clear(&row);
    return condition;
}

static const char *account_is(const struct held *held)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const char *is = NULL;
    struct rows rows;

    if (store_query(held->desk->store, "SELECT 1 FROM accounts WHERE id = $1 AND state = 'active'",
                    VALUES(OF_INT(held->account)), &rows, &err) == KUNCI_OK)
        is = rows_next(&rows, &err) ? "active" : "none";
    rows_end(&rows);
    return is;
}

/* A token is the holder's: whether it is there shows in what it signs. */
static const char *fact(void *context, const struct kunci_request *request, const char *name)
{
    const struct held *held = context;

    (void)request;
    if (strcmp(name, fact_names[FACT_CERTIFICATE]) == 0)
        return certificate_is(held);
    if (strcmp(name, fact_names[FACT_ACCOUNT]) == 0)
        return account_is(held);
    if (strcmp(name, fact_names[FACT_DATA]) == 0)
        return "same";
    return strcmp(name, fact_names[FACT_TOKEN]) == 0 ? "ready" : NULL;
}

/* ---- deeds ---- */

static void tell_changed(const struct held *held, const char *serial, bool issued)
{
    if (held->desk->changed)
        held->desk->changed(held->desk->context, serial, issued);
}

static enum kunci_rc impossible(const struct held *held, struct kunci_err *err)
{
    return err_set(err, KUNCI_FLOW_CONDITION, request_step(held->request)->name,
                   _("this authority does not do that yet"));
}

/* What takes a certificate's place is of its profile. */
static enum kunci_rc profile_for(const struct held *held, char to[32], struct kunci_err *err)
{
    struct ca_row row = {.len = 0};
    enum kunci_rc rc = KUNCI_OK;

    snprintf(to, 32, "holder");
    if (held->certificate)
        rc = ca_find(held->desk->store, held->certificate, &row, err);
    if (rc == KUNCI_OK && row.profile && strcmp(row.profile, "operator") == 0)
        snprintf(to, 32, "operator");
    ca_row_clear(&row);
    return rc;
}

/* Days may lie between what was proved and what is issued on it: neither may he have lost
 * his account since, nor the old key, by which a thief would have asked. */
static enum kunci_rc check_ground(const struct held *held, struct kunci_err *err)
{
    const char *is = account_is(held);

    if (!is || strcmp(is, "active") != 0)
        return err_set(err, KUNCI_RIGHT_NONE, held->request->applicant,
                       _("the account is not in use"));
    if (!(held->request->deeds & 1u << DEED_PROVE_OLD))
        return KUNCI_OK;
    is = certificate_is(held);
    if (is &&
        (strcmp(is, "active") == 0 || strcmp(is, "expiring") == 0 || strcmp(is, "expired") == 0))
        return KUNCI_OK;
    return err_setf(err, KUNCI_CERT_STATE, held->certificate, _("it is %s"), is ? is : "?");
}

static enum kunci_rc issue(struct held *held, struct kunci_err *err)
{
    const struct requests_desk *desk = held->desk;
    struct ca_issued issued = {.der = NULL};
    unsigned char *csr = NULL;
    char profile[32];
    struct ca_order order = {
        .profile = profile, .account = held->account, .request = held->id, .now = desk->now};
    enum kunci_rc rc = check_ground(held, err);

    if (rc == KUNCI_OK)
        rc = held_document(held, EVIDENCE_CSR, &csr, &order.csr_len, err);
    order.csr = csr;
    if (rc == KUNCI_OK && !csr)
        rc = err_set(err, KUNCI_PROOF_INVALID, EVIDENCE_CSR, _("there is none"));
    if (rc == KUNCI_OK && (rc = evidence_check_key(held, csr, order.csr_len, err)) == KUNCI_OK &&
        (rc = profile_for(held, profile, err)) == KUNCI_OK)
        rc = ca_issue(desk->ca, desk->store, &order, &issued, err);
    if (rc == KUNCI_OK && !text_keep(&held->issued, issued.serial))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = held_audit(held, "certificate.issued", NULL, issued.serial,
                        json_pack("{ss}", "profile", profile), err);
    if (rc == KUNCI_OK)
        tell_changed(held, issued.serial, true);
    free(issued.der);
    free(csr);
    return rc;
}

/* The evidence was proved when it was kept; here it is enough that it is there. */
static enum kunci_rc take_evidence(const struct held *held, enum deed deed, struct kunci_err *err)
{
    const char *name = evidence_of(deed);
    enum kunci_rc rc;
    bool there;

    if ((rc = evidence_is_there(held, name, &there, err)) != KUNCI_OK)
        return rc;
    return there ? KUNCI_OK : err_set(err, KUNCI_PROOF_INVALID, name, _("there is none"));
}

static enum kunci_rc revoke_for(struct held *held, int reason, struct kunci_err *err)
{
    enum kunci_rc rc =
        ca_revoke(held->desk->store, held->certificate, reason, held->desk->now, 0, err);

    if (rc == KUNCI_OK)
        rc = held_audit(held, "certificate.revoked", NULL, held->certificate,
                        json_pack("{si}", "reason", reason), err);
    if (rc == KUNCI_OK)
        tell_changed(held, held->certificate, false);
    return rc;
}

/* Where the old one is over already there is nothing to do. */
static enum kunci_rc retire(struct held *held, struct kunci_err *err)
{
    struct ca_row row = {.len = 0};
    enum kunci_rc rc = KUNCI_OK;
    bool over = true;

    if (held->certificate && held->issued) {
        rc = ca_find(held->desk->store, held->certificate, &row, err);
        over = row.status == CA_REVOKED || row.not_after < held->desk->now;
        ca_row_clear(&row);
    }
    return rc == KUNCI_OK && !over ? revoke_for(held, CA_SUPERSEDED, err) : rc;
}

static int crl_reason(const struct kunci_request *request)
{
    const char *said = request->data[KUNCI_FLOW_PERSON][FIELD_REASON];
    int reason;

    if (!said)
        said = request->reason;
    reason = said ? kunci_flow_crl_reason(said, request->called) : -1;
    return reason < 0 || reason == CA_HOLD ? CA_UNSPECIFIED : reason;
}

static enum kunci_rc change(struct held *held, enum deed deed, struct kunci_err *err)
{
    const struct requests_desk *desk = held->desk;
    bool suspends = deed == DEED_SUSPEND;
    enum kunci_rc rc;

    if (!held->certificate)
        return err_set(err, KUNCI_CERT_UNKNOWN, held->request->applicant, NULL);
    if (deed == DEED_REVOKE)
        return revoke_for(held, crl_reason(held->request), err);
    rc = suspends ? ca_suspend(desk->store, held->certificate, desk->now, err)
                  : ca_resume(desk->store, held->certificate, err);
    if (rc == KUNCI_OK)
        rc = held_audit(held, suspends ? "certificate.suspended" : "certificate.resumed", NULL,
                        held->certificate, json_object(), err);
    if (rc == KUNCI_OK)
        tell_changed(held, held->certificate, false);
    return rc;
}

static enum kunci_rc act(void *context, const struct kunci_request *request, const char *deed,
                         struct kunci_err *err)
{
    struct held *held = context;
    enum deed which = (enum deed)word_index(deed_names, deed);

    (void)request;
    switch (which) {
    case DEED_KEY_NEW:
    case DEED_CSR_NEW:
    case DEED_PROVE_OLD:
    case DEED_WRITE:
    case DEED_PROVE:
        return take_evidence(held, which, err);
    case DEED_RETIRE:
        return retire(held, err);
    case DEED_ISSUE:
        return issue(held, err);
    case DEED_REVOKE:
    case DEED_SUSPEND:
    case DEED_RESUME:
        return change(held, which, err);
    default:
        return impossible(held, err);
    }
}

/* ---- another procedure within a step ---- */

static enum kunci_rc count_calls(const struct held *held, int64_t *count, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(held->desk->store, "SELECT count(*) FROM requests WHERE caller = $1",
                    VALUES(OF_INT(held->id)), &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err))
        *count = rows_int(&rows, 0);
    else if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

/* Its key is none that a client could choose. */
static enum kunci_rc call(void *context, const struct kunci_request *request, const char *procedure,
                          const char *reason, struct kunci_err *err)
{
    const struct held *held = context;
    struct held_plan plan = {.reason = reason,
                             .certificate = held->issued ? held->issued : held->certificate,
                             .account = held->account,
                             .caller = held->id};
    struct held called = {.id = 0};
    char day[11], key[64];
    int64_t calls = 0;
    enum kunci_rc rc;

    (void)request;
    held_day(held->desk->now, day);
    if (!(plan.sop = kunci_sop_find(held->desk->book, procedure, NULL, day)))
        return err_set(err, KUNCI_SOP_NOT_FOUND, procedure, NULL);
    plan.key = key;
    if ((rc = count_calls(held, &calls, err)) != KUNCI_OK)
        return rc;
    snprintf(key, sizeof key, "call-%" PRId64 "-%" PRId64, held->id, calls + 1);
    rc = held_begin(held->desk, &plan, &called, err);
    if (rc == KUNCI_OK)
        rc = held_put(&called, err);
    held_drop(&called);
    return rc;
}

/* ---- told ---- */

static enum kunci_rc notify(void *context, const struct kunci_request *request, const char *role,
                            const char *message, struct kunci_err *err)
{
    const struct held *held = context;
    bool own = strcmp(role, role_names[ROLE_PEMOHON]) == 0;

    (void)request;
    return store_do(held->desk->store,
                    "INSERT INTO notices (request, account, role, message, at)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    VALUES(OF_INT(held->id), own ? OF_INT(held->account) : OF_NULL, OF_TEXT(role),
                           OF_TEXT(message), OF_INT(held->desk->now)),
                    err);
}

/* What moves a request stands in the audit trail too; what is said in words does not, as it
 * may tell of a person. */
static enum kunci_rc audit_entry(const struct held *held, const struct kunci_flow_entry *entry,
                                 struct kunci_err *err)
{
    static const char *const kept[] = {"started",   "done",      "called", "returned", "rejected",
                                       "withdrawn", "timed-out", "closed", NULL};
    char event[64];
    json_t *details;

    if (word_index(kept, entry->event) < 0)
        return KUNCI_OK;
    snprintf(event, sizeof event, "request.%s", entry->event);
    details = json_pack("{ss*ss*ss*ss*}", "step", entry->step, "outcome", entry->outcome, "for",
                        entry->of, "decision", held->decision);
    return held_audit(held, event, entry->by, NULL, details, err);
}

static enum kunci_rc note(void *context, const struct kunci_flow_entry *entry,
                          struct kunci_err *err)
{
    const struct held *held = context;
    char *line = NULL;
    enum kunci_rc rc = kunci_flow_entry_write(entry, &line, err);

    if (rc == KUNCI_OK)
        rc = store_do(held->desk->store, "INSERT INTO flow_events (request, line) VALUES ($1, $2)",
                      VALUES(OF_INT(held->id), OF_TEXT(line)), err);
    free(line);
    return rc == KUNCI_OK ? audit_entry(held, entry, err) : rc;
}

struct kunci_flow_port held_port(struct held *held)
{
    return (struct kunci_flow_port){.context = held,
                                    .now = now,
                                    .fact = fact,
                                    .act = act,
                                    .call = call,
                                    .notify = notify,
                                    .log = note};
}
