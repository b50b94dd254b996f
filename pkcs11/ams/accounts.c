#include "ams/accounts.h"

#include "ams/passwords.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/words.h"
#include "x509/name.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 64, INSTITUTION_MAX = 200 };

void account_clear(struct account *account)
{
    free(account->name);
    free(account->institution);
    free(account->data);
    free(account->subject);
    if (account->scrypt)
        OPENSSL_cleanse(account->scrypt, strlen(account->scrypt));
    free(account->scrypt);
    *account = (struct account){0};
}

bool account_name_fits(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= NAME_MAX_LEN &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-@") == len;
}

/* "kapuas/dinkes": no empty part, nothing that a log or a path could stumble over. */
static bool institution_fits(const char *text)
{
    size_t len = strlen(text);

    return len <= INSTITUTION_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-/") == len && text[0] != '/' &&
           (len == 0 || text[len - 1] != '/') && !strstr(text, "//");
}

static enum kunci_rc check_new(const struct account_new *account, struct kunci_err *err)
{
    X509_NAME *subject = NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (!account_name_fits(account->name))
        return err_set(err, KUNCI_USAGE_VALUE, account->name,
                       _("an account's name has lower-case letters, digits and . _ - @"));
    if (!institution_fits(account->institution))
        return err_set(err, KUNCI_USAGE_VALUE, account->institution,
                       _("an institution is written like kapuas/dinkes, in lower-case letters"));
    if (account->subject)
        rc = name_parse(account->subject, &subject, err);
    X509_NAME_free(subject);
    return rc;
}

enum kunci_rc accounts_add(struct store *store, const struct account_new *account, int64_t *id,
                           struct kunci_err *err)
{
    static const char sql[] =
        "INSERT INTO accounts (name, institution, data, subject, password, state, made_at)"
        " VALUES ($1, $2, $3, $4, $5, 'active', $6) ON CONFLICT (name) DO NOTHING RETURNING id";
    char kept[PASSWORD_TEXT_MAX];
    struct rows rows = {0};
    enum kunci_rc rc = check_new(account, err);

    *id = 0;
    if (rc == KUNCI_OK && account->password)
        rc = password_keep(account->password, kept, err);
    if (rc == KUNCI_OK)
        rc = store_query(store, sql,
                         VALUES(OF_TEXT(account->name), OF_TEXT(account->institution),
                                OF_TEXT(account->data), OF_TEXT(account->subject),
                                OF_TEXT(account->password ? kept : NULL), OF_INT(account->now)),
                         &rows, err);
    if (rc != KUNCI_OK)
        return rc;
    if (rows_next(&rows, err))
        *id = rows_int(&rows, 0);
    rc = rows.rc;
    /* What returns rows is done when all of them were taken. */
    while (rc == KUNCI_OK && rows_next(&rows, err))
        rc = rows.rc;
    rows_end(&rows);
    if (rc == KUNCI_OK && *id == 0)
        return err_set(err, KUNCI_ACCOUNT_EXISTS, account->name, NULL);
    return rc;
}

static char *copy(const char *text, bool *failed)
{
    char *to = text ? strdup(text) : NULL;

    *failed |= text && !to;
    return to;
}

static enum kunci_rc take_row(struct rows *rows, const char *about, struct account *out,
                              struct kunci_err *err)
{
    bool failed = false;

    *out = (struct account){0};
    if (!rows_next(rows, err))
        return rows->rc != KUNCI_OK ? rows->rc : err_set(err, KUNCI_ACCOUNT_UNKNOWN, about, NULL);
    out->id = rows_int(rows, 0);
    out->name = copy(rows_text(rows, 1), &failed);
    out->institution = copy(rows_text(rows, 2), &failed);
    out->data = copy(rows_text(rows, 3), &failed);
    out->subject = copy(rows_text(rows, 4), &failed);
    out->scrypt = copy(rows_text(rows, 5), &failed);
    out->active = rows_text(rows, 6) && strcmp(rows_text(rows, 6), "active") == 0;
    return failed ? err_no_memory(err) : KUNCI_OK;
}

#define COLUMNS "id, name, institution, data, subject, password, state"

