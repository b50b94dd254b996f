/* How much room the shapes, wires and labels of a chart take: lanes get as wide as what
 * stands in them, and shapes as high as what gets to their sides. */
#include "flow/chart.h"

#include "flow/wrap.h"

#include <stdlib.h>
#include <string.h>

enum {
    LABEL_WIDTH = 74, /* as a rule; a long word may be wider */
    LABEL_GAP = 3,    /* to the shape, and to the line beneath */
    GAP = ARROW + 5,  /* a side's free room, where an arrow's head may stand */
    TRACK = 8,
    BORDER = 6, /* from a lane's border to its outermost track */
    SLOT = 10,  /* between two ways at a side */
    LANE_LEAST = 84
};

/* ---- labels ---- */

static int pixels(const char *text, size_t len)
{
    return wrap_sans(text, len) * LABEL_FONT / 100 + 1;
}

static void measure_label(struct chart_label *label)
{
    const char *rest = label->text, *line;
    size_t len = 0;

    while (rest && label->count < LABEL_LINES &&
           (line = wrap_next(&rest, LABEL_WIDTH, pixels, &len))) {
        int width = pixels(line, len);

        label->lines[label->count] = line;
        label->lengths[label->count++] = len;
        label->width = width > label->width ? width : label->width;
    }
    label->cut = rest && *rest;
    if (label->cut && strchr(",.;:", label->lines[label->count - 1][len - 1]))
        label->lengths[label->count - 1]--;
    label->width += label->cut ? LABEL_FONT : 0;
    label->height = (int)label->count * LABEL_LINE_HEIGHT;
}

/* ---- lanes ---- */

static void widen(int *reach, int least)
{
    *reach = least > *reach ? least : *reach;
}

/* How far what belongs to a lane's shapes gets from the lane's middle. */
static void measure_reach(const struct chart *chart, int reach[][2])
{
    unsigned i;

    for (i = 0; i < chart->node_count; i++) {
        const struct chart_node *node = &chart->nodes[i];

        widen(&reach[node->lane][SIDE_LEFT], node->half_width + GAP);
        widen(&reach[node->lane][SIDE_RIGHT], node->half_width + GAP);
    }
    for (i = 0; i < chart->edge_count; i++) {
        const struct chart_edge *edge = &chart->edges[i];
        const struct chart_node *node = &chart->nodes[edge->from];
        bool down = edge->way == WAY_DOWN;

        widen(&reach[node->lane][down ? SIDE_RIGHT : edge->side],
              edge->label.width + 3 * LABEL_GAP + (down ? 0 : node->half_width));
    }
}

static int margin(unsigned tracks)
{
    return BORDER + TRACK * (int)tracks;
}

static void place_lanes(struct chart *chart)
{
    int reach[CHART_LANES_MAX][2] = {{0}};
    unsigned i;

    measure_reach(chart, reach);
    for (i = 0; i < chart->lane_count; i++) {
        struct chart_lane *lane = &chart->lanes[i];
        int left = reach[i][SIDE_LEFT] + margin(lane->tracks[SIDE_LEFT]);
        int right = reach[i][SIDE_RIGHT] + margin(lane->tracks[SIDE_RIGHT]);
        int spare = left + right < LANE_LEAST ? LANE_LEAST - left - right : 0;

        lane->x = chart->width;
        lane->middle = lane->x + left + spare / 2;
        lane->width = left + right + spare;
        chart->width += lane->width;
    }
}

static void place_wires(struct chart *chart)
{
    unsigned i;

    for (i = 0; i < chart->wire_count; i++) {
        struct chart_wire *wire = &chart->wires[i];
        const struct chart_lane *lane = &chart->lanes[wire->lane];
        int inside = BORDER + TRACK * (int)wire->track;

        wire->x = wire->at == SIDE_LEFT ? lane->x + inside : lane->x + lane->width - inside;
    }
}

/* ---- slots: where at a shape's side the ways leave and arrive ---- */

struct slot {
    int *y;
    int order;
    int label; /* the height of what stands above */
};

struct slots {
    struct slot items[CHART_ROWS_MAX + 4]; /* a way to each row, a rejection, three wires */
    unsigned count;
};

/* From above to beneath so that they do not cross each other: those that go up, the near
 * ones first; then those that go down, the far ones first. */
