/* What was found of the signatures of a file, as an answer and for people. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/command.h"

/* NULL for lack of memory. */
json_t *report_json(const struct kunci_report *report);

/* Of a file that could not be judged; its detail is the error's sentence. NULL for lack of
 * memory. */
struct kunci_report *report_unjudged(const char *name, int64_t now, const struct kunci_err *why);

/* A line for the file, then each signature; all of it out of report_json(). */
void report_print(struct out *out, const json_t *report);

#endif
