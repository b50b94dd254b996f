/* Requests begun: by which procedure, about which certificate, and with which data. */
#include "ams/held.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY = 86400 };

void held_day(int64_t at, char to[11])
{
    time_t seconds = (time_t)at;
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || strftime(to, 11, "%Y-%m-%d", &tm) == 0)
        memcpy(to, "1970-01-01", 11);
}

/* ---- the procedure ---- */

/* Where the settings name none: those that kunci ships. */
static const char *const usual[SOP_KINDS] = {
    [SOP_ISSUANCE] = "penerbitan",        [SOP_RENEWAL] = "kapuas-2026",
    [SOP_DATA_CHANGE] = "perubahan-data", [SOP_REVOCATION] = "pencabutan",
    [SOP_SUSPENSION] = "penangguhan",     [SOP_RESUMPTION] = "pengaktifan-kembali",
};

static const char *rule_of(const struct requests_desk *desk, enum sop_kind kind)
{
    size_t len = strlen(sop_kind_names[kind]);
    char **rule;

    for (rule = desk->settings->rules; rule && *rule; rule++)
        if (strncmp(*rule, sop_kind_names[kind], len) == 0 && (*rule)[len] == '=')
            return *rule + len + 1;
    return usual[kind];
}

enum kunci_rc held_rule(const struct requests_desk *desk, enum sop_kind kind,
                        const struct kunci_sop **out, struct kunci_err *err)
{
    const char *name = rule_of(desk, kind);
    char day[11];

    held_day(desk->now, day);
    *out = name ? kunci_sop_find(desk->book, name, NULL, day) : NULL;
    if (!*out)
        return err_set(err, KUNCI_SOP_NOT_FOUND, name ? name : sop_kind_names[kind], NULL);
    if ((*out)->kind != kind)
        return err_setf(err, KUNCI_SOP_FAULTY, name, _("its kind is %s, not %s"),
                        kunci_sop_kind(*out), sop_kind_names[kind]);
    return KUNCI_OK;
}

/* ---- the certificate that it is about ---- */

static bool is_one_of(const char *word, const char *const *list)
{
    return word_index(list, word) >= 0;
}

/* Which certificates a request of the kind looks for first. */
static const char *const *sought(enum sop_kind kind)
{
    static const char *const alive[] = {"active", "expiring", NULL};
    static const char *const not_over[] = {"active", "expiring", "suspended", NULL};
    static const char *const suspended[] = {"suspended", NULL};

    if (kind == SOP_RESUMPTION)
        return suspended;
    return kind == SOP_REVOCATION ? not_over : alive;
}

static enum kunci_rc not_now(const struct requests_desk *desk, const struct ca_row *row,
                             const char *condition, struct kunci_err *err)
{
    char day[11];

    if (strcmp(condition, "active") == 0) {
        held_day(row->not_after - desk->settings->renewal_days * DAY, day);
        return err_setf(err, KUNCI_RENEW_EARLY, row->serial, _("it can be from %s on"), day);
    }
    held_day(row->not_after, day);
    if (strcmp(condition, "expired") == 0)
        return err_setf(err, KUNCI_RENEW_LATE, row->serial, _("it expired on %s"), day);
    return err_setf(err, KUNCI_CERT_STATE, row->serial, _("it is %s"), condition);
}

static enum kunci_rc check_certificate(const struct requests_desk *desk, const struct ca_row *row,
                                       enum sop_kind kind, struct kunci_err *err)
{
    const char *condition = ca_condition(row, desk->now, desk->settings->renewal_days);

    if (kind == SOP_RENEWAL)
        return strcmp(condition, "expiring") == 0 ? KUNCI_OK : not_now(desk, row, condition, err);
    if ((kind == SOP_REVOCATION || kind == SOP_SUSPENSION || kind == SOP_RESUMPTION) &&
        !is_one_of(condition, sought(kind)))
        return err_setf(err, KUNCI_CERT_STATE, row->serial, _("it is %s"), condition);
    return KUNCI_OK;
}

/* The one that is named, if it is his; or the newest of those that fit, or the newest; none
 * has no serial number. */
static enum kunci_rc choose(const struct held *held, const struct held_plan *plan,
                            struct ca_row *out, struct kunci_err *err)
{
    const struct requests_desk *desk = held->desk;
    struct kunci_err unknown = KUNCI_ERR_INIT;
    char serial[CA_SERIAL];
    enum kunci_rc rc;

    if (!plan->certificate) {
        rc = ca_newest(desk->store, plan->account, sought(plan->sop->kind), desk->now,
                       desk->settings->renewal_days, serial, err);
        return rc == KUNCI_OK && *serial ? ca_find(desk->store, serial, out, err) : rc;
    }
    rc = ca_find(desk->store, plan->certificate, out, &unknown);
    if (rc != KUNCI_OK && rc != KUNCI_CERT_UNKNOWN) {
        *err = unknown;
        return rc;
    }
    if (out->account != plan->account)
        ca_row_clear(out);
    return KUNCI_OK;
}

static enum kunci_rc find_certificate(struct held *held, const struct held_plan *plan,
                                      const char *account, struct kunci_err *err)
{
    enum sop_kind kind = plan->sop->kind;
    struct ca_row row = {.len = 0};
    enum kunci_rc rc = choose(held, plan, &row, err);

    if (rc == KUNCI_OK && !*row.serial &&
        (plan->certificate || (kind != SOP_ISSUANCE && !plan->caller)))
        rc =
            err_set(err, KUNCI_CERT_UNKNOWN, plan->certificate ? plan->certificate : account, NULL);
    if (rc == KUNCI_OK && *row.serial && !plan->caller)
        rc = check_certificate(held->desk, &row, kind, err);
    if (rc == KUNCI_OK && *row.serial && !text_keep(&held->certificate, row.serial))
        rc = err_no_memory(err);
    ca_row_clear(&row);
    return rc;
}

