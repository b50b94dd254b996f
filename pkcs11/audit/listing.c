#include "audit/line.h"
#include "audit/trail.h"
#include "base/error.h"

#include <string.h>

/* Times are written so that they sort as they follow each other. */
struct span {
    char since[AUDIT_TIME], until[AUDIT_TIME];
};

static bool is_within(const struct span *span, const struct audit_line *line)
{
    return line->at && strcmp(line->at, span->since) >= 0 &&
           (!*span->until || strcmp(line->at, span->until) <= 0);
}

/* A line that cannot be read is shown as what it is. */
static enum kunci_rc add_line(json_t *list, const struct span *span, const struct rows *rows,
                              struct kunci_err *err)
{
    struct audit_line line;
    const char *wrong;
    size_t len;
    const char *text = rows_blob(rows, 1, &len);
    enum kunci_rc rc = audit_line_read(text, len, &line, &wrong, err);
    json_t *shown = NULL;

    if (rc == KUNCI_OK && wrong)
        shown = json_pack("{sI ss}", "seq", (json_int_t)rows_int(rows, 0), "event", "?");
    else if (rc == KUNCI_OK && is_within(span, &line))
        shown = json_incref(line.root);
    else
        goto out;
    if (!shown || json_array_append_new(list, shown) != 0)
        rc = err_no_memory(err);
out:
    audit_line_clear(&line);
    return rc;
}

static json_t *turned(const json_t *list)
{
    json_t *out = json_array();
    size_t i = json_array_size(list);

    while (out && i-- > 0)
        if (json_array_append(out, json_array_get(list, i)) != 0) {
            json_decref(out);
            out = NULL;
        }
    return out;
}

enum kunci_rc audit_list(struct store *store, int64_t since, int64_t until, size_t most,
                         json_t **out, struct kunci_err *err)
{
    json_t *list = json_array();
    struct span span = {"", ""};
    struct rows rows = {.rc = KUNCI_OK};
    enum kunci_rc rc = KUNCI_OK;

    *out = NULL;
    if (!list || (since && !audit_time(since, span.since)) ||
        (until && !audit_time(until, span.until)))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = store_query(store, "SELECT seq, line FROM audit ORDER BY seq DESC", NO_VALUES, &rows,
                         err);
    while (rc == KUNCI_OK && (most == 0 || json_array_size(list) < most) && rows_next(&rows, err))
        rc = add_line(list, &span, &rows, err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    if (rc == KUNCI_OK && !(*out = turned(list)))
        rc = err_no_memory(err);
    json_decref(list);
    return rc;
}
