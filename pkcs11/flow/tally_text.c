/* A report for a terminal. */
#include "base/error.h"
#include "base/text.h"
#include "flow/tally_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 10, CELL_SIZE = 160 };

/* A table whose columns are as wide as what stands in them. */
struct table {
    unsigned columns, right; /* right: a bit for each column of numbers */
    char (*cells)[CELL_SIZE];
    size_t count;
    bool failed;
};

/* Characters, not bytes. */
static size_t width(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static void table_add(struct table *table, const char *text)
{
    char(*grown)[CELL_SIZE] = room_for_one(table->cells, table->count, sizeof *grown);

    if (!grown) {
        table->failed = true;
        return;
    }
    table->cells = grown;
    text_printable(grown[table->count++], CELL_SIZE, text, strlen(text));
}

static void table_add_count(struct table *table, size_t count)
{
    char text[32];

    snprintf(text, sizeof text, "%zu", count);
    table_add(table, text);
}

static void table_add_minutes(struct table *table, int64_t seconds, bool known)
{
    char text[MINUTES_SIZE];

    table_add(table, show_minutes_if(text, seconds, known));
}

/* Blanks at its end would only be in the way of who copies it. */
static void end_line(struct buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->len--;
    buf_text(out, "\n");
}

static void print_cell(const struct table *table, size_t at, size_t room, struct buf *out)
{
    unsigned column = (unsigned)(at % table->columns);
    const char *text = table->cells[at];
    int blanks = (int)(room - width(text));

    if (column)
        buf_text(out, "  ");
    if (table->right & 1u << column)
        buf_printf(out, "%*s%s", blanks, "", text);
    else
        buf_printf(out, "%s%*s", text, blanks, "");
    if (column + 1 == table->columns)
        end_line(out);
}

/* Takes the table apart. */
static void table_print(struct table *table, struct buf *out)
{
    size_t room[COLUMNS_MAX] = {0}, i;

    for (i = 0; i < table->count; i++)
        if (width(table->cells[i]) > room[i % table->columns])
            room[i % table->columns] = width(table->cells[i]);
    for (i = 0; i < table->count && !table->failed; i++)
        print_cell(table, i, room[i % table->columns], out);
    out->failed = out->failed || table->failed;
    free(table->cells);
}

static void add_titles(struct table *table, const char *const *names)
{
    for (; *names; names++)
        table_add(table, _(*names));
}

/* ---- a procedure ---- */

static void add_times(struct table *table, int64_t planned, bool has_plan,
                      const struct times *times)
{
    bool known = times->count > 0;

    table_add_minutes(table, planned, has_plan);
    table_add_count(table, times->count);
    table_add_minutes(table, times->median, known);
    table_add_minutes(table, times->ninetieth, known);
    table_add_minutes(table, times->worst, known);
}

static void add_total(struct table *table, const char *title, const struct times *planned,
                      const struct times *times)
{
    table_add(table, "");
    table_add(table, title);
    add_times(table, planned ? planned->median : 0, planned && planned->count, times);
    table_add(table, "");
    table_add(table, "");
}

static void print_steps(const struct tally_procedure *procedure, struct buf *out)
{
    static const char *const titles[] = {N_("No"),      N_("Step"), N_("Planned"), N_("Count"),
                                         N_("Median"),  N_("90 %"), N_("Worst"),   N_("Open"),
                                         N_("Overdue"), NULL};
    struct table table = {.columns = 9, .right = 0x1fc};
    char number[16];
    size_t i;

    add_titles(&table, titles);
    for (i = 0; i < procedure->step_count; i++) {
        const struct tally_step *step = procedure->shown[i];

        show_number(step, number);
        table_add(&table, number);
        table_add(&table, step->name);
        add_times(&table, step->planned, step->planned > 0, &step->used);
        table_add_count(&table, step->open);
        table_add_count(&table, step->overdue);
    }
    add_total(&table, _("Its steps together"), &procedure->planned, &procedure->used);
    add_total(&table, _("From start to end"), NULL, &procedure->elapsed);
    table_print(&table, out);
}

static void print_reasons(const struct tally_procedure *procedure, struct buf *out)
{
    struct table table = {.columns = 2, .right = 1};
    size_t i;

    if (!procedure->reason_count)
        return;
    buf_printf(out, "\n%s\n", _("Why requests were rejected:"));
    for (i = 0; i < procedure->reason_count; i++) {
        table_add_count(&table, procedure->shown_reasons[i]->count);
        table_add(&table, show_reason(procedure->shown_reasons[i]));
    }
    table_print(&table, out);
}

static void print_procedure(const struct tally_procedure *procedure, struct buf *out)
{
    char said[512];

    show_title(procedure, said, sizeof said);
    buf_printf(out, "\n%s\n", said);
    show_counts(procedure, said, sizeof said);
    buf_printf(out, "%s\n\n", said);
    print_steps(procedure, out);
    print_reasons(procedure, out);
}

/* ---- the whole ---- */

static void print_overdue(const struct kunci_flow_report *report, struct buf *out)
{
    static const char *const titles[] = {N_("Request"), N_("Step"), N_("Waits for"),
                                         N_("Person"),  N_("Of"),   N_("Planned"),
                                         N_("Used"),    NULL};
    struct table table = {.columns = 7, .right = 0x60};
    size_t i;

    if (!report->overdue_count)
        return;
    buf_printf(out, "\n%s\n", _("Overdue now:"));
    add_titles(&table, titles);
    for (i = 0; i < report->overdue_count; i++) {
        const struct tally_overdue *overdue = &report->overdue[i];

        table_add(&table, overdue->request);
        table_add(&table, overdue->step);
        table_add(&table, show_role(overdue->desk));
        table_add(&table, overdue->person ? overdue->person : "-");
        table_add(&table, overdue->institution ? overdue->institution : "-");
        table_add_minutes(&table, overdue->planned, true);
        table_add_minutes(&table, overdue->used, true);
    }
    table_print(&table, out);
}

enum kunci_rc kunci_flow_report_text(struct kunci_flow_report *report, char **out,
                                     struct kunci_err *err)
{
    char moment[MINUTES_SIZE], period[256];
    struct buf text = {0};
    size_t i;

    *out = NULL;
    if (!tally_sum(report))
        return err_no_memory(err);
    buf_printf(&text, _("Service times in minutes, as of %s"),
               show_moment(moment, tally_now(report)));
    show_period(report, period, sizeof period);
    buf_printf(&text, "%s%s\n", *period ? "\n" : "", period);
    for (i = 0; i < report->procedure_count; i++)
        print_procedure(report->shown[i], &text);
    if (!report->procedure_count)
        buf_printf(&text, "\n%s\n", _("There are no events."));
    print_overdue(report, &text);
    *out = buf_take(&text);
    return *out ? KUNCI_OK : err_no_memory(err);
}
