/* What the events of requests add up to: steps' minutes against the planned ones, and
 * where requests stand. Kept of it all: a few numbers and a name for each request, and
 * the time that each step took, as an exact median needs all of them. */
#ifndef FLOW_TALLY_H
#define FLOW_TALLY_H

#include "base/buf.h"
#include "flow/entry.h"
#include "flow/names.h"
#include "flow/procedure.h"

/* In seconds; those that are asked for once all are there. */
struct times {
    int64_t *items;
    size_t count;
    int64_t median, ninetieth, worst;
};

struct tally_step {
    const char *name;
    const struct step *known; /* NULL: no procedure that was handed in has it */
    int64_t planned;          /* seconds; 0: none stated */
    struct times used;
    size_t rejected, withdrawn, timed_out, open, overdue;
};

struct tally_reason {
    const char *text;
    size_t count;
};

struct tally_procedure {
    const char *name, *version; /* version "": none stated */
    const struct kunci_sop *known;
    struct names step_names, reason_names;
    struct tally_step *steps, **shown; /* shown: in the procedure's order */
    size_t step_count;
    struct tally_reason *reasons, **shown_reasons; /* shown: the most frequent first */
    size_t reason_count;
    size_t started, closed, rejected, withdrawn, timed_out, open, overdue;
    struct times planned, used, elapsed; /* of each request that was closed */
};

struct tally_request {
    const char *id, *institution, *applicant; /* NULL: not known */
    const char *desk;                         /* the role it waits for */
    size_t procedure;
    int64_t began;
    int64_t used_before, planned_before; /* in the steps behind it */
    size_t step;                         /* NO_STEP: at none */
    int64_t planned, used, since;        /* of the step; used until since */
    bool paused, over;
};
#define NO_STEP SIZE_MAX

struct tally_overdue {
    const char *request, *procedure, *version, *step;
    const char *institution, *desk, *person; /* NULL: not known */
    int64_t planned, used;
};

struct kunci_flow_report {
    struct kunci_flow_report_options options;
    struct buf rest; /* of a line whose end has not come yet */
    size_t line;
    struct names procedure_names, request_names, texts;
    struct tally_procedure *procedures, **shown; /* shown: by name */
    size_t procedure_count;
    struct tally_request *requests;
    size_t request_count;
    struct tally_overdue *overdue; /* the latest first */
    size_t overdue_count;
};

/* false for lack of memory. */
KUNCI_MUST_USE bool tally_count(struct kunci_flow_report *report,
                                const struct kunci_flow_entry *entry);
/* The seconds that the request's step has taken by then. */
int64_t tally_used(const struct kunci_flow_report *report, const struct tally_request *request,
                   int64_t now);
/* The moment at which requests are looked at: now, or earlier where the report ends there. */
int64_t tally_now(const struct kunci_flow_report *report);
/* Medians, what is overdue, and the order in which it is shown. More may be counted later. */
KUNCI_MUST_USE bool tally_sum(struct kunci_flow_report *report);

#endif
