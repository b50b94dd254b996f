/* A procedure as the paper that it replaces: one page, to be looked at and to be printed. */
#include "base/error.h"
#include "base/markup.h"
#include "base/text.h"
#include "flow/draw.h"
#include "flow/paper.h"
#include "flow/sheet.h"
#include "flow/tell.h"

#include <string.h>

/* Of the table, in pixels; the room is A4's less its margins. */
enum {
    ROOM_UPRIGHT = 716,
    ROOM_ACROSS = 1044,
    NUMBER_WIDTH = 32,
    TIME_WIDTH = 60,
    TEXT_LEAST = 430, /* of the columns of text */
    PADDING = 11,     /* of a cell, both sides */
    FONT = 11
};

struct page {
    const struct kunci_sop *sop;
    struct chart chart;
    struct sheet sheet;
    struct buf html;
    int widths[COLUMNS];
    int room;
};

static int pixels(const char *text, size_t len)
{
    return wrap_sans(text, len) * FONT / 100 + PADDING;
}

/* The chart stands where the paper has its actors. */
static void share_room(struct page *in)
{
    int upright = ROOM_UPRIGHT - NUMBER_WIDTH - TIME_WIDTH - in->chart.width;
    int least = NUMBER_WIDTH + TIME_WIDTH + in->chart.width + TEXT_LEAST;

    in->room = upright >= TEXT_LEAST ? ROOM_UPRIGHT : ROOM_ACROSS;
    in->room = in->room < least ? least : in->room; /* the printer makes it smaller */
    in->widths[COLUMN_NUMBER] = NUMBER_WIDTH;
    in->widths[COLUMN_TIME] = TIME_WIDTH;
    in->widths[COLUMN_ACTOR] = in->chart.width;
    sheet_widths(&in->sheet, pixels, in->room, in->widths);
}

/* ---- the table's head ---- */

static void add_column(struct page *in, int width)
{
    buf_printf(&in->html, "<col style=\"width:%dpx\"/>", width);
}

static void add_columns(struct page *in)
{
    unsigned i, column;

    buf_printf(&in->html, "<table class=\"steps\" style=\"width:%dpx\">\n<colgroup>", in->room);
    for (column = 0; column < COLUMNS; column++) {
        for (i = 0; column == COLUMN_ACTOR && i < in->chart.lane_count; i++)
            add_column(in, in->chart.lanes[i].width);
        if (column != COLUMN_ACTOR)
            add_column(in, in->widths[column]);
    }
    buf_text(&in->html, "</colgroup>\n");
}

static void add_title(struct page *in, enum sheet_column column, const char *tag)
{
    markup_element(&in->html, tag, NULL, sheet_title(column));
}

static void add_head(struct page *in)
{
    unsigned i;

    buf_text(&in->html, "<thead>\n<tr>");
    add_title(in, COLUMN_NUMBER, "th rowspan=\"2\"");
    add_title(in, COLUMN_ACTIVITY, "th rowspan=\"2\"");
    buf_printf(&in->html, "<th colspan=\"%u\">", in->chart.lane_count);
    markup_text(&in->html, sheet_title(COLUMN_ACTOR));
    buf_text(&in->html, "</th>\n");
    markup_element(&in->html, "th colspan=\"3\"", NULL, _("Service standard"));
    add_title(in, COLUMN_REMARKS, "th rowspan=\"2\"");
    buf_text(&in->html, "</tr>\n<tr>");
    for (i = 0; i < in->chart.lane_count; i++)
        markup_element(&in->html, "th", NULL, tell_actor(in->sop, in->chart.lanes[i].role));
    add_title(in, COLUMN_NEEDS, "th");
    add_title(in, COLUMN_TIME, "th");
    add_title(in, COLUMN_OUTPUT, "th");
    buf_text(&in->html, "</tr>\n</thead>\n");
}

/* ---- its rows ---- */

