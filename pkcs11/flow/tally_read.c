/* Events as they come out of files: in pieces of any length, a line an event. */
#include "base/error.h"
#include "base/text.h"
#include "flow/tally.h"

#include <stdlib.h>
#include <string.h>

enum kunci_rc kunci_flow_report_new(const struct kunci_flow_report_options *options,
                                    struct kunci_flow_report **out, struct kunci_err *err)
{
    if (!(*out = calloc(1, sizeof **out)))
        return err_no_memory(err);
    (*out)->options = *options;
    return KUNCI_OK;
}

static void procedure_clear(struct tally_procedure *procedure)
{
    size_t i;

    for (i = 0; i < procedure->step_count; i++)
        free(procedure->steps[i].used.items);
    free(procedure->steps);
    free(procedure->shown);
    free(procedure->shown_reasons);
    free(procedure->reasons);
    free(procedure->planned.items);
    free(procedure->used.items);
    free(procedure->elapsed.items);
    names_clear(&procedure->step_names);
    names_clear(&procedure->reason_names);
}

void kunci_flow_report_free(struct kunci_flow_report **report)
{
    struct kunci_flow_report *gone = *report;
    size_t i;

    *report = NULL;
    if (!gone)
        return;
    for (i = 0; i < gone->procedure_count; i++)
        procedure_clear(&gone->procedures[i]);
    free(gone->procedures);
    free(gone->requests);
    free(gone->overdue);
    free(gone->shown);
    names_clear(&gone->procedure_names);
    names_clear(&gone->request_names);
    names_clear(&gone->texts);
    buf_clear(&gone->rest);
    free(gone);
}

/* ---- lines ---- */

static bool is_blank(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

static enum kunci_rc add_line(struct kunci_flow_report *report, const char *name, const char *text,
                              size_t len, struct kunci_err *err)
{
    const struct entry_line line = {name, ++report->line, text, len};
    struct kunci_flow_entry entry;
    enum kunci_rc rc = KUNCI_OK;
    json_t *holder;

    if (len > ENTRY_LINE_MAX)
        return entry_complain(&line, _("it is too long"), err);
    if (is_blank(text, len))
        return KUNCI_OK;
    if ((rc = entry_read(&line, &holder, &entry, err)) != KUNCI_OK)
        return rc;
    if (!tally_count(report, &entry))
        rc = err_no_memory(err);
    json_decref(holder);
    return rc;
}

/* The rest of a line whose beginning came with an earlier piece. */
static enum kunci_rc add_rest(struct kunci_flow_report *report, const char *name,
                              struct kunci_err *err)
{
    enum kunci_rc rc;

    if (report->rest.failed)
        return err_no_memory(err);
    rc = add_line(report, name, report->rest.data, report->rest.len, err);
    buf_clear(&report->rest);
    return rc;
}

/* No more of a line than shows that it is too long. */
static void keep_rest(struct buf *rest, const char *text, size_t len)
{
    size_t room = ENTRY_LINE_MAX + 1 - rest->len;

    buf_add(rest, text, len < room ? len : room);
}

enum kunci_rc kunci_flow_report_add(struct kunci_flow_report *report, const char *name,
                                    const void *bytes, size_t len, struct kunci_err *err)
{
    const char *text = bytes, *end = text + len, *newline;
    enum kunci_rc rc = KUNCI_OK;

    while (rc == KUNCI_OK && text < end) {
        newline = memchr(text, '\n', (size_t)(end - text));
        if (newline && !report->rest.len) {
            rc = add_line(report, name, text, (size_t)(newline - text), err);
        } else {
            keep_rest(&report->rest, text, (size_t)((newline ? newline : end) - text));
            if (newline)
                rc = add_rest(report, name, err);
        }
        text = newline ? newline + 1 : end;
    }
    return rc;
}

enum kunci_rc kunci_flow_report_end(struct kunci_flow_report *report, const char *name,
                                    struct kunci_err *err)
{
    enum kunci_rc rc = report->rest.len ? add_rest(report, name, err) : KUNCI_OK;

    report->line = 0;
    return rc;
}
