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
    "{\"at\":" #at ",\"request\":\"" request "\",\"procedure\":\"baru\",\"event\":\"" event        \
    "\"" more "}\n"

/* Three requests: a goes through, b is rejected once and then goes through, c waits. */
static const char story[] = LINE(1000, "a", "started", "") LINE(
    1000, "a", "arrived",
    ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\"") LINE(1060, "b", "started", "")
    LINE(1060, "b", "arrived", ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\"") LINE(
        1120, "a", "done", ",\"step\":\"isi\",\"used\":120,\"planned\":300,\"by\":\"budi\"")
        LINE(1120, "a", "arrived", ",\"step\":\"cek\",\"planned\":600,\"role\":\"op\"")
            LINE(1300, "b", "done", ",\"step\":\"isi\",\"used\":240,\"planned\":300") LINE(
                1300, "b", "arrived",
                ",\"step\":\"cek\",\"planned\":600,\"role\":\"op\"") "\n" LINE(1400, "b",
                                                                               "rejected",
                                                                               ",\"step\":\"cek\","
                                                                               "\"used\":100,"
                                                                               "\"reason\":\"KTP "
                                                                               "tidak terbaca\"")
                LINE(1400, "b", "arrived", ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\"")
                    LINE(1720, "a", "done", ",\"step\":\"cek\",\"used\":600")
                        LINE(1720, "a", "closed", "") LINE(2000, "c", "started", "") LINE(
                            2000, "c", "arrived",
                            ",\"step\":\"isi\",\"planned\":300,\"role\":\"pemohon\","
                            "\"institution\":\"contoh/dinas\"")
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

