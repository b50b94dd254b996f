/* What events add up to, by hand and against a recomputation. */
#include "lib/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static void adds_up(void **state)
{
    const struct kunci_flow_report_options options = {.now = 2500};
    struct kunci_flow_report *report = report_of(&options, report_story);
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

/* What was done before `since` or from `until` on is not counted, and yet moves requests. */
static void a_period_limits_what_counts(void **state)
{
    const struct kunci_flow_report_options late = {.now = 9000, .since = 1400};
    const struct kunci_flow_report_options early = {.now = 9000, .until = 1400};
    struct kunci_flow_report *report = report_of(&late, report_story);

    (void)state;
    assert_int_equal(step_of(report, 0, "isi")->used.count, 1); /* b, the second time */
    assert_int_equal(step_of(report, 0, "isi")->used.median, 600);
    assert_int_equal(step_of(report, 0, "cek")->used.count, 3);
    assert_int_equal(report->shown[0]->started, 1);
    assert_int_equal(report->shown[0]->closed, 2);
    assert_int_equal(report->shown[0]->elapsed.worst, 1840); /* since it was started */
    kunci_flow_report_free(&report);

    report = report_of(&early, report_story);
    assert_int_equal(step_of(report, 0, "isi")->used.count, 2);
    assert_int_equal(report->shown[0]->rejected, 0);
    assert_int_equal(report->shown[0]->closed, 0);
    assert_int_equal(report->shown[0]->open, 2);
    assert_int_equal(report->overdue_count, 0); /* at 1400 none was */
    kunci_flow_report_free(&report);
}

/* Times without `used`: the clock stands while the request waits for somebody else. */
static void pauses_do_not_count(void **state)
{
    static const char paused[] = LINE(0, "a", "arrived",
                                      ",\"step\":\"cek\",\"planned\":100,\"role\":\"op\"")
        LINE(50, "a", "paused", ",\"step\":\"cek\",\"waits_for\":\"kabid\"")
            LINE(1050, "a", "resumed",
                 ",\"step\":\"cek\",\"role\":\"op\"") LINE(1080, "a", "done", ",\"step\":\"cek\"")
                LINE(1080, "a", "arrived", ",\"step\":\"sah\",\"planned\":100,\"role\":\"ca\"")
                    LINE(1090, "a", "called", ",\"step\":\"sah\",\"role\":\"ca\"")
                        LINE(0, "b", "arrived", ",\"step\":\"cek\",\"planned\":100,\"role\":\"op\"")
                            LINE(150, "b", "paused", ",\"step\":\"cek\",\"waits_for\":\"kabid\"")
                                LINE(0, "d", "arrived", ",\"step\":\"cek\",\"role\":\"op\"") LINE(
                                    5, "d", "withdrawn", ",\"step\":\"cek\",\"reason\":\"pindah\"")
                                    LINE(0, "e", "arrived", ",\"step\":\"cek\",\"role\":\"op\"")
                                        LINE(5, "e", "timed-out", ",\"step\":\"cek\"");
    const struct kunci_flow_report_options options = {.now = 100000};
    struct kunci_flow_report *report = report_of(&options, paused);
    const struct tally_step *cek = step_of(report, 0, "cek");

    (void)state;
    assert_int_equal(cek->used.count, 1);
    assert_int_equal(cek->used.median, 80);
    assert_int_equal(cek->withdrawn, 1);
    assert_int_equal(cek->timed_out, 1);
    assert_int_equal(report->shown[0]->open, 2);
    /* a's step was 10 old when it stopped; b's was late before. */
    assert_int_equal(report->overdue_count, 1);
    assert_string_equal(report->overdue[0].request, "b");
    assert_string_equal(report->overdue[0].desk, "kabid");
    assert_int_equal(report->overdue[0].used, 150);
    kunci_flow_report_free(&report);
}

/* Whoever did the applicant's first step has the later ones, too. */
static void a_late_applicant_is_named(void **state)
{
    static const char lines[] = LINE(0, "a", "done",
                                     ",\"step\":\"isi\",\"role\":\"pemohon\",\"by\":\"budi\"")
        LINE(0, "a", "arrived", ",\"step\":\"kirim\",\"planned\":5,\"role\":\"pemohon\"")
            LINE(0, "b", "done",
                 ",\"step\":\"isi\",\"role\":\"pemohon\",\"by\":\"siti\",\"of\":\"rina\"")
                LINE(0, "b", "arrived", ",\"step\":\"kirim\",\"planned\":6,\"role\":\"pemohon\"")
                    LINE(0, "c", "done", ",\"step\":\"isi\",\"role\":\"pemohon\",\"by\":\"dewi\"")
                        LINE(0, "c", "arrived", ",\"step\":\"cek\",\"planned\":7,\"role\":\"op\"");
    const struct kunci_flow_report_options options = {.now = 100};
    struct kunci_flow_report *report = report_of(&options, lines);

    (void)state;
    assert_int_equal(report->overdue_count, 3);
    assert_string_equal(report->overdue[0].person, "budi");
    assert_string_equal(report->overdue[1].person, "rina");
    assert_null(report->overdue[2].person);
    kunci_flow_report_free(&report);
}

/* Median and ninetieth percentile of 1, 2, ... n. */
static void percentiles_are_exact(void **state)
{
    static const struct {
        int count, median, ninetieth;
    } cases[] = {{1, 10, 10},    {2, 15, 20},    {3, 20, 30},    {4, 25, 40},
                 {5, 30, 50},    {9, 50, 90},    {10, 55, 90},   {11, 60, 100},
                 {19, 100, 180}, {20, 105, 180}, {21, 110, 190}, {100, 505, 900}};
    const struct kunci_flow_report_options options = {.now = 1};
    size_t i;
    int n;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf lines = {0};
        struct kunci_flow_report *report;

        for (n = cases[i].count; n > 0; n--)
            buf_printf(&lines, LINE(% d, "r", "done", ",\"step\":\"s\",\"used\":%d"), n, 10 * n);
        report = report_of(&options, lines.data);
        assert_int_equal(step_of(report, 0, "s")->used.median, cases[i].median);
        assert_int_equal(step_of(report, 0, "s")->used.ninetieth, cases[i].ninetieth);
        assert_int_equal(step_of(report, 0, "s")->used.worst, 10 * cases[i].count);
        kunci_flow_report_free(&report);
        buf_clear(&lines);
    }
}

