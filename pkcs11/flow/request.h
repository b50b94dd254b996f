/* A request under way by a procedure. */
#ifndef FLOW_REQUEST_H
#define FLOW_REQUEST_H

#include "flow/procedure.h"

enum { DATA_SETS = 3, VALUE_MAX = 400 };

/* Who did a step in this round, and in whose place. */
struct doer {
    char *person, *of;
};

/* Which of a step's notices have been given. */
enum { GIVEN_REMINDER = 1, GIVEN_OVERDUE = 2, GIVEN_ESCALATION = 4 };

/* How long a step has waited on its actor. */
struct step_clock {
    int64_t used;  /* until since */
    int64_t since; /* while it runs */
    bool paused;
    unsigned given;
};

struct kunci_request {
    const struct kunci_sop *sop;
    char *id, *applicant, *institution, *reason;
    char **domains;
    bool called;
    enum state state;
    int step; /* STEP_END: it is over */
    struct step_clock clock;
    int64_t began, touched;
    uint32_t deeds;     /* a bit for each that is done */
    uint32_t documents; /* a bit for each that is there */
    char *data[DATA_SETS][FIELDS];
    struct doer doers[STEPS_MAX];
    bool calling;        /* what the step called is under way */
    char *chosen;        /* the outcome that its actor said before that; NULL: none */
    enum role waits_for; /* while paused: whose answer is missing */
};

const struct step *request_step(const struct kunci_request *request);

/* Whether somebody has decided, in this round, upon what stands in it, or it has had its
 * effect: then that stays as it is. */
bool request_is_settled(const struct kunci_request *request);

/* Sets *to to a copy of text, which may be NULL; false for lack of memory. */
KUNCI_MUST_USE bool text_keep(char **to, const char *text);

/* Seconds of working time between two moments. */
int64_t hours_between(const struct hours *hours, int64_t from, int64_t to);

/* When time alone next brings something to it; 0: never, while nothing else happens. */
int64_t request_due(const struct kunci_request *request, int64_t now);

void step_clock_start(struct step_clock *clock, int64_t now);
void step_clock_pause(struct step_clock *clock, const struct hours *hours, int64_t now);
void step_clock_resume(struct step_clock *clock, int64_t now);
int64_t step_clock_used(const struct step_clock *clock, const struct hours *hours, int64_t now);

#endif
