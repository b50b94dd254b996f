#include "flow/draw.h"

#include "base/markup.h"
#include "base/text.h"
#include "flow/tell.h"

#include <limits.h>
#include <stdlib.h>

const char draw_style[] =
    ".rule{stroke:#8a94a3;stroke-width:.75}\n"
    ".way{stroke:#27313f;stroke-width:1.2;fill:none}.head{fill:#27313f}\n"
    ".way.reject{stroke:#a11d23}.head.reject{fill:#a11d23}\n"
    ".way.added{stroke-dasharray:4 2.5}\n"
    ".shape{fill:#fff;stroke:#27313f;stroke-width:1.3}.shape.added{stroke-dasharray:4 2.5}\n"
    ".shape.terminator{fill:#e9eef5}.shape.decision{fill:#fdf6e3}.shape.call{fill:#eef5ee}\n"
    ".key{stroke:#85510a;stroke-width:1.5;fill:none;stroke-linecap:round}\n"
    ".in,.label{font-family:\"Liberation Sans\",Arial,Helvetica,\"DejaVu Sans\",sans-serif;"
    "fill:#1b2430}\n"
    ".in{font-size:11px;text-anchor:middle;font-weight:600}\n"
    ".label{font-size:10px;stroke:#fff;stroke-width:3;paint-order:stroke}\n"
    ".label.reject{fill:#a11d23}\n";

/* ---- strokes ---- */

/* Where a row begins and ends, whatever its height. */
enum { TOP = INT_MIN, BOTTOM = INT_MAX };

static void add_y(struct buf *to, const char *name, int y)
{
    if (y == TOP || y == BOTTOM)
        buf_printf(to, " %s=\"%s50%%\"", name, y == TOP ? "-" : "");
    else
        buf_printf(to, " %s=\"%d\"", name, y);
}

static void add_line(struct buf *to, const char *look, int x, int y, int other_x, int other_y)
{
    if (x == other_x && y == other_y)
        return;
    buf_printf(to, "<line class=\"%s\" x1=\"%d\"", look, x);
    add_y(to, "y1", y);
    buf_printf(to, " x2=\"%d\"", other_x);
    add_y(to, "y2", other_y);
    buf_text(to, "/>");
}

static const char *look_of(bool reject, bool added)
{
    return reject ? (added ? "way reject added" : "way reject") : "way";
}

/* How far a shape reaches to its side, at that height. */
static int reach(const struct chart_node *node, int y)
{
    int height = node->half_height, width = node->half_width, cut = 0;

    if (node->shape == SHAPE_DECISION)
        return width * (height - abs(y)) / height;
    if (node->shape == SHAPE_TERMINATOR) /* round */
        while ((height - cut) * (height - cut) + y * y > height * height)
            cut++;
    return width - cut;
}

static void head_down(struct buf *to, int x, int y)
{
    buf_printf(to, "<path class=\"head\" d=\"M%d %dl-3.5 -%d h7z\"/>", x, y, ARROW);
}

static void head_across(struct buf *to, const struct chart *chart, const struct chart_wire *wire)
{
    const struct chart_node *node = &chart->nodes[wire->to];
    int away = wire->side == SIDE_RIGHT ? 1 : -1;

    buf_printf(
        to, "<path class=\"head%s\" d=\"M%d %dl%d -3.5v7z\"/>", wire->reject ? " reject" : "",
        chart->lanes[node->lane].middle + away * reach(node, wire->y), wire->y, away * ARROW);
}

/* ---- ways ---- */

static int middle_of(const struct chart *chart, unsigned row)
{
    return chart->lanes[chart->nodes[row].lane].middle;
}

static void draw_exit(struct buf *to, const struct chart *chart, const struct chart_edge *edge)
{
    const char *look = look_of(edge->reject, edge->added);
    int x = middle_of(chart, edge->from), there = middle_of(chart, edge->to);

    if (edge->way == WAY_WIRE) {
        add_line(to, look, x, edge->y, chart->wires[edge->wire].x, edge->y);
    } else if (edge->way == WAY_DOWN) {
        add_line(to, look, x, 0, x, BOTTOM);
    } else {
        add_line(to, look, x, edge->y, there, edge->y);
        add_line(to, look, there, edge->y, there, BOTTOM);
    }
}

