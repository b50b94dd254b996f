/* Events in lines, in two pieces. What is read can be told in every form, and where the
 * first piece ends makes no difference. */
#include "flow/tally.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

/* NULL where the events are broken. */
static struct kunci_flow_report *read_in_two(const uint8_t *data, size_t size, size_t cut)
{
    const struct kunci_flow_report_options options = {.now = 2500, .since = 5, .until = 3000};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_report *report;
    enum kunci_rc rc;

    must(kunci_flow_report_new(&options, &report, &err) == KUNCI_OK);
    if ((rc = kunci_flow_report_add(report, "f", data, cut, &err)) == KUNCI_OK &&
        (rc = kunci_flow_report_add(report, "f", data + cut, size - cut, &err)) == KUNCI_OK)
        rc = kunci_flow_report_end(report, "f", &err);
    must(rc == KUNCI_OK || rc == KUNCI_FLOW_EVENTS_INVALID);
    if (rc != KUNCI_OK)
        kunci_flow_report_free(&report);
    return report;
}

static char *tell(struct kunci_flow_report *report,
                  enum kunci_rc (*form)(struct kunci_flow_report *, char **, struct kunci_err *))
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *out;

    must(form(report, &out, &err) == KUNCI_OK);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_flow_report *whole = read_in_two(data, size, size);
    struct kunci_flow_report *pieces = read_in_two(data, size, size / 2);
    char *json, *again, *page;

    must(!whole == !pieces);
    if (!whole)
        return 0;
    json = tell(whole, kunci_flow_report_json);
    again = tell(pieces, kunci_flow_report_json);
    must(strcmp(json, again) == 0);
    free(json);
    free(again);
    page = tell(whole, kunci_flow_report_html);
    must(!strstr(page, "<script"));
    free(page);
    free(tell(whole, kunci_flow_report_text));
    free(tell(whole, kunci_flow_report_csv));
    kunci_flow_report_free(&whole);
    kunci_flow_report_free(&pieces);
    return 0;
}
