/* A report for spreadsheets after RFC 4180: a table whose first column says what a row
 * tells of. All times in seconds. */
#include "base/error.h"
#include "base/text.h"
#include "flow/tally_show.h"

#include <string.h>

/* A row, column by column; a text may be NULL, a number NONE where the row has none. */
enum { TEXTS_BEFORE = 4, NUMBERS = 10, TEXTS_BEHIND = 5, NONE = -1 };
struct row {
    const char *before[TEXTS_BEFORE];
    int64_t numbers[NUMBERS];
    const char *behind[TEXTS_BEHIND];
    int64_t used;
};

static const char titles[] =
    "row,procedure,version,step,planned_seconds,count,median_seconds,ninetieth_seconds,"
    "worst_seconds,rejected,withdrawn,timed_out,open,overdue,reason,request,role,person,"
    "institution,used_seconds\r\n";

/* A spreadsheet takes what begins with one of these for a formula. */
static bool is_formula(const char *text)
{
    return *text && strchr("=+-@", *text);
}

static void add_printable(struct buf *out, const char *text)
{
    if (!*text)
        return;
    buf_text(out, is_formula(text) ? "\"'" : "\"");
    for (; *text; text++) {
        if (*text == '"')
            buf_text(out, "\"");
        buf_add(out, text, 1);
    }
    buf_text(out, "\"");
}

static void add_text(struct buf *out, const char *text)
{
    char printable[ENTRY_TEXT_MAX + 1];

    if (!text)
        return;
    text_printable(printable, sizeof printable, text, strlen(text));
    add_printable(out, printable);
}

static void add_number(struct buf *out, int64_t number)
{
    if (number != NONE)
        buf_printf(out, "%lld", (long long)number);
}

static void add_row(struct buf *out, const struct row *row)
{
    size_t i;

    for (i = 0; i < TEXTS_BEFORE; i++) {
        add_text(out, row->before[i]);
        buf_text(out, ",");
    }
    for (i = 0; i < NUMBERS; i++) {
        add_number(out, row->numbers[i]);
        buf_text(out, ",");
    }
    for (i = 0; i < TEXTS_BEHIND; i++) {
        add_text(out, row->behind[i]);
        buf_text(out, ",");
    }
    add_number(out, row->used);
    buf_text(out, "\r\n");
}

static int64_t if_any(const struct times *times, int64_t seconds)
{
    return times->count ? seconds : NONE;
}

static void add_step(struct buf *out, const struct tally_procedure *procedure,
                     const struct tally_step *step)
{
    const struct times *used = &step->used;
    const struct row row = {
        {"step", procedure->name, procedure->version, step->name},
        {step->planned ? step->planned : NONE, (int64_t)used->count, if_any(used, used->median),
         if_any(used, used->ninetieth), if_any(used, used->worst), (int64_t)step->rejected,
         (int64_t)step->withdrawn, (int64_t)step->timed_out, (int64_t)step->open,
         (int64_t)step->overdue},
        {NULL},
        NONE,
    };

    add_row(out, &row);
}

/* Of the requests that were closed: their steps together, and from start to end. */
static void add_total(struct buf *out, const struct tally_procedure *procedure, const char *of,
                      const struct times *planned, const struct times *used)
{
    const struct row row = {
        {of, procedure->name, procedure->version, NULL},
        {planned ? if_any(planned, planned->median) : NONE, (int64_t)used->count,
         if_any(used, used->median), if_any(used, used->ninetieth), if_any(used, used->worst),
         (int64_t)procedure->rejected, (int64_t)procedure->withdrawn, (int64_t)procedure->timed_out,
         (int64_t)procedure->open, (int64_t)procedure->overdue},
        {NULL},
        NONE,
    };

    add_row(out, &row);
}

static void add_reason(struct buf *out, const struct tally_procedure *procedure,
                       const struct tally_reason *reason)
{
    const struct row row = {
        {"reason", procedure->name, procedure->version, NULL},
        {NONE, (int64_t)reason->count, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
        {reason->text},
        NONE,
    };

    add_row(out, &row);
}

static void add_overdue(struct buf *out, const struct tally_overdue *overdue)
{
    const struct row row = {
        {"overdue", overdue->procedure, overdue->version, overdue->step},
        {overdue->planned, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
        {NULL, overdue->request, overdue->desk, overdue->person, overdue->institution},
        overdue->used,
    };

    add_row(out, &row);
}

static void add_procedure(struct buf *out, const struct tally_procedure *procedure)
{
    size_t i;

    for (i = 0; i < procedure->step_count; i++)
        add_step(out, procedure, procedure->shown[i]);
    add_total(out, procedure, "total", &procedure->planned, &procedure->used);
    add_total(out, procedure, "elapsed", NULL, &procedure->elapsed);
    for (i = 0; i < procedure->reason_count; i++)
        add_reason(out, procedure, procedure->shown_reasons[i]);
}

enum kunci_rc kunci_flow_report_csv(struct kunci_flow_report *report, char **out,
                                    struct kunci_err *err)
{
    struct buf table = {0};
    size_t i;

    *out = NULL;
    if (!tally_sum(report))
        return err_no_memory(err);
    buf_text(&table, titles);
    for (i = 0; i < report->procedure_count; i++)
        add_procedure(&table, report->shown[i]);
    for (i = 0; i < report->overdue_count; i++)
        add_overdue(&table, &report->overdue[i]);
    *out = buf_take(&table);
    return *out ? KUNCI_OK : err_no_memory(err);
}
