/* A procedure's flow chart as a drawing of its own: a row a step, the activity at the left,
 * a lane for each actor, what the signs mean beneath. */
#include "base/error.h"
#include "base/markup.h"
#include "base/text.h"
#include "flow/draw.h"
#include "flow/sheet.h"
#include "flow/tell.h"
#include "flow/wrap.h"

#include <string.h>

enum {
    EDGE = 12, /* around the whole */
    NUMBER_WIDTH = 32,
    ACTIVITY_WIDTH = 230,
    PADDING = 8,
    FONT = 11,
    LINE = 14,
    TITLE_FONT = 15,
    TITLE_LINE = 20,
    LEGEND_ROW = SIGN_HEIGHT + 4,
    LEFT = EDGE + NUMBER_WIDTH + ACTIVITY_WIDTH /* of the lanes */
};

static const char style[] =
    "text{font-family:\"Liberation Sans\",Arial,Helvetica,\"DejaVu Sans\",sans-serif;"
    "fill:#1b2430;font-size:11px}\n"
    ".title{font-size:15px;font-weight:700}.name{font-weight:600;text-anchor:middle}\n"
    ".soft{fill:#566273}.band{fill:#e9eef5}.frame{fill:none;stroke:#8a94a3;stroke-width:.75}\n";

struct drawing {
    const struct kunci_sop *sop;
    struct chart chart;
    struct buf svg;
    int y; /* what is drawn already ends there */
};

static int pixels(const char *text, size_t len)
{
    return wrap_sans(text, len) * FONT / 100 + 1;
}

static int title_pixels(const char *text, size_t len)
{
    return wrap_sans(text, len) * TITLE_FONT / 100 + 1;
}

static int width_of(const struct drawing *in)
{
    return LEFT + in->chart.width + EDGE;
}

/* ---- text ---- */

static unsigned lines_of(const char *text, int width, wrap_measure *measure)
{
    unsigned count = 0;
    size_t len;

    while (text && wrap_next(&text, width, measure, &len))
        count++;
    return count;
}

/* Text whose first line stands in the one that begins at y. */
static void add_text(struct drawing *in, const char *look, const char *text, int x, int y,
                     int width)
{
    bool title = strcmp(look, "title") == 0;
    int line = title ? TITLE_LINE : LINE;
    const char *at;
    size_t len;

    for (; text && (at = wrap_next(&text, width, title ? title_pixels : pixels, &len)); y += line) {
        buf_printf(&in->svg, "<text class=\"%s\" x=\"%d\" y=\"%d\">", look, x,
                   y + (title ? TITLE_FONT : FONT));
        markup_part(&in->svg, at, len);
        buf_text(&in->svg, "</text>\n");
    }
}

/* A frame, or a line where one side of it is 0. */
static void add_frame(struct drawing *in, const char *look, int x, int y, int width, int height)
{
    buf_printf(&in->svg, "<path class=\"%s\" d=\"M%d %dh%dv%dh%dz\"/>\n", look, x, y, width, height,
               -width);
}

/* ---- the parts, from the top ---- */

static void draw_title(struct drawing *in)
{
    int width = width_of(in) - 2 * EDGE;
    struct buf title = {0};

    wrap_clean(&title, words_shown(&in->sop->title));
    add_text(in, "title", title.data, EDGE, in->y, width);
    in->y += (int)lines_of(title.data, width, title_pixels) * TITLE_LINE;
    in->svg.failed |= title.failed;
    buf_clear(&title);
    wrap_clean(&title, words_shown(&in->sop->header.agency));
    add_text(in, "soft", title.data, EDGE, in->y, width);
    in->y += (int)lines_of(title.data, width, pixels) * LINE + PADDING;
    in->svg.failed |= title.failed;
    buf_clear(&title);
}

static void draw_lanes(struct drawing *in)
{
    unsigned i, most = 1, count;
    struct buf names[CHART_LANES_MAX] = {{0}};
    int height;

    for (i = 0; i < in->chart.lane_count; i++) {
        wrap_clean(&names[i], tell_actor(in->sop, in->chart.lanes[i].role));
        count = lines_of(names[i].data, in->chart.lanes[i].width - PADDING, pixels);
        most = count > most ? count : most;
        in->svg.failed |= names[i].failed;
    }
    height = (int)most * LINE + PADDING;
    add_frame(in, "band", EDGE, in->y, width_of(in) - 2 * EDGE, height);
    add_text(in, "name", sheet_title(COLUMN_NUMBER), EDGE + (NUMBER_WIDTH - PADDING / 2) / 2,
             in->y + PADDING / 2, NUMBER_WIDTH);
    add_text(in, "name", sheet_title(COLUMN_ACTIVITY), EDGE + NUMBER_WIDTH + ACTIVITY_WIDTH / 2,
             in->y + PADDING / 2, ACTIVITY_WIDTH);
    for (i = 0; i < in->chart.lane_count; i++) {
        const struct chart_lane *lane = &in->chart.lanes[i];

        add_text(in, "name", names[i].data, LEFT + lane->x + lane->width / 2, in->y + PADDING / 2,
                 lane->width - PADDING);
        add_frame(in, "frame", LEFT + lane->x, in->y, 0, height);
        buf_clear(&names[i]);
    }
    in->y += height;
}

