/* Which way each arrow takes. An arrow to the next row goes straight, or round one corner;
 * every other one gets a wire beside the shapes, where it goes the shortest way, meets few
 * others and crosses fewer. */
#include "flow/chart.h"

#include <limits.h>
#include <stdlib.h>

/* Where things are before there are pixels: a lane is 100 wide. */
static int middle_of(const struct chart *chart, unsigned row)
{
    return (int)chart->nodes[row].lane * 100 + 50;
}

static int place_of(const struct chart_wire *wire)
{
    return (int)wire->lane * 100 + (wire->at == SIDE_LEFT ? 8 : 92);
}

static enum side side_towards(const struct chart *chart, unsigned row, int place)
{
    return place < middle_of(chart, row) ? SIDE_LEFT : SIDE_RIGHT;
}

static bool is_between(int place, int a, int b)
{
    return (place > a && place < b) || (place > b && place < a);
}

static bool runs_through(const struct chart_wire *wire, unsigned row)
{
    return row >= wire->first && row <= wire->last;
}

static bool uses(const struct chart *chart, const struct chart_edge *edge,
                 const struct chart_wire *wire)
{
    return edge->way == WAY_WIRE && &chart->wires[edge->wire] == wire;
}

/* ---- what a place would cost ---- */

enum { BUSY = 60, CROSSING = 100, NEIGHBOUR = 25, UNUSUAL = 5 };

/* How much else leaves or gets to the node at that side. */
static int busy_at(const struct chart *chart, unsigned row, enum side side,
                   const struct chart_wire *placed)
{
    const struct chart_wire *wire;
    int busy = 0;
    unsigned i;

    for (i = 0; i < chart->edge_count; i++) {
        const struct chart_edge *edge = &chart->edges[i];

        if (edge->from == row && edge->side == side &&
            (edge->way == WAY_ELBOW ||
             (edge->way == WAY_WIRE && &chart->wires[edge->wire] < placed)))
            busy++;
    }
    for (wire = chart->wires; wire < placed; wire++)
        busy += wire->to == row && wire->side == side;
    return busy;
}

/* Placed wires that are crossed on the way across a row. */
static int crossed_across(const struct chart *chart, unsigned row, int a, int b,
                          const struct chart_wire *placed)
{
    const struct chart_wire *wire;
    int count = 0;

    for (wire = chart->wires; wire < placed; wire++)
        count += runs_through(wire, row) && is_between(place_of(wire), a, b);
    return count;
}

/* What crosses rows where the wire runs down them. */
static int crossed_along(const struct chart *chart, const struct chart_wire *wire)
{
    int count = 0, place = place_of(wire);
    const struct chart_wire *other;
    unsigned i;

    for (i = 0; i < chart->edge_count; i++) {
        const struct chart_edge *edge = &chart->edges[i];
        int a = middle_of(chart, edge->from), b;

        if (edge->way == WAY_DOWN || !runs_through(wire, edge->from))
            continue;
        if (edge->way == WAY_WIRE && &chart->wires[edge->wire] >= wire)
            continue;
        b = edge->way == WAY_ELBOW ? middle_of(chart, edge->to)
                                   : place_of(&chart->wires[edge->wire]);
        count += is_between(place, a, b);
    }
    for (other = chart->wires; other < wire; other++)
        count += runs_through(wire, other->to) &&
                 is_between(place, middle_of(chart, other->to), place_of(other));
    return count;
}

static int neighbours_of(const struct chart *chart, const struct chart_wire *wire)
{
    const struct chart_wire *other;
    int count = 0;

    for (other = chart->wires; other < wire; other++)
        count += other->lane == wire->lane && other->at == wire->at && other->first <= wire->last &&
                 wire->first <= other->last;
    return count;
}

static int cost_across(const struct chart *chart, const struct chart_wire *wire, unsigned row)
{
    int place = place_of(wire), middle = middle_of(chart, row);

    return abs(place - middle) + BUSY * busy_at(chart, row, side_towards(chart, row, place), wire) +
           CROSSING * crossed_across(chart, row, middle, place, wire);
}

static int cost_of(const struct chart *chart, const struct chart_wire *wire)
{
    /* People look for the way back at the left and for the way on at the right. */
    enum side usual = wire->to == wire->first ? SIDE_LEFT : SIDE_RIGHT;
    int cost = cost_across(chart, wire, wire->to) + CROSSING * crossed_along(chart, wire) +
               NEIGHBOUR * neighbours_of(chart, wire) + (wire->at == usual ? 0 : UNUSUAL);
    unsigned i;

    for (i = 0; i < chart->edge_count; i++)
        if (uses(chart, &chart->edges[i], wire))
            cost += cost_across(chart, wire, chart->edges[i].from);
    return cost;
}

