/* A report as a page: what is overdue, then each procedure's steps, planned against used. */
#include "base/error.h"
#include "base/markup.h"
#include "base/text.h"
#include "flow/tally_bars.h"
#include "flow/tally_show.h"

static const char style[] =
    "thead th,.number{white-space:nowrap}\n"
    ".number{text-align:right;padding:.45rem 0 .45rem .6rem}\n"
    ".step{width:48%;min-width:11rem;font-weight:400}.step "
    "svg{display:block;width:100%;margin-top:.3rem}\n"
    ".planned{fill:#98a4b3}.median{fill:#116236}.ninetieth{fill:#c98a1b}.worst{fill:#a11d23}\n"
    ".legend span{margin-right:1rem;white-space:nowrap}\n"
    ".legend svg{width:.8rem;height:.8rem;margin-right:.3rem;vertical-align:-.08rem}\n"
    "tfoot{display:table-row-group}tfoot tr:first-child>*{border-top:2px solid var(--line)}\n"
    "tr{break-inside:avoid}\n"
    "@media screen{article{overflow-x:auto}}\n"
    "@media print{article{break-inside:auto;border:0;padding:0}h2,h3{break-after:avoid}"
    "table{font-size:8.5pt}th,td,.number{padding-top:.25rem;padding-bottom:.25rem}}\n";

/* ---- cells ---- */

static void add_number(struct buf *page, const char *text)
{
    markup_element(page, "td", "number", text);
}

static void add_count(struct buf *page, size_t count)
{
    buf_printf(page, "<td class=\"number\">%zu</td>\n", count);
}

static void add_minutes(struct buf *page, int64_t seconds, bool known)
{
    char text[MINUTES_SIZE];

    add_number(page, show_minutes_if(text, seconds, known));
}

static void add_times(struct buf *page, int64_t planned, bool has_plan, const struct times *times)
{
    bool known = times->count > 0;

    add_minutes(page, planned, has_plan);
    add_count(page, times->count);
    add_minutes(page, times->median, known);
    add_minutes(page, times->ninetieth, known);
    add_minutes(page, times->worst, known);
}

static void add_titles(struct buf *page, const char *const *titles, unsigned numbers)
{
    unsigned column;

    buf_text(page, "<table>\n<thead><tr>");
    for (column = 0; titles[column]; column++) {
        bool right = numbers & 1u << column;

        markup_element(page, "th scope=\"col\"", right ? "number" : NULL, _(titles[column]));
    }
    buf_text(page, "</tr></thead>\n");
}

/* ---- a procedure ---- */

static void add_step(struct buf *page, const struct tally_step *step, int64_t scale)
{
    char number[16];

    show_number(step, number);
    buf_printf(page, "<tr><td>%s</td>\n", number);
    buf_text(page, "<th scope=\"row\" class=\"step\">");
    markup_text(page, show_step(step));
    bars_add(page, step->planned, &step->used, scale);
    buf_text(page, "</th>\n");
    add_times(page, step->planned, step->planned > 0, &step->used);
    add_count(page, step->open);
    add_count(page, step->overdue);
    buf_text(page, "</tr>\n");
}

static void add_total(struct buf *page, const char *title, const struct times *planned,
                      const struct times *times)
{
    buf_text(page, "<tr><td></td>");
    markup_element(page, "th scope=\"row\"", NULL, title);
    add_times(page, planned ? planned->median : 0, planned && planned->count, times);
    buf_text(page, "<td></td><td></td></tr>\n");
}

static void add_steps(struct buf *page, const struct tally_procedure *procedure)
{
    static const char *const titles[] = {N_("No"),      N_("Step"), N_("Planned"), N_("Count"),
                                         N_("Median"),  N_("90 %"), N_("Worst"),   N_("Open"),
                                         N_("Overdue"), NULL};
    int64_t scale = bars_scale(procedure);
    size_t i;

    bars_add_legend(page);
    add_titles(page, titles, 0x1fc);
    buf_text(page, "<tbody>\n");
    for (i = 0; i < procedure->step_count; i++)
        add_step(page, procedure->shown[i], scale);
    buf_text(page, "</tbody>\n<tfoot>\n");
    add_total(page, _("Its steps together"), &procedure->planned, &procedure->used);
    add_total(page, _("From start to end"), NULL, &procedure->elapsed);
    buf_text(page, "</tfoot>\n</table>\n");
}

