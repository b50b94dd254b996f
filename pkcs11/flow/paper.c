#include "flow/paper.h"

#include "base/markup.h"
#include "base/text.h"
#include "flow/tell.h"

#include <string.h>

static const char rules[] =
    "body{background:#e8ebf0;color:#111a25;font:9pt/1.27 \"Liberation Sans\",Arial,Helvetica,"
    "\"DejaVu Sans\",sans-serif}\n"
    "h2{font-size:9pt;margin:0 0 2px;text-transform:uppercase;letter-spacing:.02em}\n"
    "p{margin:0}ol,ul{margin:0;padding-left:1.8em}\n"
    "table{font-size:8.25pt;border-collapse:collapse;table-layout:fixed;width:100%}\n"
    "th,td{border:1px solid #59646f;padding:3px 5px;text-align:left;vertical-align:top;"
    "overflow-wrap:break-word}\n"
    "thead th{border:1px solid #59646f;color:#111a25;background:#e9eef5;text-align:center;"
    "vertical-align:middle;padding:3px 2px;font-weight:700}\n"
    "thead{display:table-header-group}tr{break-inside:avoid}\n"
    ".steps tbody tr:nth-child(-n+2){break-after:avoid}\n"
    ".cover,.boxes{width:calc(100% + 1px)}.cover{margin-bottom:10px;break-inside:avoid}.cover "
    "td,.cover th{font-size:9pt}\n"
    ".agency{width:40%;text-align:center;vertical-align:middle;text-transform:uppercase;"
    "font-size:11pt!important;font-weight:700}.agency p+p{margin-top:6px;font-size:10pt}\n"
    ".cover th{width:19%;background:#f4f6f9;font-weight:400}\n"
    ".cover .name{font-weight:700;text-transform:uppercase}\n"
    ".approval{height:21mm;vertical-align:top}\n"
    ".boxes{margin:-11px 0 10px}.boxes td{width:50%}.boxes tr{break-inside:avoid}\n"
    ".steps td{vertical-align:middle}.steps p+p{margin-top:2px}\n"
    ".number,.time{text-align:center!important}.exit{color:#465160;font-size:7.75pt;"
    "padding-left:.6em;text-indent:-.6em}\n"
    ".steps .flow{position:relative;padding:0}\n"
    ".flow svg{position:absolute;left:0;top:0;width:100%;height:100%;overflow:visible}\n"
    ".totals{margin:8px 0;font-weight:700}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:2px 18px;padding:0;margin:6px 0 10px;"
    "list-style:none;color:#465160;font-size:8pt;break-inside:avoid}\n"
    ".legend li{display:flex;align-items:center;gap:5px}\n"
    ".revisions{margin:8px 0;break-inside:avoid}.revisions th:first-child{width:16%}"
    ".revisions th:last-child{width:30%}\n"
    "footer{margin:6px 0 0;font-size:7.5pt}\n";

void paper_style(struct buf *to, int room, bool upright)
{
    buf_text(to, rules);
    buf_printf(to,
               "main{width:%dpx;max-width:none;margin:20px auto;padding:30px 36px;"
               "box-sizing:content-box;background:#fff;box-shadow:0 1px 6px #0003}\n"
               "@page{size:A4 %s;margin:10mm;@bottom-right{content:counter(page) \" / \" "
               "counter(pages);font:7.5pt Arial,sans-serif;color:#566273}}\n"
               "@media print{body{background:#fff;font-size:9pt}main{margin:0;padding:0;"
               "width:%dpx;box-shadow:none}}\n",
               room, upright ? "portrait" : "landscape", room);
}

/* ---- the head ---- */

static void add_field(struct buf *to, const char *title, const char *look, const char *text)
{
    buf_text(to, "<th>");
    markup_text(to, title);
    buf_printf(to, "</th><td class=\"%s\">", look);
    markup_text(to, *text ? text : "-");
    buf_text(to, "</td></tr>\n");
}

static void add_day(struct buf *to, const char *title, const char *day)
{
    struct buf told = {0};

    if (day)
        tell_day(&told, day);
    buf_text(to, "<tr>");
    add_field(to, title, "day", told.data ? told.data : "");
    to->failed |= told.failed;
    buf_clear(&told);
}

/* The government stands on a line of its own, above its office. */
static void add_agency(struct buf *to, const char *agency)
{
    size_t len = strcspn(agency, ",");

    buf_text(to, "<p>");
    markup_part(to, agency, len);
    if (agency[len]) {
        buf_text(to, "<br/>");
        markup_text(to, agency + len + 1);
    }
    buf_text(to, "</p>\n");
}