/* ---- choosing ---- */

static void place_wire(struct chart *chart, struct chart_wire *wire)
{
    struct chart_wire best = *wire;
    int least = INT_MAX, cost;
    unsigned i, side;

    for (i = 0; i < chart->lane_count; i++) {
        for (side = SIDE_LEFT; side <= SIDE_RIGHT; side++) {
            wire->lane = i;
            wire->at = (enum side)side;
            if ((cost = cost_of(chart, wire)) < least) {
                least = cost;
                best = *wire;
            }
        }
    }
    *wire = best;
    wire->side = side_towards(chart, wire->to, place_of(wire));
    for (i = 0; i < chart->edge_count; i++)
        if (uses(chart, &chart->edges[i], wire))
            chart->edges[i].side = side_towards(chart, chart->edges[i].from, place_of(wire));
}

static bool meets_in_track(const struct chart *chart, const struct chart_wire *wire)
{
    unsigned i;

    for (i = 0; i < chart->wire_count; i++) {
        const struct chart_wire *other = &chart->wires[i];

        if (other != wire && other->lane == wire->lane && other->at == wire->at &&
            other->track == wire->track && other->first <= wire->last && wire->first <= other->last)
            return true;
    }
    return false;
}

/* The wires stand short ones first: the long ones take the outer tracks. */
static void take_tracks(struct chart *chart)
{
    unsigned i;

    for (i = 0; i < chart->wire_count; i++)
        chart->wires[i].track = UINT_MAX;
    for (i = chart->wire_count; i-- > 0;) {
        struct chart_wire *wire = &chart->wires[i];
        unsigned *tracks = &chart->lanes[wire->lane].tracks[wire->at];

        wire->track = 0;
        while (meets_in_track(chart, wire))
            wire->track++;
        *tracks = wire->track + 1 > *tracks ? wire->track + 1 : *tracks;
    }
}

/* ---- which edges share one ---- */

static void straight_ways(struct chart *chart)
{
    bool taken[CHART_ROWS_MAX] = {false};
    unsigned i;

    for (i = 0; i < chart->edge_count; i++) {
        struct chart_edge *edge = &chart->edges[i];
        unsigned from = chart->nodes[edge->from].lane, to = chart->nodes[edge->to].lane;

        edge->way = WAY_WIRE;
        if (edge->to != edge->from + 1 || taken[edge->from])
            continue;
        taken[edge->from] = true;
        edge->way = from == to ? WAY_DOWN : WAY_ELBOW;
        edge->side = to < from ? SIDE_LEFT : SIDE_RIGHT;
    }
}

static void join_wire(struct chart *chart, const struct chart_edge *edge)
{
    struct chart_wire *wire = chart->wires;
    unsigned low = edge->from < edge->to ? edge->from : edge->to;
    unsigned high = edge->from < edge->to ? edge->to : edge->from;

    for (; wire < chart->wires + chart->wire_count; wire++)
        if (wire->to == edge->to && wire->reject == edge->reject && wire->added == edge->added)
            break;
    if (wire == chart->wires + chart->wire_count) {
        *wire = (struct chart_wire){
            .to = edge->to, .reject = edge->reject, .added = edge->added, .first = low};
        chart->wire_count++;
    }
    wire->first = low < wire->first ? low : wire->first;
    wire->last = high > wire->last ? high : wire->last;
}

static int shorter_first(const void *one, const void *other)
{
    const struct chart_wire *a = one, *b = other;
    unsigned left = a->last - a->first, right = b->last - b->first;

    if (left != right)
        return left < right ? -1 : 1;
    return a->to != b->to ? (a->to < b->to ? -1 : 1)
                          : (a->reject - b->reject) * 2 + a->added - b->added;
}

static void find_wire(const struct chart *chart, struct chart_edge *edge)
{
    while (chart->wires[edge->wire].to != edge->to ||
           chart->wires[edge->wire].reject != edge->reject ||
           chart->wires[edge->wire].added != edge->added)
        edge->wire++;
}

void chart_ways(struct chart *chart)
{
    unsigned i;

    straight_ways(chart);
    for (i = 0; i < chart->edge_count; i++)
        if (chart->edges[i].way == WAY_WIRE)
            join_wire(chart, &chart->edges[i]);
    qsort(chart->wires, chart->wire_count, sizeof *chart->wires, shorter_first);
    for (i = 0; i < chart->edge_count; i++)
        if (chart->edges[i].way == WAY_WIRE)
            find_wire(chart, &chart->edges[i]);
    for (i = 0; i < chart->wire_count; i++)
        place_wire(chart, &chart->wires[i]);
    take_tracks(chart);
}
