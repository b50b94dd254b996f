/* What the forms of a report share. */
#ifndef FLOW_TALLY_SHOW_H
#define FLOW_TALLY_SHOW_H

#include "flow/tally.h"

enum { MINUTES_SIZE = 32 };

/* Seconds as minutes, to a tenth: "15", "0.3" */
const char *show_minutes(char to[MINUTES_SIZE], int64_t seconds);
/* The same, "-" where there is nothing to tell. */
const char *show_minutes_if(char to[MINUTES_SIZE], int64_t seconds, bool known);

/* "4", "4a"; "" where no procedure tells. */
void show_number(const struct tally_step *step, char to[16]);
/* What is done there, in the language in force; its name where no procedure tells. */
const char *show_step(const struct tally_step *step);
/* "Renewal of electronic certificates (kapuas-2026, version 2026-05-26)" */
void show_title(const struct tally_procedure *procedure, char *to, size_t size);
/* How many were started, closed, ... as a sentence. */
void show_counts(const struct tally_procedure *procedure, char *to, size_t size);
/* The title of a role, or its name. */
const char *show_role(const char *role);
/* A rejection's reason. */
const char *show_reason(const struct tally_reason *reason);

/* "2026-11-21 02:37 UTC" */
const char *show_moment(char to[MINUTES_SIZE], int64_t at);
/* From when until when, as a sentence; "" where there is no limit. */
void show_period(const struct kunci_flow_report *report, char *to, size_t size);

#endif
