#include "ams/enlist.h"

#include "audit/ledger.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/name.h"
#include "x509/parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- the row of each act ---- */

static enum kunci_rc note(const struct enlist_desk *desk, const char *event, const char *account,
                          json_t *details, struct kunci_err *err)
{
    const struct audit_act act = {.node = desk->node,
                                  .at = desk->now,
                                  .event = event,
                                  .by = "console",
                                  .subject = account,
                                  .details = details};
    enum kunci_rc rc = audit_add(desk->store, &act, err);

    json_decref(details);
    return rc;
}

static enum kunci_rc end(const struct enlist_desk *desk, enum kunci_rc rc, struct kunci_err *err)
{
    if (rc == KUNCI_OK)
        rc = store_commit(desk->store, err);
    if (rc != KUNCI_OK)
        store_rollback(desk->store);
    return rc;
}

/* ---- a new one ---- */

/* The subject as people write it, out of the request; the same that is said, to the byte. */
static enum kunci_rc read_subject(const struct enlist_new *what, char **subject,
                                  struct kunci_err *err)
{
    X509_NAME *said = NULL;
    struct parts parts;
    enum kunci_rc rc = KUNCI_OK;

    if (!parts_of_request(what->csr, what->csr_len, &parts))
        return err_set(err, KUNCI_CSR_INVALID, what->account.name, _("it cannot be read"));
    if (what->account.subject)
        rc = name_parse(what->account.subject, &said, err);
    if (rc == KUNCI_OK && said && !name_same(said, parts.subject))
        rc = err_set(err, KUNCI_CSR_INVALID, what->account.name,
                     _("it asks for another subject than --subject says"));
    if (rc == KUNCI_OK)
        rc = name_print(parts.subject, subject, err);
    X509_NAME_free(said);
    parts_clear(&parts);
    return rc;
}

static enum kunci_rc issue(const struct enlist_desk *desk, const struct enlist_new *what,
                           int64_t account, struct ca_issued *issued, struct kunci_err *err)
{
    const struct ca_order order = {.profile = what->roles[0] ? "operator" : "holder",
                                   .csr = what->csr,
                                   .csr_len = what->csr_len,
                                   .account = account,
                                   .now = desk->now};
    enum kunci_rc rc = ca_issue(desk->ca, desk->store, &order, issued, err);

    if (rc != KUNCI_OK)
        return rc;
    return note(desk, "certificate.issued", issued->serial,
                json_pack("{s:s, s:s}", "account", what->account.name, "profile", order.profile),
                err);
}

static enum kunci_rc add(const struct enlist_desk *desk, const struct enlist_new *what,
                         struct ca_issued *issued, struct kunci_err *err)
{
    const char *const *role;
    int64_t id;
    enum kunci_rc rc = accounts_add(desk->store, &what->account, &id, err);

    if (rc == KUNCI_OK)
        rc = note(desk, "account.added", what->account.name, NULL, err);
    for (role = what->roles; rc == KUNCI_OK && *role; role++) {
        rc = accounts_grant(desk->store, id, *role, what->scope, desk->now, 0, err);
        if (rc == KUNCI_OK)
            rc = note(desk, "role.granted", what->account.name,
                      json_pack("{s:s, s:s}", "role", *role, "scope", what->scope), err);
    }
    if (rc == KUNCI_OK && what->csr)
        rc = issue(desk, what, id, issued, err);
    return rc;
}

enum kunci_rc enlist_add(const struct enlist_desk *desk, const struct enlist_new *what,
                         struct ca_issued *issued, struct kunci_err *err)
{
    struct enlist_new made = *what;
    char *subject = NULL;
    enum kunci_rc rc = KUNCI_OK;

    *issued = (struct ca_issued){.der = NULL};
    if (what->csr && (rc = read_subject(what, &subject, err)) == KUNCI_OK)
        made.account.subject = subject;
    if (rc == KUNCI_OK && (rc = store_begin(desk->store, err)) == KUNCI_OK)
        rc = end(desk, add(desk, &made, issued, err), err);
    if (rc != KUNCI_OK) {
        free(issued->der);
        issued->der = NULL;
    }
    free(subject);
    return rc;
}

/* ---- one that is there ---- */

static enum kunci_rc change_role(const struct enlist_desk *desk, const char *name,
                                 const struct enlist_role *role, struct kunci_err *err)
{
    bool gone = role->until && role->until <= desk->now;
    struct account account;
    enum kunci_rc rc = accounts_find(desk->store, name, &account, err);

    if (rc == KUNCI_OK && gone)
        rc = accounts_ungrant(desk->store, account.id, role->role, role->scope, desk->now, err);
    else if (rc == KUNCI_OK)
        rc = accounts_grant(desk->store, account.id, role->role, role->scope, desk->now,
                            role->until, err);
    account_clear(&account);
    if (rc != KUNCI_OK)
        return rc;
    return note(desk, gone ? "role.taken" : "role.granted", name,
                json_pack("{s:s, s:s}", "role", role->role, "scope", role->scope), err);
}

enum kunci_rc enlist_role(const struct enlist_desk *desk, const char *name,
                          const struct enlist_role *role, struct kunci_err *err)
{
    enum kunci_rc rc = store_begin(desk->store, err);

    return rc == KUNCI_OK ? end(desk, change_role(desk, name, role, err), err) : rc;
}

static enum kunci_rc set_active(const struct enlist_desk *desk, const char *name, bool active,
                                struct kunci_err *err)
{
    struct account account;
    enum kunci_rc rc = accounts_find(desk->store, name, &account, err);

    if (rc == KUNCI_OK)
        rc = accounts_set_active(desk->store, account.id, active, err);
    account_clear(&account);
    if (rc != KUNCI_OK)
        return rc;
    return note(desk, active ? "account.activated" : "account.disabled", name, NULL, err);
}

enum kunci_rc enlist_set_active(const struct enlist_desk *desk, const char *name, bool active,
                                struct kunci_err *err)
{
    enum kunci_rc rc = store_begin(desk->store, err);

    return rc == KUNCI_OK ? end(desk, set_active(desk, name, active, err), err) : rc;
}
