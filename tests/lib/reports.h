/* Events in lines, and the report they make. */
#ifndef LIB_REPORTS_H
#define LIB_REPORTS_H

#include "flow/tally.h"

#include <kunci.h>

#define LINE(at, request, event, more)                                                             \
    "{\"at\":" #at ",\"request\":\"" request "\",\"procedure\":\"baru\",\"event\":\"" event        \
    "\"" more "}\n"

/* Three requests: a goes through, b is rejected once and then goes through, c waits. */
extern const char report_story[];

/* Added up; the test ends where the lines are broken. */
struct kunci_flow_report *report_of(const struct kunci_flow_report_options *options,
                                    const char *lines);

#endif