static void add_reasons(struct buf *page, const struct tally_procedure *procedure)
{
    static const char *const titles[] = {N_("Reason"), N_("Count"), NULL};
    size_t i;

    if (!procedure->reason_count)
        return;
    markup_element(page, "h3", NULL, _("Why requests were rejected"));
    add_titles(page, titles, 2);
    buf_text(page, "<tbody>\n");
    for (i = 0; i < procedure->reason_count; i++) {
        buf_text(page, "<tr>");
        markup_element(page, "td", NULL, show_reason(procedure->shown_reasons[i]));
        add_count(page, procedure->shown_reasons[i]->count);
        buf_text(page, "</tr>\n");
    }
    buf_text(page, "</tbody>\n</table>\n");
}

static void add_procedure(struct buf *page, const struct tally_procedure *procedure)
{
    char said[512];

    buf_text(page, "<article>\n");
    show_title(procedure, said, sizeof said);
    markup_element(page, "h2", NULL, said);
    show_counts(procedure, said, sizeof said);
    markup_element(page, "p", "note", said);
    add_steps(page, procedure);
    add_reasons(page, procedure);
    buf_text(page, "</article>\n");
}

/* ---- the whole ---- */

static void add_overdue(struct buf *page, const struct kunci_flow_report *report)
{
    static const char *const titles[] = {N_("Request"),   N_("Procedure"), N_("Step"),
                                         N_("Waits for"), N_("Person"),    N_("Of"),
                                         N_("Planned"),   N_("Used"),      NULL};
    size_t i;

    if (!report->overdue_count)
        return;
    buf_text(page, "<article>\n");
    markup_element(page, "h2", NULL, _("Overdue now"));
    add_titles(page, titles, 0xc0);
    buf_text(page, "<tbody>\n");
    for (i = 0; i < report->overdue_count; i++) {
        const struct tally_overdue *overdue = &report->overdue[i];

        buf_text(page, "<tr>");
        markup_element(page, "th scope=\"row\"", NULL, overdue->request);
        markup_element(page, "td", NULL, overdue->procedure);
        markup_element(page, "td", NULL, overdue->step);
        markup_element(page, "td", NULL, show_role(overdue->desk));
        markup_element(page, "td", NULL, overdue->person ? overdue->person : "-");
        markup_element(page, "td", NULL, overdue->institution ? overdue->institution : "-");
        add_minutes(page, overdue->planned, true);
        add_minutes(page, overdue->used, true);
        buf_text(page, "</tr>\n");
    }
    buf_text(page, "</tbody>\n</table>\n</article>\n");
}

static void add_head(struct buf *page, const struct kunci_flow_report *report)
{
    char period[256];

    buf_printf(page, "<header class=\"verdict %s\">\n<div>\n",
               report->overdue_count ? "doubt" : "good");
    markup_element(page, "h1", NULL, _("Service times: planned and used"));
    buf_text(page, "<p>");
    if (report->overdue_count)
        markup_say(page, _("Requests that are overdue: %zu"), report->overdue_count);
    else
        markup_text(page, _("No request is overdue."));
    buf_text(page, "<br>");
    markup_time(page, tally_now(report));
    show_period(report, period, sizeof period);
    if (*period)
        buf_text(page, "<br>");
    markup_text(page, period);
    buf_text(page, "</p>\n</div>\n</header>\n");
}

static void add_foot(struct buf *page)
{
    buf_text(page, "<footer>");
    markup_element(page, "p", NULL,
                   _("Times are minutes in which a step waited on its actor. Nine of ten took no "
                     "longer than what stands under 90 %."));
    buf_text(page, "</footer>\n");
}

enum kunci_rc kunci_flow_report_html(struct kunci_flow_report *report, char **out,
                                     struct kunci_err *err)
{
    struct buf page = {0};
    size_t i;

    *out = NULL;
    if (!tally_sum(report))
        return err_no_memory(err);
    markup_open(&page, _("Service times: planned and used"), style);
    add_head(&page, report);
    add_overdue(&page, report);
    for (i = 0; i < report->procedure_count; i++)
        add_procedure(&page, report->shown[i]);
    add_foot(&page);
    markup_close(&page);
    *out = buf_take(&page);
    return *out ? KUNCI_OK : err_no_memory(err);
}
