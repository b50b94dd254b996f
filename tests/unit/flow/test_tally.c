#include "flow/entry.h"
#include "flow/tally.h"
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

static const char name[] = "events.jsonl";

static struct kunci_flow_report *report_of(const struct kunci_flow_report_options *options,
                                           const char *lines)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report;

    assert_int_equal(kunci_flow_report_new(options, &report, &err), KUNCI_OK);
    if (kunci_flow_report_add(report, name, lines, strlen(lines), &err) != KUNCI_OK ||
        kunci_flow_report_end(report, name, &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    assert_true(tally_sum(report));
    return report;
}

static const struct tally_step *step_of(const struct kunci_flow_report *report, size_t procedure,
                                        const char *wanted)
{
    size_t i;

    for (i = 0; i < report->shown[procedure]->step_count; i++)
        if (strcmp(report->shown[procedure]->shown[i]->name, wanted) == 0)
            return report->shown[procedure]->shown[i];
    fail_msg("no step %s", wanted);
    return NULL;
}

#define LINE(at, request, event, more)                                                             \
    "{\"at\":" #at ",\"request\":\"" request "\",\"procedure\":\"baru\",\"event\":\"" event "\"" \
    more "}\n"

/* Three requests: a goes through, b is rejected once and then goes through, c waits. */
static const char story[] =
    LINE(1000, "a", "started", "")
    LINE(1000, "a", "arrived", ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\"")
    LINE(1060, "b", "started", "")
    LINE(1060, "b", "arrived", ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\"")
    LINE(1120, "a", "done", ",\"step\":\"isi\",\"used\":120,\"planned\":300,\"by\":\"budi\"")
    LINE(1120, "a", "arrived", ",\"step\":\"cek\",\"planned\":600,\"role\":\"op\"")
    LINE(1300, "b", "done", ",\"step\":\"isi\",\"used\":240,\"planned\":300")
    LINE(1300, "b", "arrived", ",\"step\":\"cek\",\"planned\":600,\"role\":\"op\"")
    "\n"
    LINE(1400, "b", "rejected", ",\"step\":\"cek\",\"used\":100,\"reason\":\"KTP tidak terbaca\"")
    LINE(1400, "b", "arrived", ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\"")
    LINE(1720, "a", "done", ",\"step\":\"cek\",\"used\":600")
    LINE(1720, "a", "closed", "")
    LINE(2000, "c", "started", "")
    LINE(2000, "c", "arrived",
         ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\",\"institution\":\"contoh/dinas\"")
    LINE(2000, "b", "done", ",\"step\":\"isi\"") /* 600 by the calendar */
    LINE(2000, "b", "arrived", ",\"step\":\"cek\",\"role\":\"op\"")
    LINE(2900, "b", "done", ",\"step\":\"cek\",\"used\":900")
    LINE(2900, "b", "attached", ",\"outcome\":\"ktp\",\"step\":\"cek\"")
    LINE(2900, "b", "closed", "");

static void adds_up(void **state)
{
    const struct kunci_flow_report_options options = {.now = 2500};
    struct kunci_flow_report *report = report_of(&options, story);
    const struct tally_procedure *baru = report->shown[0];
    const struct tally_step *isi = step_of(report, 0, "isi"), *cek = step_of(report, 0, "cek");

    (void)state;
    assert_int_equal(report->procedure_count, 1);
    /* 120, 240, 600 */
    assert_int_equal(isi->used.count, 3);
    assert_int_equal(isi->used.median, 240);
    assert_int_equal(isi->used.ninetieth, 600);
    assert_int_equal(isi->used.worst, 600);
    assert_int_equal(isi->planned, 300);
    assert_int_equal(isi->open, 1);
    assert_int_equal(isi->overdue, 1);
    /* 100 (rejected), 600, 900 */
    assert_int_equal(cek->used.count, 3);
    assert_int_equal(cek->used.median, 600);
    assert_int_equal(cek->rejected, 1);
    assert_int_equal(baru->started, 3);
    assert_int_equal(baru->closed, 2);
    assert_int_equal(baru->rejected, 1);
    assert_int_equal(baru->open, 1);
    assert_int_equal(baru->reason_count, 1);
    assert_string_equal(baru->shown_reasons[0]->text, "KTP tidak terbaca");
    /* a: 120 + 600; b: 240 + 100 + 600 + 900 */
    assert_int_equal(baru->used.median, (720 + 1840) / 2);
    assert_int_equal(baru->used.ninetieth, 1840);
    assert_int_equal(baru->planned.median, (900 + 1800) / 2);
    /* 720, 1840 */
    assert_int_equal(baru->elapsed.worst, 1840);
    assert_int_equal(report->overdue_count, 1);
    assert_string_equal(report->overdue[0].request, "c");
    assert_string_equal(report->overdue[0].desk, "pemohon");
    assert_string_equal(report->overdue[0].institution, "contoh/dinas");
    assert_int_equal(report->overdue[0].used, 500);
    kunci_flow_report_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