/* ---- against a recomputation from scratch ---- */

enum { NAIVE_REQUESTS = 12, NAIVE_STEPS = 4, NAIVE_EVENTS = 400 };

struct naive {
    int64_t used[NAIVE_STEPS][NAIVE_EVENTS];
    size_t count[NAIVE_STEPS], rejected[NAIVE_STEPS];
    bool seen[NAIVE_REQUESTS], over[NAIVE_REQUESTS];
};

static unsigned long next_random(unsigned long *seed)
{
    *seed = *seed * 6364136223846793005UL + 1442695040888963407UL;
    return *seed >> 33;
}

static int by_value(const void *a, const void *b)
{
    const int64_t *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

static void make_events(unsigned long seed, struct buf *lines, struct naive *naive)
{
    static const char *const events[] = {"arrived",  "done",     "done",
                                         "rejected", "reminded", "withdrawn"};
    int i;

    for (i = 0; i < NAIVE_EVENTS; i++) {
        unsigned long request = next_random(&seed) % NAIVE_REQUESTS;
        unsigned long step = next_random(&seed) % NAIVE_STEPS, event = next_random(&seed) % 6;
        int64_t used = (int64_t)(next_random(&seed) % 1000);

        buf_printf(lines, LINE(% d, "%lu", "%s", ",\"step\":\"s%lu\",\"used\":%ld"), i, request,
                   events[event], step, (long)used);
        if (event >= 1 && event <= 3)
            naive->used[step][naive->count[step]++] = used;
        naive->rejected[step] += event == 3;
        naive->seen[request] = true;
        if (event == 0)
            naive->over[request] = false;
        if (event == 3 || event == 5)
            naive->over[request] = true;
    }
}

static void agrees_with_a_naive_count(void **state)
{
    const struct kunci_flow_report_options options = {.now = NAIVE_EVENTS};
    unsigned long seed;
    size_t i, n;

    (void)state;
    for (seed = 1; seed <= 60; seed++) {
        static struct naive naive;
        struct buf lines = {0};
        struct kunci_flow_report *report;

        memset(&naive, 0, sizeof naive);
        make_events(seed, &lines, &naive);
        report = report_of(&options, lines.data);
        for (i = 0; i < NAIVE_STEPS; i++) {
            char called[8];
            const struct tally_step *step;
            size_t below = 0;

            snprintf(called, sizeof called, "s%zu", i);
            step = step_of(report, 0, called);
            qsort(naive.used[i], naive.count[i], sizeof(int64_t), by_value);
            n = naive.count[i];
            assert_int_equal(step->used.count, n);
            assert_int_equal(step->rejected, naive.rejected[i]);
            assert_int_equal(step->used.median,
                             (naive.used[i][(n - 1) / 2] + naive.used[i][n / 2]) / 2);
            assert_int_equal(step->used.worst, naive.used[i][n - 1]);
            /* The least one that nine of ten do not exceed. */
            while (10 * (below + 1) < 9 * n)
                below++;
            assert_int_equal(step->used.ninetieth, naive.used[i][below]);
        }
        for (n = 0, i = 0; i < NAIVE_REQUESTS; i++)
            n += naive.seen[i] && !naive.over[i];
        assert_int_equal(report->shown[0]->open, n);
        kunci_flow_report_free(&report);
        buf_clear(&lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
        cmocka_unit_test(a_period_limits_what_counts),
        cmocka_unit_test(pauses_do_not_count),
        cmocka_unit_test(a_late_applicant_is_named),
        cmocka_unit_test(percentiles_are_exact),
        cmocka_unit_test(agrees_with_a_naive_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
