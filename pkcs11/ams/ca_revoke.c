/* Certificates revoked, suspended, resumed. */
#include "ams/ca_inside.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

static const char *const reasons[] = {
    [CA_UNSPECIFIED] = "unspecified",    [CA_KEY_COMPROMISE] = "keyCompromise",
    [CA_CA_COMPROMISE] = "cACompromise", [CA_AFFILIATION_CHANGED] = "affiliationChanged",
    [CA_SUPERSEDED] = "superseded",      [CA_CESSATION] = "cessationOfOperation",
    [CA_HOLD] = "certificateHold",       [CA_PRIVILEGE_WITHDRAWN] = "privilegeWithdrawn",
    [CA_AA_COMPROMISE] = "aACompromise",
};
enum { REASONS = sizeof reasons / sizeof *reasons };

const char *ca_reason_name(int reason)
{
    return reason >= 0 && reason < REASONS ? reasons[reason] : NULL;
}

int ca_reason_by_name(const char *name)
{
    int i;

    for (i = 0; i < REASONS; i++)
        if (i != CA_HOLD && reasons[i] && strcmp(reasons[i], name) == 0)
            return i;
    return -1;
}

/* Of one that did not become what was wanted of it. */
static enum kunci_rc refuse(struct store *store, const char *serial, const char *not_suspended,
                            struct kunci_err *err)
{
    struct ca_row row;
    enum kunci_rc rc = ca_find(store, serial, &row, err);

    if (rc != KUNCI_OK)
        return rc;
    if (row.status == CA_REVOKED)
        rc = err_set(err, KUNCI_CERT_STATE, serial, _("it was revoked, for good"));
    else if (row.status == CA_SUSPENDED)
        rc = err_set(err, KUNCI_CERT_STATE, serial, _("it is suspended already"));
    else
        rc = err_set(err, KUNCI_CERT_STATE, serial, not_suspended);
    ca_row_clear(&row);
    return rc;
}

/* The one row, or why not. */
static enum kunci_rc changed(struct store *store, enum kunci_rc rc, const char *serial,
                             struct kunci_err *err)
{
    if (rc != KUNCI_OK || store_changed(store) == 1)
        return rc;
    return refuse(store, serial, _("it is not suspended"), err);
}

enum kunci_rc ca_revoke(struct store *store, const char *serial, int reason, int64_t at,
                        int64_t invalid_at, struct kunci_err *err)
{
    enum kunci_rc rc;

    if (!ca_reason_name(reason) || reason == CA_HOLD)
        return err_set(err, KUNCI_CERT_STATE, serial, _("there is no such reason to revoke"));
    rc = store_do(store,
                  "UPDATE certificates SET status = 'revoked', reason = $1, "
                  "revoked_at = COALESCE(revoked_at, $2), invalid_at = $3 "
                  "WHERE serial = $4 AND status <> 'revoked'",
                  VALUES(OF_INT(reason), OF_INT(at), invalid_at ? OF_INT(invalid_at) : OF_NULL,
                         OF_TEXT(serial)),
                  err);
    return changed(store, rc, serial, err);
}

enum kunci_rc ca_suspend(struct store *store, const char *serial, int64_t at, struct kunci_err *err)
{
    enum kunci_rc rc = store_do(store,
                                "UPDATE certificates SET status = 'suspended', reason = 6, "
                                "revoked_at = $1 WHERE serial = $2 AND status = 'active'",
                                VALUES(OF_INT(at), OF_TEXT(serial)), err);

    return changed(store, rc, serial, err);
}

enum kunci_rc ca_resume(struct store *store, const char *serial, struct kunci_err *err)
{
    enum kunci_rc rc = store_do(store,
                                "UPDATE certificates SET status = 'active', reason = NULL, "
                                "revoked_at = NULL WHERE serial = $1 AND status = 'suspended'",
                                VALUES(OF_TEXT(serial)), err);

    return changed(store, rc, serial, err);
}
