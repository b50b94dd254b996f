/* Events added up and told as a page, against only taking each line apart as JSON. */
#include "flow/tally.h"
#include "lib/measure.h"

#include <kunci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 4000, ROUNDS = 25, STEPS = 5 };

static void add(struct buf *lines, int request, int64_t at, const char *event, int step)
{
    char name[16], id[16], *line;
    struct kunci_err err = KUNCI_ERR_INIT;
    const struct kunci_flow_entry entry = {
        .at = at,
        .request = id,
        .procedure = "kapuas-2026",
        .version = "2026-05-26",
        .institution = "kapuas/dinkes",
        .event = event,
        .step = name,
        .by = "budi",
        .role = "pemohon",
        .used = at * 7919 % 3600,
        .planned = 600,
    };

    snprintf(name, sizeof name, "step-%d", step);
    snprintf(id, sizeof id, "R-%06d", request);
    if (kunci_flow_entry_write(&entry, &line, &err) != KUNCI_OK)
        abort();
    buf_printf(lines, "%s\n", line);
    free(line);
}

static void make_lines(struct buf *lines)
{
    int request, step;

    for (request = 0; request < REQUESTS; request++)
        for (step = 0; step < STEPS; step++) {
            add(lines, request, request + step, "arrived", step);
            add(lines, request, request + step + 1, "done", step);
        }
}

static double ours(const struct buf *lines)
{
    const struct kunci_flow_report_options options = {.now = 100000};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report;
    double began = measure_cpu();
    char *page;

    if (kunci_flow_report_new(&options, &report, &err) != KUNCI_OK ||
        kunci_flow_report_add(report, "events", lines->data, lines->len, &err) != KUNCI_OK ||
        kunci_flow_report_end(report, "events", &err) != KUNCI_OK ||
        kunci_flow_report_html(report, &page, &err) != KUNCI_OK)
        abort();
    began = measure_cpu() - began;
    free(page);
    kunci_flow_report_free(&report);
    return began;
}

static double floor_of(const struct buf *lines)
{
    double began = measure_cpu();
    const char *line = lines->data, *end;

    for (; (end = strchr(line, '\n')); line = end + 1) {
        json_t *object = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);

        if (!object)
            abort();
        json_decref(object);
    }
    return measure_cpu() - began;
}

int main(void)
{
    struct measure measure = {.count = 0};
    struct buf lines = {0};
    int i, kept;

    make_lines(&lines);
    for (i = 0; i < ROUNDS; i++) {
        double mine = ours(&lines);

        measure_add(&measure, mine, floor_of(&lines));
    }
    kept = measure_at_most("40000 events added up, JSON alone (ms)", &measure, 1.5);
    buf_clear(&lines);
    return !kept;
}