/* ---- the row ---- */

static enum kunci_rc check_alone(const struct held *held, const struct held_plan *plan,
                                 struct kunci_err *err)
{
    const char *kind = kunci_sop_kind(plan->sop);
    struct rows rows;
    enum kunci_rc rc = store_query(held->desk->store,
                                   "SELECT id FROM requests WHERE account = $1 AND kind = $2"
                                   " AND role IS NOT NULL LIMIT 1",
                                   VALUES(OF_INT(plan->account), OF_TEXT(kind)), &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err))
        rc =
            err_setf(err, KUNCI_REQUEST_CONFLICT, kind,
                     _("request %lld of the same kind is not over"), (long long)rows_int(&rows, 0));
    else if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

static enum kunci_rc insert(struct held *held, const struct held_plan *plan,
                            const char *institution, struct kunci_err *err)
{
    const struct requests_desk *desk = held->desk;
    struct rows rows;
    enum kunci_rc rc = store_query(
        desk->store,
        "INSERT INTO requests (key, account, kind, procedure, version, state, institution,"
        " certificate, caller, began, touched, body)"
        " VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $9, '') RETURNING id",
        VALUES(OF_TEXT(plan->key), OF_INT(plan->account), OF_TEXT(kunci_sop_kind(plan->sop)),
               OF_TEXT(plan->sop->name), OF_TEXT(plan->sop->version), OF_TEXT(institution),
               OF_TEXT(held->certificate), plan->caller ? OF_INT(plan->caller) : OF_NULL,
               OF_INT(desk->now)),
        &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err))
        held->id = rows_int(&rows, 0);
    else if (rc == KUNCI_OK)
        rc = rows.rc != KUNCI_OK ? rows.rc : err_set(err, KUNCI_STORE_FAILED, NULL, NULL);
    while (rc == KUNCI_OK && rows_next(&rows, err))
        continue;
    rows_end(&rows);
    return rc;
}

/* ---- the person ---- */

struct person {
    char *name, *institution;
    json_t *data;
    bool active;
};

static void person_clear(struct person *person)
{
    free(person->name);
    free(person->institution);
    json_decref(person->data);
}

static enum kunci_rc read_person(struct store *store, int64_t account, struct person *out,
                                 struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(store, "SELECT name, institution, data, state FROM accounts WHERE id = $1",
                    VALUES(OF_INT(account)), &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err)) {
        out->active = strcmp(rows_text(&rows, 3), "active") == 0;
        out->data = json_loads(rows_text(&rows, 2), JSON_REJECT_DUPLICATES, NULL);
        if (!text_keep(&out->name, rows_text(&rows, 0)) ||
            !text_keep(&out->institution, rows_text(&rows, 1)))
            rc = err_no_memory(err);
    } else if (rc == KUNCI_OK) {
        rc = rows.rc;
    }
    rows_end(&rows);
    if (rc != KUNCI_OK)
        return rc;
    if (!out->name || !out->active)
        return err_set(err, KUNCI_RIGHT_NONE, out->name, _("the account is not in use"));
    if (!out->institution || !*out->institution)
        return err_set(err, KUNCI_RIGHT_NONE, out->name, _("it belongs to no institution"));
    return KUNCI_OK;
}

/* What the account knows stands in the request from the first; a reason was given now. */
static enum kunci_rc fill_in(struct held *held, const struct held_plan *plan,
                             const struct person *person, struct kunci_err *err)
{
    char **data = held->request->data[KUNCI_FLOW_PERSON];
    unsigned i;

    for (i = 0; i < FIELDS; i++) {
        const char *value = json_string_value(json_object_get(person->data, field_names[i]));

        if (value && *value && strlen(value) <= VALUE_MAX && !text_keep(&data[i], value))
            return err_no_memory(err);
    }
    if (plan->reason && !plan->caller && !text_keep(&data[FIELD_REASON], plan->reason))
        return err_no_memory(err);
    return KUNCI_OK;
}

static enum kunci_rc start(struct held *held, const struct held_plan *plan,
                           const struct person *person, struct kunci_err *err)
{
    char number[32];
    const struct kunci_request_begin begin = {
        .id = number,
        .applicant = person->name,
        .institution = person->institution,
        .reason = plan->caller ? plan->reason : NULL,
        .called = plan->caller != 0,
        .domains = (const char *const *)held->desk->settings->domains,
    };

    snprintf(number, sizeof number, "%" PRId64, held->id);
    return kunci_request_new(plan->sop, &begin, &held->port, &held->request, err);
}

enum kunci_rc held_begin(const struct requests_desk *desk, const struct held_plan *plan,
                         struct held *out, struct kunci_err *err)
{
    struct person person = {.name = NULL};
    enum kunci_rc rc;

    *out = (struct held){.desk = desk, .account = plan->account, .caller = plan->caller};
    out->port = held_port(out);
    if ((rc = read_person(desk->store, plan->account, &person, err)) == KUNCI_OK &&
        (rc = check_alone(out, plan, err)) == KUNCI_OK &&
        (rc = find_certificate(out, plan, person.name, err)) == KUNCI_OK &&
        (rc = insert(out, plan, person.institution, err)) == KUNCI_OK &&
        (rc = start(out, plan, &person, err)) == KUNCI_OK &&
        (rc = fill_in(out, plan, &person, err)) == KUNCI_OK && !text_keep(&out->key, plan->key))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = held_settle(out, err);
    person_clear(&person);
    return rc;
}
