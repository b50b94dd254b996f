/* A procedure (SOP): what an agency has written, as data. Read from a YAML file by
 * procedure_read.c; docs/procedures.md tells what may stand there. */
#ifndef FLOW_PROCEDURE_H
#define FLOW_PROCEDURE_H

#include "flow/words.h"

#include <kunci/flow.h>

/* A sentence in both languages; en is NULL where the file has only one. */
struct words {
    char *id, *en;
};
/* In the language in force; "" where there is none. */
const char *words_shown(const struct words *words);

struct words_list {
    struct words *items;
    unsigned count;
};

/* A set of steps is a bit for each. */
enum { STEPS_MAX = 64, BRANCHES_MAX = 8, DEEDS_MAX = 8, DOCUMENTS_MAX = 32 };
enum { STEP_END = -1 }; /* where the procedure is over */

/* For each fact a bit for each value that fits; 0: any does. */
struct condition {
    uint32_t values[FACTS];
};

struct branch {
    char *outcome; /* what its actor says; NULL: the facts alone decide */
    struct words text;
    struct condition when;
    char *to; /* the name of a step, or "end" */
    int target;
};

struct notice {
    enum role to;
    char *message; /* the name of its text */
};

struct step {
    char *name;
    unsigned number; /* as printed; an added step has that of the source's before it, */
    char letter;     /* and 'a', 'b', ... behind it; else '\0' */
    enum role actor;
    enum act act;
    bool added; /* by the engine: the source has no such step */
    struct words text, output, remarks;
    struct words_list needs;
    uint32_t documents; /* a bit for each of the procedure's that have to be there */
    uint32_t fields;    /* a bit for each enum field, the same */
    uint32_t rules;     /* a bit for each enum rule that the fields have to pass */
    int64_t seconds;    /* the service standard; 0: none */
    enum deed deeds[DEEDS_MAX];
    unsigned deed_count;
    char *calls;             /* the procedure that runs within this step; NULL: none */
    int call_reason;         /* that it gets, a place among the reasons; -1: none */
    struct branch *branches; /* at least one; the first that fits is taken */
    unsigned branch_count;
    bool rejects; /* the file tells of a rejection, and perhaps where it goes */
    bool reject_added;
    struct words reject_text;
    char *reject_to;
    int reject_target;
    struct notice *notices; /* sent when the step is done */
    unsigned notice_count;
    char **other_than;
    uint64_t not_by; /* a bit for each step whose actor may not do this one too */
};

/* What a total calls the rejection by a step, beside the outcomes of its branches. */
#define OUTCOME_REJECT "reject"

/* A case whose minutes the paper states: which outcomes it takes. */
struct total {
    struct words text;
    int64_t seconds;
    struct total_outcome {
        char *step, *outcome;
    } * outcomes;
    unsigned outcome_count;
};

struct lane {
    enum role role;
    struct words title; /* empty: the role's */
};

struct revision {
    char *date;
    struct words text, by;
};

struct header {
    char *number, *made, *revised, *effective; /* dates as "2026-05-26"; NULL: none */
    struct words agency, unit, approved_by;
    struct words_list legal_basis, qualifications, equipment, related, warnings, records;
    struct revision *revisions;
    unsigned revision_count;
};

struct document {
    char *name;
    struct words title;
};

/* The agency's service times beyond a step's minutes. */
struct service {
    int64_t remind_at, escalate_at; /* in percent of the step's time; 0: never */
    enum role escalate_to;
    int64_t expires_days; /* without an event; 0: never */
};

/* When clocks run; all the time where days is 0. */
struct hours {
    int64_t utc_offset; /* seconds */
    unsigned days;      /* a bit for each day, Monday first */
    int64_t from, to;   /* seconds after midnight */
    int64_t *holidays;  /* days since 1970 */
    unsigned holiday_count;
};

struct kunci_sop {
    unsigned holders; /* the requests that run by it, and who read it */
    char *name, *version;
    enum sop_kind kind;
    struct words title, source; /* source: whose procedure it is, after what */
    struct header header;
    struct lane *lanes;
    unsigned lane_count;
    struct document *documents; /* those of document_kinds first, then its own */
    unsigned document_count;
    struct service service;
    struct hours hours;
    struct total *totals;
    unsigned total_count;
    struct step *steps;
    unsigned step_count;
    char *return_to; /* where a rejected request is handed in again; NULL: nowhere */
    int return_target;
};

/* The place of a step; -1 where it has none of that name. */
int procedure_step(const struct kunci_sop *sop, const char *name);
/* The same of a document. */
int document_place(const struct kunci_sop *sop, const char *name);
/* "4", "4a" */
void step_number(const struct step *step, char to[16]);
/* Where a rejection by that step goes: STEP_END where the request is over with it. */
int step_reject_target(const struct kunci_sop *sop, const struct step *step);

#endif
