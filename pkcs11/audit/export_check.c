#include "audit/export.h"
#include "audit/trail_walk.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct audit_check {
    struct audit_walk walk;
    struct buf line; /* begun, not ended */
    int64_t lines;
    json_t *end; /* the last line, once it was read */
};

enum kunci_rc audit_check_new(const struct audit_sealers *sealers, struct audit_check **out,
                              struct kunci_err *err)
{
    struct audit_check *check = calloc(1, sizeof *check);

    *out = check;
    if (!check)
        return err_no_memory(err);
    check->walk.sealers = sealers;
    return KUNCI_OK;
}

void audit_check_free(struct audit_check **check)
{
    struct audit_check *gone = *check;

    *check = NULL;
    if (!gone)
        return;
    audit_walk_clear(&gone->walk);
    buf_clear(&gone->line);
    json_decref(gone->end);
    free(gone);
}

static enum kunci_rc broken(int64_t line, const char *detail, struct kunci_err *err)
{
    char about[24];

    snprintf(about, sizeof about, "%lld", (long long)line);
    return err_set(err, KUNCI_AUDIT_BROKEN, about, detail);
}

/* ---- the last line ---- */

static bool begins_end(const char *line, size_t len)
{
    static const char end[] = "{\"end\":";

    return len >= sizeof end - 1 && memcmp(line, end, sizeof end - 1) == 0;
}

static enum kunci_rc read_end(struct audit_check *check, const char *line, size_t len,
                              struct kunci_err *err)
{
    if (!audit_json(line, len, &check->end))
        return err_no_memory(err);
    return check->end ? KUNCI_OK : broken(check->lines, _("the last line is damaged"), err);
}

static enum kunci_rc check_end(struct audit_check *check, struct audit_head *head,
                               const char **ended_at, struct kunci_err *err)
{
    const char *hash = json_string_value(json_object_get(check->end, "hash"));
    const char *at = json_string_value(json_object_get(check->end, "at"));
    const char *cms = json_string_value(json_object_get(check->end, "cms"));
    char wrong[256] = "", *text;
    bool holds;
    enum kunci_rc rc;

    if (!json_is_integer(json_object_get(check->end, "end")) || !audit_is_hash(hash) || !at || !cms)
        return broken(check->lines, _("the last line is damaged"), err);
    head->seq = json_integer_value(json_object_get(check->end, "end"));
    memcpy(head->hash, hash, AUDIT_HEX);
    *ended_at = at;
    text = audit_end_text(head->seq, hash, at);
    if (!text)
        return err_no_memory(err);
    rc = audit_signed(check->walk.sealers, text, cms, &holds, wrong, err);
    free(text);
    return rc == KUNCI_OK && !holds ? broken(check->lines, wrong, err) : rc;
}

/* ---- lines ---- */

static enum kunci_rc take_line(struct audit_check *check, const char *line, size_t len,
                               struct kunci_err *err)
{
    check->lines++;
    if (check->end)
        return broken(check->lines, _("it stands behind the last line"), err);
    if (begins_end(line, len))
        return read_end(check, line, len, err);
    return audit_walk_take(&check->walk, check->lines, line, len, NULL, err);
}

static enum kunci_rc take_piece(struct audit_check *check, const char *piece, size_t len,
                                struct kunci_err *err)
{
    if (check->line.len + len > AUDIT_LINE_MAX)
        return broken(check->lines + 1, _("it is too long"), err);
    buf_add(&check->line, piece, len);
    return check->line.failed ? err_no_memory(err) : KUNCI_OK;
}

enum kunci_rc audit_check_add(struct audit_check *check, const void *bytes, size_t len,
                              struct kunci_err *err)
{
    const char *at = bytes, *end = at + len, *newline;
    enum kunci_rc rc = KUNCI_OK;

    while (rc == KUNCI_OK && at < end) {
        newline = memchr(at, '\n', (size_t)(end - at));
        rc = take_piece(check, at, (size_t)((newline ? newline : end) - at), err);
        if (rc == KUNCI_OK && newline) {
            rc = take_line(check, check->line.data, check->line.len, err);
            check->line.len = 0;
        }
        at = newline ? newline + 1 : end;
    }
    return rc;
}

enum kunci_rc audit_check_end(struct audit_check *check, struct audit_report *out,
                              const char **ended_at, struct kunci_err *err)
{
    enum kunci_rc rc;

    *out = (struct audit_report){.rows = 0};
    *ended_at = NULL;
    if (check->line.len || !check->end)
        return broken(check->lines + 1, _("the file was cut off"), err);
    rc = check_end(check, &out->head, ended_at, err);
    if (rc == KUNCI_OK)
        rc = audit_walk_end(&check->walk, &out->head, err);
    out->rows = check->walk.rows;
    out->seals = check->walk.seals;
    out->sealed = check->walk.sealed;
    return rc;
}
