#include "audit/trail.h"

#include "audit/trail_walk.h"
#include "base/buf.h"
#include "base/error.h"

static enum kunci_rc take_row(struct audit_walk *walk, const struct rows *rows,
                              struct kunci_err *err)
{
    const unsigned char nothing[AUDIT_HASH] = {0}, *kept;
    size_t len, kept_len;
    const char *line = rows_blob(rows, 1, &len); /* whole, whatever stands in it */

    kept = rows_blob(rows, 2, &kept_len);
    return audit_walk_take(walk, rows_int(rows, 0), line, len,
                           kept_len == AUDIT_HASH ? kept : nothing, err);
}

static enum kunci_rc walk_through(struct store *store, struct audit_walk *walk,
                                  const struct audit_head *head, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(store, "SELECT seq, line, hash FROM audit ORDER BY seq", NO_VALUES, &rows, err);

    while (rc == KUNCI_OK && rows_next(&rows, err))
        rc = take_row(walk, &rows, err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc == KUNCI_OK ? audit_walk_end(walk, head, err) : rc;
}

enum kunci_rc audit_verify(struct store *store, const struct audit_sealers *sealers,
                           struct audit_report *out, struct kunci_err *err)
{
    struct audit_walk walk = {.sealers = sealers};
    enum kunci_rc rc = store_begin_reading(store, err);

    *out = (struct audit_report){.rows = 0};
    if (rc != KUNCI_OK)
        return rc;
    if ((rc = audit_head(store, &out->head, err)) == KUNCI_OK)
        rc = walk_through(store, &walk, &out->head, err);
    out->rows = walk.rows;
    out->seals = walk.seals;
    out->sealed = walk.sealed;
    audit_walk_clear(&walk);
    store_rollback(store);
    return rc;
}

enum kunci_rc audit_sealers_of(struct store *store, unsigned char **bytes,
                               struct audit_sealers *out, struct kunci_err *err)
{
    struct buf all = {0};
    struct rows rows;
    enum kunci_rc rc = store_query(
        store, "SELECT der FROM certificates WHERE profile = 'audit' ORDER BY issued_at", NO_VALUES,
        &rows, err);

    *bytes = NULL;
    *out = (struct audit_sealers){.len = 0};
    while (rc == KUNCI_OK && rows_next(&rows, err)) {
        size_t len;
        const void *der = rows_blob(&rows, 0, &len);

        buf_add(&all, der, len);
    }
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    if (rc == KUNCI_OK && all.failed)
        rc = err_no_memory(err);
    if (rc == KUNCI_OK) {
        out->len = all.len;
        out->certs = *bytes = (unsigned char *)buf_take(&all);
    }
    buf_clear(&all);
    return rc;
}