static void draw_step(struct drawing *in, unsigned row)
{
    const struct chart_node *node = &in->chart.nodes[row];
    int height = 2 * node->half_row, text_height, width = ACTIVITY_WIDTH - PADDING;
    struct buf text = {0};
    char number[16] = "";

    if (node->step) {
        wrap_clean(&text, words_shown(&node->step->text));
        step_number(node->step, number);
    } else {
        buf_text(&text, draw_own_words(&in->chart, row));
    }
    text_height = (int)lines_of(text.data, width, pixels) * LINE;
    height = text_height + PADDING > height ? text_height + PADDING : height;
    add_frame(in, "frame", EDGE, in->y, width_of(in) - 2 * EDGE, 0);
    add_text(in, "name", number, EDGE + (NUMBER_WIDTH - PADDING / 2) / 2,
             in->y + (height - LINE) / 2, NUMBER_WIDTH);
    add_text(in, "text", text.data, EDGE + NUMBER_WIDTH, in->y + (height - text_height) / 2, width);
    buf_printf(&in->svg, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" overflow=\"visible\">",
               LEFT, in->y, in->chart.width, height);
    draw_row(&in->svg, &in->chart, row);
    buf_text(&in->svg, "</svg>\n");
    in->svg.failed |= text.failed;
    buf_clear(&text);
    in->y += height;
}

static void draw_frame(struct drawing *in, int top)
{
    add_frame(in, "frame", EDGE, top, width_of(in) - 2 * EDGE, in->y - top);
    add_frame(in, "frame", EDGE + NUMBER_WIDTH - PADDING / 2, top, 0, in->y - top);
    add_frame(in, "frame", LEFT, top, 0, in->y - top);
}

static void draw_legend(struct drawing *in)
{
    int x = EDGE, width;
    unsigned i;

    in->y += PADDING;
    for (i = 0; i < SIGNS; i++) {
        const char *words = draw_sign_words((enum sign)i);

        if (!draw_has_sign(&in->chart, (enum sign)i))
            continue;
        width = SIGN_WIDTH + PADDING + pixels(words, strlen(words)) + PADDING;
        if (x > EDGE && x + width > width_of(in) - EDGE) {
            x = EDGE;
            in->y += LEGEND_ROW;
        }
        buf_printf(&in->svg, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">", x, in->y,
                   SIGN_WIDTH, SIGN_HEIGHT);
        draw_sign(&in->svg, (enum sign)i);
        buf_text(&in->svg, "</svg>\n");
        add_text(in, "soft", words, x + SIGN_WIDTH + PADDING / 2, in->y + (SIGN_HEIGHT - LINE) / 2,
                 width);
        x += width + PADDING;
    }
    in->y += LEGEND_ROW + EDGE - PADDING;
}

static void draw_all(struct drawing *in)
{
    int top;
    unsigned i;

    in->y = EDGE;
    draw_title(in);
    top = in->y;
    draw_lanes(in);
    for (i = 0; i < in->chart.node_count; i++)
        draw_step(in, i);
    draw_frame(in, top);
    draw_legend(in);
}

static void add_opening(struct buf *to, const struct drawing *in)
{
    buf_printf(to,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"%s\" role=\"img\" "
               "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n<title>",
               text_language(), width_of(in), in->y, width_of(in), in->y);
    markup_text(to, words_shown(&in->sop->title));
    buf_printf(to,
               "</title>\n<style>\n%s%s</style>\n"
               "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
               style, draw_style);
}

enum kunci_rc kunci_sop_svg(const struct kunci_sop *sop, char **out, struct kunci_err *err)
{
    struct drawing in = {.sop = sop};
    struct buf whole = {0};

    chart_make(sop, &in.chart);
    if (!in.chart.failed) {
        draw_all(&in);
        add_opening(&whole, &in);
        buf_text(&whole, in.svg.data ? in.svg.data : "");
        buf_text(&whole, "</svg>\n");
    }
    whole.failed |= in.chart.failed || in.svg.failed;
    chart_clear(&in.chart);
    buf_clear(&in.svg);
    *out = buf_take(&whole);
    return *out ? KUNCI_OK : err_no_memory(err);
}
