#include "audit/export.h"

#include "audit/line.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *audit_end_text(int64_t seq, const char *hash, const char *at)
{
    struct buf text = {0};

    buf_printf(&text, "kunci audit end\n%lld\n%s\n%s\n", (long long)seq, hash, at);
    return buf_take(&text);
}

static enum kunci_rc failed(const char *name, struct kunci_err *err)
{
    return err_system(err, KUNCI_FILE_WRITE, name, errno);
}

static enum kunci_rc write_lines(struct store *store, int64_t last, FILE *to, const char *name,
                                 struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc = store_query(store, "SELECT line FROM audit WHERE seq <= $1 ORDER BY seq",
                                   VALUES(OF_INT(last)), &rows, err);

    while (rc == KUNCI_OK && rows_next(&rows, err))
        if (fputs(rows_text(&rows, 0), to) == EOF || putc('\n', to) == EOF)
            rc = failed(name, err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

static enum kunci_rc write_end(const struct audit_export *how, const struct audit_head *head,
                               FILE *to, const char *name, struct kunci_err *err)
{
    char at[AUDIT_TIME] = "", *text = NULL, *cms = NULL, *line = NULL;
    json_t *end = NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (!audit_time(how->at, at) || !(text = audit_end_text(head->seq, head->hash, at)))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = audit_sign(how->signer, text, &cms, err);
    if (rc == KUNCI_OK) {
        end = json_pack("{sI ss ss ss ss}", "end", (json_int_t)head->seq, "hash", head->hash, "at",
                        at, "node", how->node ? how->node : "ams", "cms", cms);
        line = json_write(end, JSON_COMPACT);
        if (!line)
            rc = err_no_memory(err);
    }
    if (rc == KUNCI_OK && (fputs(line, to) == EOF || putc('\n', to) == EOF || fflush(to) != 0))
        rc = failed(name, err);
    json_decref(end);
    free(line);
    free(cms);
    free(text);
    return rc;
}

/* That it was exported is in the trail, and sealed, before anybody has the file. */
static enum kunci_rc add_row(struct store *store, const struct audit_export *how,
                             struct audit_head *head, struct kunci_err *err)
{
    const struct audit_act act = {.node = how->node,
                                  .at = how->at,
                                  .event = "audit.export",
                                  .by = how->by,
                                  .subject = how->subject};
    enum kunci_rc rc = store_begin(store, err);

    if (rc != KUNCI_OK)
        return rc;
    if ((rc = audit_add(store, &act, err)) == KUNCI_OK &&
        (rc = audit_seal(store, how->signer, how->node, how->at, err)) == KUNCI_OK &&
        (rc = audit_head(store, head, err)) == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}

enum kunci_rc audit_export(struct store *store, const struct audit_export *how, FILE *to,
                           const char *name, struct audit_report *out, struct kunci_err *err)
{
    struct audit_sealers sealers;
    unsigned char *certs = NULL;
    enum kunci_rc rc = audit_sealers_of(store, &certs, &sealers, err);

    *out = (struct audit_report){.rows = 0};
    if (rc == KUNCI_OK)
        rc = audit_verify(store, &sealers, out, err);
    if (rc == KUNCI_OK)
        rc = add_row(store, how, &out->head, err);
    if (rc == KUNCI_OK) {
        out->rows = out->head.seq;
        out->seals++;
        out->sealed = out->head.seq - 1;
        rc = write_lines(store, out->head.seq, to, name, err);
    }
    if (rc == KUNCI_OK)
        rc = write_end(how, &out->head, to, name, err);
    free(certs);
    return rc;
}
