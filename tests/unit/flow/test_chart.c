/* Flow charts of every shipped procedure and of random ones: no way runs through a shape or
 * along another one, no label stands on a way, a shape or a label. */
#include "base/buf.h"
#include "flow/chart.h"
#include "lib/procedures.h"

#include <kunci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what a chart must be ---- */

static void has_every_exit(const struct chart *chart)
{
    const struct kunci_sop *sop = chart->sop;
    unsigned first = chart->nodes[0].step ? 0 : 1, s, b, e;

    for (s = 0; s < sop->step_count; s++) {
        const struct step *step = &sop->steps[s];

        assert_ptr_equal(chart->nodes[s + first].step, step);
        for (b = 0; b < step->branch_count; b++) {
            int target = step->branches[b].target;
            unsigned to = target == STEP_END ? chart->node_count - 1 : (unsigned)target + first;

            for (e = 0; e < chart->edge_count; e++)
                if (chart->edges[e].from == s + first && chart->edges[e].to == to)
                    break;
            if (e == chart->edge_count && target != STEP_END)
                fail_msg("%s: no arrow from %s to %s", sop->name, step->name, step->branches[b].to);
            if (e == chart->edge_count)
                assert_int_equal(chart->nodes[s + first].shape, SHAPE_TERMINATOR);
        }
        for (e = 0; step->rejects && e < chart->edge_count; e++)
            if (chart->edges[e].from == s + first && chart->edges[e].reject)
                break;
        assert_true(!step->rejects || e < chart->edge_count);
    }
}

struct box {
    int left, top, right, bottom;
};

static struct box shape_of(const struct chart *chart, unsigned row)
{
    const struct chart_node *node = &chart->nodes[row];
    int middle = chart->lanes[node->lane].middle;

    return (struct box){middle - node->half_width, -node->half_height, middle + node->half_width,
                        node->half_height};
}

static struct box label_of(const struct chart_edge *edge)
{
    const struct chart_label *label = &edge->label;

    return (struct box){label->x, label->y, label->x + label->width, label->y + label->height};
}

