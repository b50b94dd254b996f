/* What time alone brings to requests. */
#include "ams/held.h"

#include "base/error.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

enum { DAY = 86400 };

/* One that fails now must not keep all others from their turn. */
static enum kunci_rc put_off(const struct requests_desk *desk, int64_t id, struct kunci_err *err)
{
    return store_do(desk->store, "UPDATE requests SET due_at = $1 WHERE id = $2",
                    VALUES(OF_INT(desk->now + DAY), OF_INT(id)), err);
}

static enum kunci_rc tick_one(const struct requests_desk *desk, int64_t id, struct kunci_err *err)
{
    struct held held;
    enum kunci_rc rc;

    if ((rc = held_take(desk, id, &held, err)) == KUNCI_OK &&
        (rc = kunci_flow_tick(held.request, &held.port, err)) == KUNCI_OK &&
        (rc = held_follow(&held, err)) == KUNCI_OK)
        rc = held_put(&held, err);
    held_drop(&held);
    return rc;
}

/* What it told of as changed before it failed is looked at anew by whoever was told, and
 * found as it was. */
static enum kunci_rc try_one(const struct requests_desk *desk, int64_t id, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    enum kunci_rc rc = store_do(desk->store, "SAVEPOINT tick", NO_VALUES, err);
    char number[32];

    if (rc == KUNCI_OK && tick_one(desk, id, &why) != KUNCI_OK) {
        snprintf(number, sizeof number, "%" PRId64, id);
        log_event("request.put-off", "request", number, "error", kunci_err_name(why.rc), "detail",
                  why.detail, NULL);
        if ((rc = store_do(desk->store, "ROLLBACK TO SAVEPOINT tick", NO_VALUES, err)) == KUNCI_OK)
            rc = put_off(desk, id, err);
    }
    return rc == KUNCI_OK ? store_do(desk->store, "RELEASE SAVEPOINT tick", NO_VALUES, err) : rc;
}

/* One after the other, as a row that is written may not be under a query. */
static enum kunci_rc next_due(const struct requests_desk *desk, int64_t *id, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc = store_query(desk->store,
                                   "SELECT id FROM requests WHERE role IS NOT NULL"
                                   " AND due_at <= $1 ORDER BY due_at LIMIT 1",
                                   VALUES(OF_INT(desk->now)), &rows, err);

    *id = 0;
    if (rc == KUNCI_OK && rows_next(&rows, err))
        *id = rows_int(&rows, 0);
    else if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

enum kunci_rc requests_tick(const struct requests_desk *desk, size_t most, size_t *done,
                            struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    int64_t id;

    for (*done = 0; *done < most; (*done)++)
        if ((rc = next_due(desk, &id, err)) != KUNCI_OK || !id ||
            (rc = try_one(desk, id, err)) != KUNCI_OK)
            break;
    return rc;
}
