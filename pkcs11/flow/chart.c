/* Shapes and edges, as the steps tell them. */
#include "flow/chart.h"

#include "base/buf.h"
#include "base/text.h"
#include "flow/tell.h"

#include <stdlib.h>
#include <string.h>

/* ---- lanes ---- */

static unsigned lane_of(struct chart *chart, enum role role)
{
    unsigned i;

    for (i = 0; i < chart->lane_count; i++)
        if (chart->lanes[i].role == role)
            return i;
    chart->lanes[i].role = role;
    return chart->lane_count++;
}

static void make_lanes(struct chart *chart)
{
    const struct kunci_sop *sop = chart->sop;
    unsigned i;

    for (i = 0; i < sop->lane_count; i++)
        lane_of(chart, sop->lanes[i].role);
    for (i = 0; i < sop->step_count; i++)
        lane_of(chart, sop->steps[i].actor);
}

/* ---- shapes ---- */

static bool ends(const struct step *step)
{
    return step->branch_count == 1 && step->branches[0].target == STEP_END;
}

static enum shape shape_of(const struct kunci_sop *sop, const struct step *step)
{
    if (step->calls)
        return SHAPE_CALL;
    if (step->branch_count > 1 || step->rejects)
        return SHAPE_DECISION;
    return step == sop->steps || ends(step) ? SHAPE_TERMINATOR : SHAPE_WORK;
}

static struct chart_node *add_node(struct chart *chart, enum shape shape, unsigned lane)
{
    static const struct {
        int half_width, half_height;
    } sizes[] = {[SHAPE_TERMINATOR] = {29, 14},
                 [SHAPE_WORK] = {27, 15},
                 [SHAPE_DECISION] = {32, 20},
                 [SHAPE_CALL] = {30, 15}};
    struct chart_node *node = &chart->nodes[chart->node_count++];

    *node = (struct chart_node){.shape = shape,
                                .lane = lane,
                                .half_width = sizes[shape].half_width,
                                .half_height = sizes[shape].half_height};
    return node;
}

/* Whether a way leads to the end from a shape that is none itself. */
static bool needs_end(const struct kunci_sop *sop)
{
    unsigned i, k;

    for (i = 0; i < sop->step_count; i++) {
        const struct step *step = &sop->steps[i];

        if (shape_of(sop, step) == SHAPE_TERMINATOR && ends(step))
            continue;
        if (step->rejects && step_reject_target(sop, step) == STEP_END)
            return true;
        for (k = 0; k < step->branch_count; k++)
            if (step->branches[k].target == STEP_END)
                return true;
    }
    return false;
}

/* Answers which node the first step is. */
static unsigned make_nodes(struct chart *chart)
{
    const struct kunci_sop *sop = chart->sop;
    unsigned first = shape_of(sop, sop->steps) != SHAPE_TERMINATOR, i;

    if (first)
        add_node(chart, SHAPE_TERMINATOR, lane_of(chart, sop->steps[0].actor));
    for (i = 0; i < sop->step_count; i++) {
        const struct step *step = &sop->steps[i];

        add_node(chart, shape_of(sop, step), lane_of(chart, step->actor))->step = step;
    }
    if (needs_end(sop))
        add_node(chart, SHAPE_TERMINATOR, chart->nodes[chart->node_count - 1].lane);
    return first;
}

/* ---- edges ---- */

/* What stands behind a colon is told by the table alone. */
static void join_label(struct chart *chart, struct chart_label *label, const char *text)
{
    size_t len = text ? strcspn(text, ":") : 0;
    struct buf joined = {0};

    if (!len)
        return;
    if (label->text)
        buf_printf(&joined, "%s / ", label->text);
    buf_add(&joined, text, len);
    free(label->text);
    label->text = buf_take(&joined);
    chart->failed |= !label->text;
}

/* Two ways out to the same shape are one. */
static void add_edge(struct chart *chart, struct chart_edge edge, const char *label)
{
    struct chart_edge *same = chart->edges;

    for (; same < chart->edges + chart->edge_count; same++)
        if (same->from == edge.from && same->to == edge.to && same->reject == edge.reject)
            break;
    if (same == chart->edges + chart->edge_count) {
        *same = edge;
        chart->edge_count++;
    }
    join_label(chart, &same->label, label);
}

static void add_exits(struct chart *chart, unsigned from, unsigned first)
{
    const struct step *step = chart->nodes[from].step;
    const struct kunci_sop *sop = chart->sop;
    unsigned end = chart->node_count - 1, i;
    struct chart_edge edge = {.from = from};
    int target;

    for (i = 0; i < step->branch_count; i++) {
        struct buf label = {0};

        target = step->branches[i].target;
        edge.to = target == STEP_END ? end : (unsigned)target + first;
        tell_branch(&label, step, &step->branches[i]);
        add_edge(chart, edge, label.data);
        chart->failed |= label.failed;
        buf_clear(&label);
    }
    if (!step->rejects)
        return;
    target = step_reject_target(sop, step);
    edge.to = target == STEP_END ? end : (unsigned)target + first;
    edge.reject = true;
    edge.added = step->reject_added;
    add_edge(chart, edge, tell_reject(step));
}

static void make_edges(struct chart *chart, unsigned first)
{
    const struct kunci_sop *sop = chart->sop;
    size_t most = 1;
    unsigned i;

    for (i = 0; i < sop->step_count; i++)
        most += sop->steps[i].branch_count + 1;
    chart->edges = calloc(most, sizeof *chart->edges);
    chart->wires = calloc(most, sizeof *chart->wires);
    if ((chart->failed = !chart->edges || !chart->wires))
        return;
    if (first)
        add_edge(chart, (struct chart_edge){.from = 0, .to = 1}, NULL);
    for (i = 0; i < chart->node_count; i++) {
        const struct step *step = chart->nodes[i].step;

        if (step && !(chart->nodes[i].shape == SHAPE_TERMINATOR && ends(step)))
            add_exits(chart, i, first);
    }
}

void chart_make(const struct kunci_sop *sop, struct chart *chart)
{
    unsigned first;

    *chart = (struct chart){.sop = sop};
    make_lanes(chart);
    first = make_nodes(chart);
    make_edges(chart, first);
    if (chart->failed)
        return;
    chart_ways(chart);
    chart_places(chart);
}

void chart_clear(struct chart *chart)
{
    unsigned i;

    for (i = 0; i < chart->edge_count; i++)
        free(chart->edges[i].label.text);
    free(chart->edges);
    free(chart->wires);
    *chart = (struct chart){0};
}