/* What was done before `since` or from `until` on is not counted, and yet moves requests. */
static void a_period_limits_what_counts(void **state)
{
    const struct kunci_flow_report_options late = {.now = 9000, .since = 1400};
    const struct kunci_flow_report_options early = {.now = 9000, .until = 1400};
    struct kunci_flow_report *report = report_of(&late, story);

    (void)state;
    assert_int_equal(step_of(report, 0, "isi")->used.count, 1); /* b, the second time */
    assert_int_equal(step_of(report, 0, "isi")->used.median, 600);
    assert_int_equal(step_of(report, 0, "cek")->used.count, 3);
    assert_int_equal(report->shown[0]->started, 1);
    assert_int_equal(report->shown[0]->closed, 2);
    assert_int_equal(report->shown[0]->elapsed.worst, 1840); /* since it was started */
    kunci_flow_report_free(&report);

    report = report_of(&early, story);
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

/* ---- reading ---- */

static void broken_lines_are_told(void **state)
{
    static const struct {
        const char *lines, *want;
    } cases[] = {
        {"\n{", "line 2: it is no JSON object, or not a whole one"},
        {"[]\n", "line 1: it is no JSON object, or not a whole one"},
        {"{} {}\n", "line 1: it is no JSON object, or not a whole one"},
        {"{\"at\":1,\"at\":2}\n", "line 1: it is no JSON object, or not a whole one"},
        {"{\"at\":1}\n", "line 1: \"at\", \"request\", \"procedure\" and \"event\" must be there"},
        {LINE(1, "", "done", ""),
         "line 1: \"request\", \"procedure\" and \"event\" must not be empty"},
        {LINE(1, "a", "done", ",\"used\":-1"),
         "line 1: \"used\" and \"planned\" must be whole seconds"},
        {LINE(1, "a", "done", ",\"used\":1.5"),
         "line 1: \"used\" and \"planned\" must be whole seconds"},
        {LINE(1, "a", "done", ",\"planned\":99999999999"),
         "line 1: \"used\" and \"planned\" must be whole seconds"},
        {LINE(1, "a", "done", ",\"step\":7"), "line 1: what must be text is something else"},
        {LINE(1, "a", "done", ",\"step\":\"\xff\""),
         "line 1: it is no JSON object, or not a whole one"},
        {LINE(1, "a", "done", ",\"step\":\"\\u0000\""),
         "line 1: it is no JSON object, or not a whole one"},
        {LINE(-1, "a", "done", ""), "line 1: \"at\" lies before 1970 or after 9999"},
        {LINE(1e9, "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-31T08:00:00Z", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
    };
    const struct kunci_flow_report_options options = {.now = 1};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_flow_report *report;
        enum kunci_rc rc;

        assert_int_equal(kunci_flow_report_new(&options, &report, &err), KUNCI_OK);
        rc = kunci_flow_report_add(report, name, cases[i].lines, strlen(cases[i].lines), &err);
        if (rc == KUNCI_OK)
            rc = kunci_flow_report_end(report, name, &err);
        assert_int_equal(rc, KUNCI_FLOW_EVENTS_INVALID);
        assert_string_equal(err.about, name);
        assert_string_equal(err.detail, cases[i].want);
        kunci_flow_report_free(&report);
    }
}

static void times_are_read(void **state)
{
    static const struct {
        const char *at;
        int64_t want;
    } cases[] = {
        {"0", 0},
        {"1795248000", 1795248000},
        {"\"1970-01-01T00:00:00Z\"", 0},
        {"\"2026-11-21T08:00:00+07:00\"", 1795222800},
        {"\"2026-11-21T01:00:00Z\"", 1795222800},
        {"\"2026-11-20T20:00:00.25-05:00\"", 1795222800},
        {"\"2024-02-29T00:00:00Z\"", 1709164800},
        {"\"9999-12-31T23:59:59Z\"", 253402300799},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_flow_entry entry;
        struct entry_line line = {name, 1, NULL, 0};
        char text[256], *again = NULL;
        json_t *holder;

        line.len = (size_t)snprintf(text, sizeof text,
                                    "{\"at\":%s,\"request\":\"a\",\"procedure\":\"b\","
                                    "\"event\":\"done\",\"newer\":[]}",
                                    cases[i].at);
        line.text = text;
        assert_int_equal(entry_read(&line, &holder, &entry, &err), KUNCI_OK);
        assert_true(entry.at == cases[i].want);
        assert_int_equal(entry.used, -1);
        assert_int_equal(kunci_flow_entry_write(&entry, &again, &err), KUNCI_OK);
        json_decref(holder);
        free(again);
    }
}

/* Whatever is written is read as it was. */
static void lines_come_back(void **state)
{
    const struct kunci_flow_entry entry = {
        .at = 1795222800,
        .request = "r-1",
        .procedure = "kapuas-2026",
        .version = "2026-05-26",
        .institution = "kapuas/dinkes",
        .event = "rejected",
        .step = "verifikasi",
        .reason = "KTP \"tidak\"\nterbaca \xff",
        .by = "siti",
        .role = "op",
        .used = 90,
        .planned = 480,
    };
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_entry again;
    struct entry_line line = {name, 1, NULL, 0};
    json_t *holder;
    char *text;

    (void)state;
    assert_int_equal(kunci_flow_entry_write(&entry, &text, &err), KUNCI_OK);
    assert_string_equal(
        text, "{\"at\":\"2026-11-21T01:00:00Z\",\"request\":\"r-1\",\"procedure\":\"kapuas-2026\","
              "\"version\":\"2026-05-26\",\"institution\":\"kapuas/dinkes\",\"event\":\"rejected\","
              "\"step\":\"verifikasi\",\"reason\":\"KTP \\\"tidak\\\"?terbaca ?\",\"by\":\"siti\","
              "\"role\":\"op\",\"used\":90,\"planned\":480}");
    line.text = text;
    line.len = strlen(text);
    assert_int_equal(entry_read(&line, &holder, &again, &err), KUNCI_OK);
    assert_true(again.at == entry.at);
    assert_string_equal(again.institution, entry.institution);
    assert_null(again.outcome);
    assert_int_equal(again.planned, 480);
    json_decref(holder);
    free(text);
}

/* Where a piece ends makes no difference. */
static void pieces_may_end_anywhere(void **state)
{
    const struct kunci_flow_report_options options = {.now = 2500};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report = report_of(&options, story);
    char *want, *got;
    size_t size, at;

    (void)state;
    assert_int_equal(kunci_flow_report_json(report, &want, &err), KUNCI_OK);
    kunci_flow_report_free(&report);
    for (size = 1; size < sizeof story; size += size < 70 ? 1 : 211) {
        assert_int_equal(kunci_flow_report_new(&options, &report, &err), KUNCI_OK);
        for (at = 0; at < sizeof story - 1; at += size)
            assert_int_equal(kunci_flow_report_add(
                                 report, name, story + at,
                                 sizeof story - 1 - at < size ? sizeof story - 1 - at : size, &err),
                             KUNCI_OK);
        assert_int_equal(kunci_flow_report_end(report, name, &err), KUNCI_OK);
        assert_int_equal(kunci_flow_report_json(report, &got, &err), KUNCI_OK);
        assert_string_equal(got, want);
        free(got);
        kunci_flow_report_free(&report);
    }
    free(want);
}

static void a_line_without_end_is_refused(void **state)
{
    const struct kunci_flow_report_options options = {.now = 1};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report;
    char blanks[1000];
    int i;

    (void)state;
    memset(blanks, ' ', sizeof blanks);
    assert_int_equal(kunci_flow_report_new(&options, &report, &err), KUNCI_OK);
    for (i = 0; i < 1000; i++)
        assert_int_equal(kunci_flow_report_add(report, name, blanks, sizeof blanks, &err),
                         KUNCI_OK);
    assert_true(report->rest.room <= 4 * ENTRY_LINE_MAX);
    assert_int_equal(kunci_flow_report_end(report, name, &err), KUNCI_FLOW_EVENTS_INVALID);
    kunci_flow_report_free(&report);
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

/* ---- the forms ---- */

static char *form_of(struct kunci_flow_report *report,
                     enum kunci_rc (*form)(struct kunci_flow_report *, char **, struct kunci_err *))
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *out;

    assert_int_equal(form(report, &out, &err), KUNCI_OK);
    return out;
}

static void holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in:\n%s", part, text);
}

static void is_told_in_each_form(void **state)
{
    const struct kunci_flow_report_options options = {.now = 2500};
    struct kunci_flow_report *report = report_of(&options, story);
    char *text = form_of(report, kunci_flow_report_text);
    char *json = form_of(report, kunci_flow_report_json);
    char *csv = form_of(report, kunci_flow_report_csv);
    char *page = form_of(report, kunci_flow_report_html);

    (void)state;
    assert_string_equal(
        text, "Service times in minutes, as of 1970-01-01 00:41 UTC\n\n"
              "baru\n"
              "Started: 3. Closed: 2. Rejections: 1. Withdrawn: 0. Timed out: 0. Open: 1, of "
              "these overdue: 1.\n\n"
              "No  Step                Planned  Count  Median  90 %  Worst  Open  Overdue\n"
              "    isi                       5      3       4    10     10     1        1\n"
              "    cek                      10      3      10    15     15     0        0\n"
              "    Its steps together     22.5      2    21.3  30.7   30.7               \n"
              "    From start to end         -      2    21.3  30.7   30.7               \n\n"
              "Why requests were rejected:\n"
              "1  KTP tidak terbaca\n\n"
              "Overdue now:\n"
              "Request  Step  Waits for  Of            Planned  Used\n"
              "c        isi   Applicant  contoh/dinas        5   8.3\n");
    holds(csv, "row,procedure,version,step,planned_seconds,count,");
    holds(csv, "\r\n\"step\",\"baru\",,\"isi\",300,3,240,600,600,0,0,0,1,1,,,,,\r\n");
    holds(csv, "\r\n\"total\",\"baru\",,,1350,2,1280,1840,1840,1,0,0,1,1,,,,,\r\n");
    holds(csv, "\r\n\"reason\",\"baru\",,,,1,,,,,,,,,\"KTP tidak terbaca\",,,,\r\n");
    holds(csv, "\r\n\"overdue\",\"baru\",,\"isi\",300,,,,,,,,,,,\"c\",\"pemohon\","
               "\"contoh/dinas\",500\r\n");
    holds(json, "\"median\": 240");
    holds(page, "<rect class=\"median\"");
    holds(page, "KTP tidak terbaca");
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "http:"));
    free(text);
    free(json);
    free(csv);
    free(page);
    kunci_flow_report_free(&report);
}