enum kunci_rc accounts_find(struct store *store, const char *name, struct account *out,
                            struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc;

    *out = (struct account){0};
    rc = store_query(store, "SELECT " COLUMNS " FROM accounts WHERE name = $1",
                     VALUES(OF_TEXT(name)), &rows, err);
    if (rc != KUNCI_OK)
        return rc;
    rc = take_row(&rows, name, out, err);
    rows_end(&rows);
    return rc;
}

enum kunci_rc accounts_get(struct store *store, int64_t id, struct account *out,
                           struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc;

    *out = (struct account){0};
    rc = store_query(store, "SELECT " COLUMNS " FROM accounts WHERE id = $1", VALUES(OF_INT(id)),
                     &rows, err);
    if (rc != KUNCI_OK)
        return rc;
    rc = take_row(&rows, NULL, out, err);
    rows_end(&rows);
    return rc;
}

enum kunci_rc accounts_set_active(struct store *store, int64_t id, bool active,
                                  struct kunci_err *err)
{
    return store_do(store, "UPDATE accounts SET state = $1 WHERE id = $2",
                    VALUES(OF_TEXT(active ? "active" : "disabled"), OF_INT(id)), err);
}

static enum kunci_rc check_grant(const char *role, const char *scope, struct kunci_err *err)
{
    int index = word_index(role_names, role);

    /* These two are nobody's to be given: whoever applies, and kunci itself. */
    if (index < 0 || index == ROLE_PEMOHON || index == ROLE_SISTEM)
        return err_set(err, KUNCI_USAGE_VALUE, role,
                       _("there is no such role; docs/procedures.md names them"));
    if (!institution_fits(scope))
        return err_set(err, KUNCI_USAGE_VALUE, scope,
                       _("an institution is written like kapuas/dinkes, in lower-case letters"));
    return KUNCI_OK;
}

enum kunci_rc accounts_ungrant(struct store *store, int64_t id, const char *role, const char *scope,
                               int64_t now, struct kunci_err *err)
{
    enum kunci_rc rc = check_grant(role, scope, err);

    if (rc != KUNCI_OK)
        return rc;
    return store_do(store,
                    "UPDATE grants SET until_at = $1 WHERE account = $2 AND role = $3 AND scope ="
                    " $4 AND of_account IS NULL AND (until_at IS NULL OR until_at > $5)",
                    VALUES(OF_INT(now), OF_INT(id), OF_TEXT(role), OF_TEXT(scope), OF_INT(now)),
                    err);
}

enum kunci_rc accounts_grant(struct store *store, int64_t id, const char *role, const char *scope,
                             int64_t now, int64_t until, struct kunci_err *err)
{
    enum kunci_rc rc = accounts_ungrant(store, id, role, scope, now, err);

    if (rc != KUNCI_OK)
        return rc;
    return store_do(store,
                    "INSERT INTO grants (account, role, scope, of_account, from_at, until_at)"
                    " VALUES ($1, $2, $3, NULL, $4, $5)",
                    VALUES(OF_INT(id), OF_TEXT(role), OF_TEXT(scope), OF_INT(now),
                           until ? OF_INT(until) : OF_NULL),
                    err);
}

/* role, scope and of whom, of what is in force. */
static enum kunci_rc query_grants(struct store *store, int64_t id, int64_t now, struct rows *rows,
                                  struct kunci_err *err)
{
    return store_query(
        store,
        "SELECT grants.role, coalesce(grants.scope, ''), accounts.name,"
        " coalesce(grants.from_at, 0), coalesce(grants.until_at, 0) FROM grants LEFT JOIN accounts "
        "ON accounts.id ="
        " grants.of_account WHERE grants.account = $1 AND coalesce(grants.from_at, 0) <= $2 AND"
        " (coalesce(grants.until_at, 0) = 0 OR grants.until_at > $3)"
        " ORDER BY grants.role, grants.scope",
        VALUES(OF_INT(id), OF_INT(now), OF_INT(now)), rows, err);
}

enum kunci_rc accounts_grants(struct store *store, int64_t id, int64_t now, json_t **out,
                              struct kunci_err *err)
{
    struct rows rows;
    json_t *list = json_array(), *grant;
    enum kunci_rc rc = query_grants(store, id, now, &rows, err);