static int order_of(int up, int distance)
{
    enum { FAR = 1 << 20 };

    return up > 0 ? distance - FAR : up < 0 ? FAR - distance : 0;
}

static void add_slot(struct slots *slots, int *y, int up, int distance, int label)
{
    slots->items[slots->count++] = (struct slot){y, order_of(up, abs(distance)), label};
}

static void collect(struct chart *chart, unsigned row, enum side side, struct slots *slots)
{
    int middle = chart->lanes[chart->nodes[row].lane].middle;
    unsigned i;

    for (i = 0; i < chart->edge_count; i++) {
        struct chart_edge *edge = &chart->edges[i];
        int x = edge->way == WAY_WIRE ? chart->wires[edge->wire].x
                                      : chart->lanes[chart->nodes[edge->to].lane].middle;

        if (edge->from == row && edge->side == side && edge->way != WAY_DOWN)
            add_slot(slots, &edge->y, edge->to < row ? 1 : -1, x - middle, edge->label.height);
    }
    for (i = 0; i < chart->wire_count; i++) {
        struct chart_wire *wire = &chart->wires[i];

        if (wire->to == row && wire->side == side)
            add_slot(slots, &wire->y,
                     (wire->last == row) - (wire->first == row && wire->last > row),
                     wire->x - middle, 0);
    }
}

static int compare_slots(const void *one, const void *other)
{
    return ((const struct slot *)one)->order - ((const struct slot *)other)->order;
}

static void spread(struct chart *chart, unsigned row, enum side side)
{
    struct slots slots = {.count = 0};
    int y = 0, room;
    unsigned i;

    collect(chart, row, side, &slots);
    qsort(slots.items, slots.count, sizeof *slots.items, compare_slots);
    for (i = 0; i < slots.count; i++) {
        room = slots.items[i].label ? slots.items[i].label + 2 * LABEL_GAP + 2 : 0;
        y += i == 0 ? 0 : room > SLOT ? room : SLOT;
        *slots.items[i].y = y;
    }
    for (i = 0; i < slots.count; i++)
        *slots.items[i].y -= y / 2;
    widen(&chart->nodes[row].half_height, y / 2 + SLOT - 2);
}

/* ---- rows ---- */

static void place_label(struct chart *chart, struct chart_edge *edge)
{
    struct chart_node *node = &chart->nodes[edge->from];
    struct chart_label *label = &edge->label;
    int middle = chart->lanes[node->lane].middle, away = node->half_width + LABEL_GAP;

    if (!label->count)
        return;
    if (edge->way == WAY_DOWN) {
        label->x = middle + 2 * LABEL_GAP;
        label->y = node->half_height + LABEL_GAP;
        widen(&node->half_row, label->y + label->height + LABEL_GAP);
    } else {
        label->x = edge->side == SIDE_RIGHT ? middle + away : middle - away - label->width;
        label->y = edge->y - LABEL_GAP - label->height;
        widen(&node->half_row, LABEL_GAP - label->y);
    }
}

void chart_places(struct chart *chart)
{
    unsigned i;

    for (i = 0; i < chart->edge_count; i++)
        measure_label(&chart->edges[i].label);
    place_lanes(chart);
    place_wires(chart);
    for (i = 0; i < chart->node_count; i++) {
        spread(chart, i, SIDE_LEFT);
        spread(chart, i, SIDE_RIGHT);
        chart->nodes[i].half_row = chart->nodes[i].half_height + GAP;
    }
    for (i = 0; i < chart->edge_count; i++)
        place_label(chart, &chart->edges[i]);
}

static void stretch(int y, bool *any, int *from, int *to)
{
    *from = !*any || y < *from ? y : *from;
    *to = !*any || y > *to ? y : *to;
    *any = true;
}

bool chart_wire_in(const struct chart *chart, const struct chart_wire *wire, unsigned row,
                   bool *above, int *from, bool *beneath, int *to)
{
    bool any = false;
    unsigned i;

    if (row < wire->first || row > wire->last)
        return false;
    *above = row > wire->first;
    *beneath = row < wire->last;
    *from = *to = 0;
    if (wire->to == row)
        stretch(wire->y, &any, from, to);
    for (i = 0; i < chart->edge_count; i++) {
        const struct chart_edge *edge = &chart->edges[i];

        if (edge->way == WAY_WIRE && edge->from == row && &chart->wires[edge->wire] == wire)
            stretch(edge->y, &any, from, to);
    }
    return true;
}