static bool touch(struct box a, struct box b)
{
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

static struct box across(int a, int b, int y)
{
    return (struct box){a < b ? a : b, y - 1, a < b ? b : a, y + 1};
}

static struct box down(int x, int from, int to)
{
    return (struct box){x - 1, from, x + 1, to};
}

enum { LINES_MAX = 512 };

/* All that is drawn in a row, but for its shape: each line belongs to a way. */
static unsigned lines_in(const struct chart *chart, unsigned row, struct box *lines,
                         const void **owner)
{
    int half = chart->nodes[row].half_row, x, from, to;
    int middle = chart->lanes[chart->nodes[row].lane].middle;
    struct box shape = shape_of(chart, row);
    unsigned i, count = 0;
    bool above, beneath;

#define LINE(whose, box) (owner[count] = (whose), lines[count++] = (box))
    for (i = 0; i < chart->wire_count; i++) {
        const struct chart_wire *wire = &chart->wires[i];

        if (!chart_wire_in(chart, wire, row, &above, &from, &beneath, &to))
            continue;
        LINE(wire, down(wire->x, above ? -half : from, beneath ? half : to));
        if (wire->to == row)
            LINE(wire,
                 across(wire->x, wire->side == SIDE_LEFT ? shape.left : shape.right, wire->y));
    }
    for (i = 0; i < chart->edge_count; i++) {
        const struct chart_edge *edge = &chart->edges[i];
        int side = edge->side == SIDE_LEFT ? shape.left : shape.right;

        x = chart->lanes[chart->nodes[edge->to].lane].middle;
        if (edge->from == row && edge->way == WAY_WIRE)
            LINE(&chart->wires[edge->wire], across(side, chart->wires[edge->wire].x, edge->y));
        if (edge->from == row && edge->way == WAY_ELBOW) {
            LINE(edge, across(side, x, edge->y));
            LINE(edge, down(x, edge->y, half));
        }
        if (edge->from == row && edge->way == WAY_DOWN)
            LINE(edge, down(x, shape.bottom, half));
        if (edge->to == row && edge->way != WAY_WIRE)
            LINE(edge, down(middle, -half, shape.top));
    }
#undef LINE
    assert_true(count < LINES_MAX);
    return count;
}

/* Two lines may cross; they may not lie upon each other. */
static bool overlap(struct box a, struct box b)
{
    bool down_a = a.right - a.left == 2, down_b = b.right - b.left == 2;

    return down_a == down_b && touch(a, b);
}

static void is_clean_in(const struct chart *chart, unsigned row)
{
    static struct box lines[LINES_MAX];
    static const void *owner[LINES_MAX];
    unsigned count = lines_in(chart, row, lines, owner), i, k;
    struct box shape = shape_of(chart, row),
               room = {0, -chart->nodes[row].half_row, chart->width, chart->nodes[row].half_row};

    assert_true(shape.top > room.top && shape.bottom < room.bottom);
    for (i = 0; i < count; i++) {
        if (touch(lines[i], shape))
            fail_msg("%s, row %u: a way runs through the shape", chart->sop->name, row);
        assert_true(lines[i].left >= room.left && lines[i].right <= room.right);
        for (k = 0; k < i; k++)
            if (owner[i] != owner[k] && overlap(lines[i], lines[k]))
                fail_msg("%s, row %u: two ways are one", chart->sop->name, row);
    }
    for (i = 0; i < chart->edge_count; i++) {
        struct box label = label_of(&chart->edges[i]);

        if (chart->edges[i].from != row || !chart->edges[i].label.count)
            continue;
        if (touch(label, shape))
            fail_msg("%s, row %u: a label on the shape", chart->sop->name, row);
        if (label.left < room.left || label.right > room.right || label.top < room.top ||
            label.bottom > room.bottom)
            fail_msg("%s, row %u: a label outside", chart->sop->name, row);
        for (k = 0; k < count; k++)
            if (touch(label, lines[k]))
                fail_msg("%s, row %u: a label on a way", chart->sop->name, row);
        for (k = 0; k < i; k++)
            if (chart->edges[k].from == row && chart->edges[k].label.count &&
                touch(label, label_of(&chart->edges[k])))
                fail_msg("%s, row %u: a label on a label", chart->sop->name, row);
    }
}

static void is_clean(const struct kunci_sop *sop)
{
    struct chart chart;
    unsigned i;

    chart_make(sop, &chart);
    assert_false(chart.failed);
    has_every_exit(&chart);
    for (i = 0; i < chart.lane_count; i++)
        assert_int_equal(chart.lanes[i].x, i ? chart.lanes[i - 1].x + chart.lanes[i - 1].width : 0);
    for (i = 0; i < chart.node_count; i++)
        is_clean_in(&chart, i);
    chart_clear(&chart);
}

/* ---- of which procedures ---- */

static void shipped_ones_are_clean(void **state)
{
    const char *const *names;
    size_t count = procedure_names(&names), i;

    (void)state;
    assert_true(count >= 5);
    for (i = 0; i < count; i++) {
        struct kunci_sop *sop = procedure_named(names[i]);

        is_clean(sop);
        kunci_sop_free(&sop);
    }
}

static unsigned long seed;

static unsigned pick(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

static void add_target(struct buf *yaml, unsigned steps)
{
    unsigned target = pick(steps + 1);

    if (target == steps)
        buf_text(yaml, "end");
    else
        buf_printf(yaml, "s%u", target);
}

static void add_step(struct buf *yaml, unsigned i, unsigned steps, unsigned lanes)
{
    static const char *const roles[] = {"pemohon", "op", "ca", "kabid", "verifikator", "auditor"};
    static const char *const labels[] = {"Ya", "Tidak sesuai atau berubah", "W",
                                         "Penyelenggaraan-sertifikat-elektronik-yang-panjang",
                                         "satu dua tiga empat lima enam tujuh delapan sembilan"};
    unsigned branches = pick(3) ? 0 : pick(5) + 1;

    buf_printf(yaml, "  - {id: s%u, actor: %s, act: check, text: Langkah", i, roles[pick(lanes)]);
    if (pick(4) == 0)
        buf_text(yaml, ", added: true");
    if (pick(5) == 0)
        buf_text(yaml, ", calls: {procedure: lain}");
    if (pick(5) == 0)
        buf_text(yaml, ", does: [key-new]");
    if (pick(3) == 0) {
        buf_printf(yaml, ", reject: {added: %s, to: ", pick(2) ? "true" : "false");
        add_target(yaml, steps);
        buf_text(yaml, "}");
    }
    if (branches)
        buf_text(yaml, ", branches: [");
    for (; branches > 0; branches--) {
        buf_printf(yaml, "{text: '%s', to: ", labels[pick(5)]);
        add_target(yaml, steps);
        buf_text(yaml, branches > 1 ? "}, " : "}]");
    }
    buf_text(yaml, "}\n");
}

static void random_ones_are_clean(void **state)
{
    unsigned long round;

    (void)state;
    for (round = 1; round <= 400; round++) {
        unsigned steps, lanes, i;
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_sop *sop = NULL;
        struct buf yaml = {0};
        char name[32];

        seed = round;
        steps = pick(round % 50 == 0 ? 64 : 20) + 1;
        lanes = pick(6) + 1;
        buf_text(&yaml, "version: '1'\nkind: renewal\ntitle: Acak\nsteps:\n");
        for (i = 0; i < steps; i++)
            add_step(&yaml, i, steps, lanes);
        snprintf(name, sizeof name, "random %lu", round);
        if (kunci_sop_read(name, yaml.data, yaml.len, &sop, &err) != KUNCI_OK)
            fail_msg("%s: %s\n%s", name, err.detail, yaml.data);
        is_clean(sop);
        kunci_sop_free(&sop);
        buf_clear(&yaml);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_ones_are_clean),
        cmocka_unit_test(random_ones_are_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