/* A line for each thing; ways out, which begin with "- ", are told small. */
static void add_cell(struct page *in, const char *look, const char *text)
{
    buf_printf(&in->html, "<td class=\"%s\">", look);
    while (*text) {
        size_t len = strcspn(text, "\n");
        bool exit = strncmp(text, "- ", 2) == 0;

        buf_printf(&in->html, "<p%s>", exit ? " class=\"exit\"" : "");
        markup_part(&in->html, text, len);
        buf_text(&in->html, "</p>");
        text += len + (text[len] == '\n');
    }
    buf_text(&in->html, "</td>\n");
}

static void add_chart(struct page *in, unsigned row)
{
    buf_printf(&in->html,
               "<td class=\"flow\" colspan=\"%u\" style=\"height:%dpx\">"
               "<svg role=\"img\" aria-label=\"",
               in->chart.lane_count, 2 * in->chart.nodes[row].half_row);
    markup_text(&in->html, tell_actor(in->sop, in->chart.lanes[in->chart.nodes[row].lane].role));
    buf_text(&in->html, "\">");
    draw_row(&in->html, &in->chart, row);
    buf_text(&in->html, "</svg></td>\n");
}

static void add_row(struct page *in, unsigned row)
{
    const struct step *step = in->chart.nodes[row].step;
    static const char *const empty[COLUMNS] = {"", "", "", "", "", "", ""};
    const char *const *cells =
        step ? (const char *const *)in->sheet.cells[step - in->sop->steps] : empty;

    buf_text(&in->html, "<tr>");
    add_cell(in, "number", cells[COLUMN_NUMBER]);
    add_cell(in, "activity", step ? cells[COLUMN_ACTIVITY] : draw_own_words(&in->chart, row));
    add_chart(in, row);
    add_cell(in, "needs", cells[COLUMN_NEEDS]);
    add_cell(in, "time", cells[COLUMN_TIME]);
    add_cell(in, "output", cells[COLUMN_OUTPUT]);
    add_cell(in, "remarks", cells[COLUMN_REMARKS]);
    buf_text(&in->html, "</tr>\n");
}

static void add_table(struct page *in)
{
    unsigned i;

    add_columns(in);
    add_head(in);
    buf_text(&in->html, "<tbody>\n");
    for (i = 0; i < in->chart.node_count; i++)
        add_row(in, i);
    buf_text(&in->html, "</tbody>\n</table>\n");
}

static void add_legend(struct page *in)
{
    unsigned i;

    buf_text(&in->html, "<ul class=\"legend\">\n");
    for (i = 0; i < SIGNS; i++) {
        if (!draw_has_sign(&in->chart, (enum sign)i))
            continue;
        buf_printf(&in->html, "<li><svg width=\"%d\" height=\"%d\" aria-hidden=\"true\">",
                   SIGN_WIDTH, SIGN_HEIGHT);
        draw_sign(&in->html, (enum sign)i);
        buf_text(&in->html, "</svg> ");
        markup_text(&in->html, draw_sign_words((enum sign)i));
        buf_text(&in->html, "</li>\n");
    }
    buf_text(&in->html, "</ul>\n");
}

static void add_all(struct page *in)
{
    struct buf style = {0};

    share_room(in);
    paper_style(&style, in->room, in->room <= ROOM_UPRIGHT);
    buf_text(&style, draw_style);
    markup_open(&in->html, words_shown(&in->sop->title), style.data ? style.data : "");
    paper_head(&in->html, in->sop);
    add_table(in);
    paper_totals(&in->html, in->sop);
    add_legend(in);
    paper_foot(&in->html, in->sop);
    markup_close(&in->html);
    in->html.failed |= style.failed;
    buf_clear(&style);
}

enum kunci_rc kunci_sop_html(const struct kunci_sop *sop, char **out, struct kunci_err *err)
{
    struct page in = {.sop = sop};

    chart_make(sop, &in.chart);
    sheet_make(sop, &in.sheet);
    if (in.chart.failed || in.sheet.failed)
        in.html.failed = true;
    else
        add_all(&in);
    chart_clear(&in.chart);
    sheet_clear(&in.sheet);
    *out = buf_take(&in.html);
    return *out ? KUNCI_OK : err_no_memory(err);
}