static void draw_entry(struct buf *to, const struct chart *chart, const struct chart_edge *edge)
{
    int x = middle_of(chart, edge->to);

    if (edge->way != WAY_WIRE)
        add_line(to, look_of(edge->reject, edge->added), x, TOP, x, 0);
}

static void draw_wire(struct buf *to, const struct chart *chart, const struct chart_wire *wire,
                      unsigned row)
{
    const char *look = look_of(wire->reject, wire->added);
    bool above, beneath;
    int from, until;

    if (!chart_wire_in(chart, wire, row, &above, &from, &beneath, &until))
        return;
    add_line(to, look, wire->x, above ? TOP : from, wire->x, beneath ? BOTTOM : until);
    if (wire->to == row)
        add_line(to, look, wire->x, wire->y, middle_of(chart, row), wire->y);
}

static void draw_ways(struct buf *to, const struct chart *chart, unsigned row)
{
    unsigned i;

    for (i = 0; i < chart->wire_count; i++)
        draw_wire(to, chart, &chart->wires[i], row);
    for (i = 0; i < chart->edge_count; i++) {
        if (chart->edges[i].from == row)
            draw_exit(to, chart, &chart->edges[i]);
        if (chart->edges[i].to == row)
            draw_entry(to, chart, &chart->edges[i]);
    }
}

static void draw_heads(struct buf *to, const struct chart *chart, unsigned row)
{
    unsigned i;

    for (i = 0; i < chart->wire_count; i++)
        if (chart->wires[i].to == row)
            head_across(to, chart, &chart->wires[i]);
    for (i = 0; i < chart->edge_count; i++)
        if (chart->edges[i].to == row && chart->edges[i].way != WAY_WIRE)
            head_down(to, middle_of(chart, row), -chart->nodes[row].half_height);
}

/* ---- shapes ---- */

static void add_rect(struct buf *to, const char *look, const char *added, int x, int width,
                     int height, int round)
{
    buf_printf(to,
               "<rect class=\"shape %s%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
               "rx=\"%d\"/>",
               look, added, x - width, -height, 2 * width, 2 * height, round);
}

static void add_shape(struct buf *to, enum shape shape, bool is_added, int x, int w, int h)
{
    const char *added = is_added ? " added" : "";

    switch (shape) {
    case SHAPE_DECISION:
        buf_printf(to, "<path class=\"shape decision%s\" d=\"M%d 0L%d %dL%d 0L%d %dz\"/>", added,
                   x - w, x, -h, x + w, x, h);
        break;
    case SHAPE_CALL:
        add_rect(to, "call", added, x, w, h, 0);
        add_line(to, "way", x - w + 5, -h, x - w + 5, h);
        add_line(to, "way", x + w - 5, -h, x + w - 5, h);
        break;
    case SHAPE_TERMINATOR:
        add_rect(to, "terminator", added, x, w, h, h);
        break;
    default:
        add_rect(to, "work", added, x, w, h, 1);
    }
}

static void add_key(struct buf *to, int x)
{
    buf_printf(to,
               "<path class=\"key\" d=\"M%d 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0"
               "m6.4 0h7v3m-3 -3v2.4\"/>",
               x);
}

const char *draw_own_words(const struct chart *chart, unsigned row)
{
    bool all = true;
    unsigned i;

    if (row == 0)
        return _("Start");
    for (i = 0; i < chart->edge_count; i++)
        all = all && (chart->edges[i].to != row || chart->edges[i].reject);
    return all ? _("Rejected") : _("End");
}

static void draw_shape(struct buf *to, const struct chart *chart, unsigned row)
{
    const struct chart_node *node = &chart->nodes[row];
    bool token = node->step && tell_has_token(node->step);
    int x = middle_of(chart, row);
    char number[16];

    add_shape(to, node->shape, node->step && node->step->added, x, node->half_width,
              node->half_height);
    buf_printf(to, "<text class=\"in\" x=\"%d\" y=\"4\">", token ? x - 9 : x);
    if (node->step)
        step_number(node->step, number);
    markup_text(to, node->step ? number : draw_own_words(chart, row));
    buf_text(to, "</text>");
    if (token)
        add_key(to, x + 3);
}