    *out = NULL;
    if (rc != KUNCI_OK)
        goto out;
    while (rc == KUNCI_OK && rows_next(&rows, err)) {
        grant = json_pack("{s:s, s:s}", "role", rows_text(&rows, 0), "scope", rows_text(&rows, 1));
        if (grant && !rows_null(&rows, 2) &&
            json_object_set_new(grant, "of", json_string(rows_text(&rows, 2))) != 0)
            rc = err_no_memory(err);
        if (json_array_append_new(list, grant) != 0)
            rc = err_no_memory(err);
    }
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
out:
    if (rc == KUNCI_OK)
        *out = list;
    else
        json_decref(list);
    return rc;
}

enum kunci_rc accounts_list(struct store *store, int64_t now, json_t **out, struct kunci_err *err)
{
    struct rows rows;
    json_t *list = json_array(), *entry, *grants = NULL;
    enum kunci_rc rc =
        store_query(store, "SELECT " COLUMNS " FROM accounts ORDER BY name", NO_VALUES, &rows, err);

    *out = NULL;
    if (rc != KUNCI_OK)
        goto out;
    while (rc == KUNCI_OK && rows_next(&rows, err)) {
        if ((rc = accounts_grants(store, rows_int(&rows, 0), now, &grants, err)) != KUNCI_OK)
            break;
        entry = json_pack("{s:s, s:s, s:s?, s:b, s:b, s:o}", "name", rows_text(&rows, 1),
                          "institution", rows_text(&rows, 2), "subject", rows_text(&rows, 4),
                          "active", strcmp(rows_text(&rows, 6), "active") == 0, "password",
                          !rows_null(&rows, 5), "grants", grants);
        if (json_array_append_new(list, entry) != 0)
            rc = err_no_memory(err);
    }
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
out:
    if (rc == KUNCI_OK)
        *out = list;
    else
        json_decref(list);
    return rc;
}

/* ---- who asks ---- */

static enum kunci_rc add_grant(struct account_actor *actor, const struct rows *rows,
                               struct kunci_err *err)
{
    bool failed = false;
    struct kunci_flow_grant grant = {
        .from = rows_int(rows, 3),
        .until = rows_int(rows, 4),
    };
    struct kunci_flow_grant *more =
        reallocarray(actor->grants, actor->count + 1, sizeof *actor->grants);

    if (!more)
        return err_no_memory(err);
    actor->grants = more;
    grant.role = copy(rows_text(rows, 0), &failed);
    grant.scope = copy(rows_text(rows, 1), &failed);
    grant.of = copy(rows_text(rows, 2), &failed);
    actor->grants[actor->count++] = grant;
    return failed ? err_no_memory(err) : KUNCI_OK;
}

enum kunci_rc accounts_actor(struct store *store, int64_t id, int64_t now,
                             struct account_actor *out, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc;

    *out = (struct account_actor){0};
    if ((rc = accounts_get(store, id, &out->account, err)) != KUNCI_OK ||
        (rc = query_grants(store, id, now, &rows, err)) != KUNCI_OK)
        return rc;
    while (rc == KUNCI_OK && rows_next(&rows, err))
        rc = add_grant(out, &rows, err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    out->actor = (struct requests_actor){
        .account = id,
        .institution = out->account.institution,
        .flow = {out->account.name, out->grants, out->count},
    };
    return rc;
}

void account_actor_clear(struct account_actor *actor)
{
    size_t i;

    for (i = 0; i < actor->count; i++) {
        free((char *)(uintptr_t)actor->grants[i].role);
        free((char *)(uintptr_t)actor->grants[i].scope);
        free((char *)(uintptr_t)actor->grants[i].of);
    }
    free(actor->grants);
    account_clear(&actor->account);
    *actor = (struct account_actor){0};
}

static bool covers(const char *scope, const char *institution)
{
    size_t len = strlen(scope);

    return len == 0 || (strncmp(scope, institution, len) == 0 &&
                        (institution[len] == '\0' || institution[len] == '/'));
}

bool account_actor_holds(const struct account_actor *actor, const char *role,
                         const char *institution, int64_t now)
{
    size_t i;

    for (i = 0; i < actor->count; i++) {
        const struct kunci_flow_grant *grant = &actor->grants[i];

        if (strcmp(grant->role, role) == 0 && grant->from <= now &&
            (grant->until == 0 || grant->until > now) &&
            (!institution || covers(grant->scope, institution)))
            return true;
    }
    return false;
}
