#include "ams/expiry.h"

#include "ams/ca.h"
#include "audit/ledger.h"

#include <stdio.h>

enum { DAY = 24 * 60 * 60 };

/* The next that was not told of yet, and whose it is; *account 0: there is none. */
static enum kunci_rc find_next(struct store *store, int64_t now, int64_t until,
                               char serial[CA_SERIAL], int64_t *account, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(store,
                    "SELECT c.serial, c.account FROM certificates c"
                    " WHERE c.not_after > $1 AND c.not_after <= $2 AND c.status = 'active'"
                    " AND c.account IS NOT NULL AND NOT EXISTS (SELECT 1 FROM notices n"
                    " WHERE n.certificate = c.serial AND n.message = 'expiring')"
                    " ORDER BY c.not_after LIMIT 1",
                    VALUES(OF_INT(now), OF_INT(until)), &rows, err);

    *account = 0;
    if (rc != KUNCI_OK)
        return rc;
    if (rows_next(&rows, err)) {
        snprintf(serial, CA_SERIAL, "%s", rows_text(&rows, 0));
        *account = rows_int(&rows, 1);
    }
    rc = err->rc;
    rows_end(&rows);
    return rc;
}

static enum kunci_rc tell(struct store *store, const struct kunci_config_ams *settings,
                          const char *serial, int64_t account, int64_t now, struct kunci_err *err)
{
    const struct audit_act act = {
        .node = settings->node, .at = now, .event = "certificate.expiring", .subject = serial};
    enum kunci_rc rc = store_do(store,
                                "INSERT INTO notices (account, certificate, message, at)"
                                " VALUES ($1, $2, 'expiring', $3)",
                                VALUES(OF_INT(account), OF_TEXT(serial), OF_INT(now)), err);

    return rc == KUNCI_OK ? audit_add(store, &act, err) : rc;
}

enum kunci_rc expiry_tell(struct store *store, const struct kunci_config_ams *settings, int64_t now,
                          size_t most, size_t *done, struct kunci_err *err)
{
    char serial[CA_SERIAL] = "";
    int64_t until = now + settings->renewal_days * DAY, account = 0;
    enum kunci_rc rc;

    *done = 0;
    while ((rc = find_next(store, now, until, serial, &account, err)) == KUNCI_OK && account &&
           (rc = tell(store, settings, serial, account, now, err)) == KUNCI_OK && ++*done < most)
        ;
    return rc;
}
