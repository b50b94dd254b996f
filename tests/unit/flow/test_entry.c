#include "flow/entry.h"
#include "lib/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char name[] = "events.jsonl";

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
        {LINE("2026-02-21T08:00:00+7:00", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00+0700", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00+15:00", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00+07:60", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00+07:0x", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:0007:00", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00+07:00Z", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00", "a", "done", ""),
         "line 1: \"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00"},
        {LINE("2026-02-21T08:00:00z", "a", "done", ""),
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
    const size_t len = strlen(report_story);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report = report_of(&options, report_story);
    char *want, *got;
    size_t size, at;

    (void)state;
    assert_int_equal(kunci_flow_report_json(report, &want, &err), KUNCI_OK);
    kunci_flow_report_free(&report);
    for (size = 1; size <= len; size += size < 70 ? 1 : 211) {
        assert_int_equal(kunci_flow_report_new(&options, &report, &err), KUNCI_OK);
        for (at = 0; at < len; at += size)
            assert_int_equal(kunci_flow_report_add(report, name, report_story + at,
                                                   len - at < size ? len - at : size, &err),
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

/* Cut at each length and with each bit turned, lines are read or refused. */
static void survives_cuts_and_flips(void **state)
{
    static const char whole[] =
        "{\"at\":\"2026-11-21T08:00:00+07:00\",\"request\":\"r\",\"procedure\":\"p\","
        "\"event\":\"done\",\"step\":\"s\",\"used\":90}";
    char text[sizeof whole];
    size_t at, bit, read = 0;

    (void)state;
    for (at = 0; at < sizeof whole; at++)
        for (bit = 0; bit <= 8; bit++) {
            struct kunci_err err = KUNCI_ERR_INIT;
            struct kunci_flow_entry entry;
            struct entry_line line = {name, 1, text, bit < 8 ? sizeof whole - 1 : at};
            json_t *holder;

            memcpy(text, whole, sizeof whole);
            text[at] = (char)(bit < 8 ? text[at] ^ 1 << bit : text[at]);
            if (entry_read(&line, &holder, &entry, &err) == KUNCI_OK) {
                read++;
                json_decref(holder);
            } else {
                assert_int_equal(err.rc, KUNCI_FLOW_EVENTS_INVALID);
                assert_null(holder);
            }
        }
    assert_true(read > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_lines_are_told),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(lines_come_back),
        cmocka_unit_test(pieces_may_end_anywhere),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(survives_cuts_and_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