static void add_identity(struct buf *to, const struct kunci_sop *sop)
{
    const struct header *head = &sop->header;

    buf_text(to, "<table class=\"cover\">\n<tr><td class=\"agency\" rowspan=\"6\">");
    add_agency(to, words_shown(&head->agency));
    markup_element(to, "p", NULL, words_shown(&head->unit));
    buf_text(to, "</td>");
    add_field(to, _("Number of the SOP"), "day", head->number ? head->number : "");
    add_day(to, _("Made on"), head->made);
    add_day(to, _("Revised on"), head->revised);
    add_day(to, _("In force from"), head->effective);
    buf_text(to, "<tr>");
    add_field(to, _("Approved by"), "approval", words_shown(&head->approved_by));
    buf_text(to, "<tr>");
    add_field(to, _("Name of the SOP"), "name", words_shown(&sop->title));
    buf_text(to, "</table>\n");
}

static void add_box(struct buf *to, const char *title, const struct words_list *list)
{
    unsigned i;

    buf_text(to, "<td>");
    markup_element(to, "h2", NULL, title);
    if (list->count == 1)
        markup_element(to, "p", NULL, words_shown(&list->items[0]));
    if (list->count > 1)
        buf_text(to, "<ol>\n");
    for (i = 0; list->count > 1 && i < list->count; i++)
        markup_element(to, "li", NULL, words_shown(&list->items[i]));
    buf_text(to, list->count > 1 ? "</ol></td>\n" : "</td>\n");
}

void paper_head(struct buf *to, const struct kunci_sop *sop)
{
    const struct header *head = &sop->header;

    add_identity(to, sop);
    buf_text(to, "<table class=\"boxes\">\n<tr>");
    add_box(to, _("Legal basis"), &head->legal_basis);
    add_box(to, _("Qualifications"), &head->qualifications);
    buf_text(to, "</tr>\n<tr>");
    add_box(to, _("Related procedures"), &head->related);
    add_box(to, _("Equipment"), &head->equipment);
    buf_text(to, "</tr>\n<tr>");
    add_box(to, _("Warnings"), &head->warnings);
    add_box(to, _("Records"), &head->records);
    buf_text(to, "</tr>\n</table>\n");
}

/* ---- below ---- */

void paper_totals(struct buf *to, const struct kunci_sop *sop)
{
    struct buf told = {0};
    const char *rest;
    size_t len;

    tell_totals(&told, sop);
    for (rest = told.data; rest && *rest; rest += len + (rest[len] == '\n')) {
        len = strcspn(rest, "\n");
        buf_text(to, rest == told.data ? "<p class=\"totals\">" : "<br/>");
        markup_part(to, rest, len);
    }
    buf_text(to, told.len ? "</p>\n" : "");
    to->failed |= told.failed;
    buf_clear(&told);
}

static void add_revision(struct buf *to, const struct revision *revision)
{
    struct buf day = {0};

    if (revision->date)
        tell_day(&day, revision->date);
    buf_text(to, "<tr><td>");
    markup_text(to, day.data ? day.data : "");
    buf_text(to, "</td><td>");
    markup_text(to, words_shown(&revision->text));
    buf_text(to, "</td><td>");
    markup_text(to, words_shown(&revision->by));
    buf_text(to, "</td></tr>\n");
    to->failed |= day.failed;
    buf_clear(&day);
}

static void add_revisions(struct buf *to, const struct header *head)
{
    unsigned i;

    if (!head->revision_count)
        return;
    buf_text(to, "<table class=\"revisions\">\n<thead><tr>");
    markup_element(to, "th", NULL, _("Date"));
    markup_element(to, "th", NULL, _("Revision"));
    markup_element(to, "th", NULL, _("By"));
    buf_text(to, "</tr></thead>\n<tbody>\n");
    for (i = 0; i < head->revision_count; i++)
        add_revision(to, &head->revisions[i]);
    buf_text(to, "</tbody>\n</table>\n");
}

void paper_foot(struct buf *to, const struct kunci_sop *sop)
{
    const char *source = words_shown(&sop->source);

    add_revisions(to, &sop->header);
    buf_text(to, "<footer>");
    markup_say(to, _("Procedure %s, version %s."), sop->name, sop->version);
    if (*source) {
        buf_text(to, " ");
        markup_say(to, _("After: %s."), source);
    }
    buf_text(to, "</footer>\n");
}