/* Nothing that stands in an event becomes markup, a formula, a line or an escape sequence. */
static void hostile_names_stay_names(void **state)
{
    static const char hostile[] =
        "{\"at\":1,\"request\":\"=HYPERLINK(\\\"x\\\")\",\"procedure\":\"<script>alert(1)</"
        "script>\","
        "\"event\":\"arrived\",\"step\":\"@SUM,\\\"a\\\"\\r\\n\",\"role\":\"-1\\u001b[2J\","
        "\"institution\":\"+x\\t\\u202e\",\"planned\":1}\n"
        "{\"at\":9,\"request\":\"b\",\"procedure\":\"<script>alert(1)</script>\","
        "\"event\":\"rejected\",\"step\":\"@SUM,\\\"a\\\"\\r\\n\","
        "\"reason\":\"</td><img src=x onerror=alert(1)>\"}\n";
    const struct kunci_flow_report_options options = {.now = 100};
    struct kunci_flow_report *report = report_of(&options, hostile);
    char *text = form_of(report, kunci_flow_report_text);
    char *csv = form_of(report, kunci_flow_report_csv);
    char *page = form_of(report, kunci_flow_report_html);

    (void)state;
    holds(csv, ",\"'=HYPERLINK(\"\"x\"\")\",\"'-1?[2J\",\"'+x????\"");
    holds(csv, ",\"'@SUM,\"\"a\"\"??\",");
    holds(page, "&lt;script&gt;");
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<img"));
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\t'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    free(text);
    free(csv);
    free(page);
    kunci_flow_report_free(&report);
}

