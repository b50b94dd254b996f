/* A report in each of its forms. */
#include "lib/procedures.h"
#include "lib/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    struct kunci_flow_report *report = report_of(&options, report_story);
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
              "    Its steps together     22.5      2    21.3  30.7   30.7\n"
              "    From start to end         -      2    21.3  30.7   30.7\n\n"
              "Why requests were rejected:\n"
              "1  KTP tidak terbaca\n\n"
              "Overdue now:\n"
              "Request  Step  Waits for  Person  Of            Planned  Used\n"
              "c        isi   Applicant  -       contoh/dinas        5   8.3\n");
    holds(csv, "row,procedure,version,step,planned_seconds,count,");
    holds(csv, "\r\n\"step\",\"baru\",,\"isi\",300,3,240,600,600,0,0,0,1,1,,,,,,\r\n");
    holds(csv, "\r\n\"total\",\"baru\",,,1350,2,1280,1840,1840,1,0,0,1,1,,,,,,\r\n");
    holds(csv, "\r\n\"reason\",\"baru\",,,,1,,,,,,,,,\"KTP tidak terbaca\",,,,,\r\n");
    holds(csv, "\r\n\"overdue\",\"baru\",,\"isi\",300,,,,,,,,,,,\"c\",\"pemohon\",,"
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
    holds(csv, ",\"'=HYPERLINK(\"\"x\"\")\",\"'-1?[2J\",,\"'+x????\"");
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
        cmocka_unit_test(is_told_in_each_form),
        cmocka_unit_test(hostile_names_stay_names),
        cmocka_unit_test(nothing_is_told_too),
        cmocka_unit_test(procedures_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
