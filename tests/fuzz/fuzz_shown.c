/* A procedure shown in every way: whatever could be read can be drawn, and its rows have
 * room for what stands in them. */
#include "flow/chart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct kunci_sop *sop)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *json = NULL, *text = NULL, *svg = NULL, *html = NULL;

    if (kunci_sop_json(sop, &json, &err) != KUNCI_OK ||
        kunci_sop_text(sop, 80, &text, &err) != KUNCI_OK ||
        kunci_sop_svg(sop, &svg, &err) != KUNCI_OK || kunci_sop_html(sop, &html, &err) != KUNCI_OK)
        abort();
    if (strstr(svg, "<script") || strstr(html, "<script"))
        abort();
    free(json);
    free(text);
    free(svg);
    free(html);
}

static void check_rows(const struct kunci_sop *sop)
{
    struct chart chart;
    unsigned i;

    chart_make(sop, &chart);
    for (i = 0; i < chart.edge_count; i++) {
        const struct chart_edge *edge = &chart.edges[i];
        int half = chart.nodes[edge->from].half_row;

        if (edge->label.count && (edge->label.y < -half || edge->label.x < 0 ||
                                  edge->label.x + edge->label.width > chart.width ||
                                  edge->label.y + edge->label.height > half))
            abort();
        if (abs(edge->y) >= chart.nodes[edge->from].half_height)
            abort();
    }
    chart_clear(&chart);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;

    if (kunci_sop_read("procedure", data, size, &sop, &err) != KUNCI_OK)
        return 0;
    check_rows(sop);
    show(sop);
    kunci_sop_free(&sop);
    return 0;
}
