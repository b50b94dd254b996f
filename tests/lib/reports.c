#include "lib/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char report_story[] = LINE(1000, "a", "started", "") LINE(
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

struct kunci_flow_report *report_of(const struct kunci_flow_report_options *options,
                                    const char *lines)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report;

    assert_int_equal(kunci_flow_report_new(options, &report, &err), KUNCI_OK);
    if (kunci_flow_report_add(report, "events", lines, strlen(lines), &err) != KUNCI_OK ||
        kunci_flow_report_end(report, "events", &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    assert_true(tally_sum(report));
    return report;
}