static void draw_label(struct buf *to, const struct chart_edge *edge)
{
    const struct chart_label *label = &edge->label;
    bool left = edge->way != WAY_DOWN && edge->side == SIDE_LEFT;
    unsigned i;

    for (i = 0; i < label->count; i++) {
        buf_printf(to, "<text class=\"label%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">",
                   edge->reject ? " reject" : "", label->x + (left ? label->width : 0),
                   label->y + (int)(i + 1) * LABEL_LINE_HEIGHT - 2, left ? "end" : "start");
        markup_part(to, label->lines[i], label->lengths[i]);
        if (label->cut && i + 1 == label->count)
            buf_text(to, "\xe2\x80\xa6");
        buf_text(to, "</text>");
    }
}

void draw_row(struct buf *to, const struct chart *chart, unsigned row)
{
    unsigned i;

    buf_text(to, "<svg x=\"0\" y=\"50%\" width=\"100%\" height=\"100%\" overflow=\"visible\">");
    for (i = 1; i < chart->lane_count; i++)
        add_line(to, "rule", chart->lanes[i].x, TOP, chart->lanes[i].x, BOTTOM);
    draw_ways(to, chart, row);
    draw_shape(to, chart, row);
    draw_heads(to, chart, row);
    for (i = 0; i < chart->edge_count; i++)
        if (chart->edges[i].from == row)
            draw_label(to, &chart->edges[i]);
    buf_text(to, "</svg>");
}

/* ---- legend ---- */

static bool node_has(const struct chart_node *node, enum sign sign)
{
    switch (sign) {
    case SIGN_TERMINATOR:
    case SIGN_WORK:
    case SIGN_DECISION:
    case SIGN_CALL:
        return (int)node->shape == (int)sign;
    case SIGN_TOKEN:
        return node->step && tell_has_token(node->step);
    default:
        return sign == SIGN_ADDED && node->step && node->step->added;
    }
}

bool draw_has_sign(const struct chart *chart, enum sign sign)
{
    unsigned i;

    for (i = 0; i < chart->node_count; i++)
        if (node_has(&chart->nodes[i], sign))
            return true;
    for (i = 0; i < chart->edge_count; i++)
        if (chart->edges[i].reject &&
            sign == (chart->edges[i].added ? SIGN_REJECT_ADDED : SIGN_REJECT))
            return true;
    return false;
}

const char *draw_sign_words(enum sign sign)
{
    static const char *const words[SIGNS] = {
        [SIGN_TERMINATOR] = N_("Start or end"),
        [SIGN_WORK] = N_("Activity"),
        [SIGN_DECISION] = N_("Decision"),
        [SIGN_CALL] = N_("By a procedure of its own"),
        [SIGN_TOKEN] = N_("The token has its part"),
        [SIGN_ADDED] = N_("Added: not in the agency's text"),
        [SIGN_REJECT] = N_("Rejected"),
        [SIGN_REJECT_ADDED] = N_("Rejected (added)"),
    };

    return _(words[sign]);
}

void draw_sign(struct buf *to, enum sign sign)
{
    int middle = SIGN_WIDTH / 2;

    buf_text(to, "<svg x=\"0\" y=\"50%\" width=\"100%\" height=\"100%\" overflow=\"visible\">");
    if (sign <= SIGN_CALL)
        add_shape(to, (enum shape)sign, false, middle, middle - 4, SIGN_HEIGHT / 2 - 3);
    else if (sign == SIGN_ADDED)
        add_shape(to, SHAPE_WORK, true, middle, middle - 4, SIGN_HEIGHT / 2 - 3);
    else if (sign == SIGN_TOKEN)
        add_key(to, middle - 7);
    else
        add_line(to, look_of(true, sign == SIGN_REJECT_ADDED), 4, 0, SIGN_WIDTH - 4, 0);
    buf_text(to, "</svg>");
}