static void nothing_is_told_too(void **state)
{
    const struct kunci_flow_report_options options = {.now = 100};
    struct kunci_flow_report *report = report_of(&options, "");
    char *text = form_of(report, kunci_flow_report_text);

    (void)state;
    holds(text, "There are no events.");
    free(text);
    free(form_of(report, kunci_flow_report_json));
    free(form_of(report, kunci_flow_report_csv));
    free(form_of(report, kunci_flow_report_html));
    kunci_flow_report_free(&report);
}

/* A procedure that is known gives order, titles, minutes and hours. */
static void procedures_help(void **state)
{
    static const char lines[] =
        "{\"at\":\"2026-11-20T08:30:00Z\",\"request\":\"r\",\"procedure\":\"kapuas-2026\","
        "\"event\":\"arrived\",\"step\":\"setuju\",\"role\":\"op\"}\n"
        "{\"at\":\"2026-11-20T08:30:00Z\",\"request\":\"q\",\"procedure\":\"kapuas-2026\","
        "\"event\":\"done\",\"step\":\"baru-saja\",\"used\":9}\n"
        "{\"at\":\"2026-11-20T08:30:00Z\",\"request\":\"q\",\"procedure\":\"kapuas-2026\","
        "\"event\":\"done\",\"step\":\"kirim\",\"used\":9}\n";
    struct kunci_sop *sop = procedure_named("kapuas-2026");
    struct kunci_flow_report_options options = {.now = 1795222800};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_book *book;
    struct kunci_flow_report *report;
    char *page;

    (void)state;
    /* Work ends a minute after it came to that desk. */
    sop->hours = (struct hours){.days = 0x1f, .from = 0, .to = 8 * 3600 + 31 * 60};
    assert_int_equal(kunci_sop_book_new(&book, &err), KUNCI_OK);
    assert_int_equal(kunci_sop_book_add(book, &sop, &err), KUNCI_OK);
    options.book = book;
    report = report_of(&options, lines);
    assert_string_equal(report->shown[0]->shown[0]->name, "kirim");
    assert_string_equal(report->shown[0]->shown[1]->name, "setuju");
    assert_string_equal(report->shown[0]->shown[2]->name, "baru-saja");
    assert_int_equal(report->shown[0]->shown[0]->planned, 18);
    assert_int_equal(report->shown[0]->shown[1]->planned, 180);
    assert_int_equal(report->overdue_count, 0);
    page = form_of(report, kunci_flow_report_html);
    holds(page, "Approves the renewal");
    holds(page, "<td>8</td>");
    free(page);
    kunci_flow_report_free(&report);
    kunci_sop_book_free(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
        cmocka_unit_test(a_period_limits_what_counts),
        cmocka_unit_test(pauses_do_not_count),
        cmocka_unit_test(percentiles_are_exact),
        cmocka_unit_test(broken_lines_are_told),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(lines_come_back),
        cmocka_unit_test(pieces_may_end_anywhere),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(agrees_with_a_naive_count),
        cmocka_unit_test(is_told_in_each_form),
        cmocka_unit_test(hostile_names_stay_names),
        cmocka_unit_test(nothing_is_told_too),
        cmocka_unit_test(procedures_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
