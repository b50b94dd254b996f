/* The minutes of a case: those of the steps that it takes. */
#ifndef FLOW_SUM_H
#define FLOW_SUM_H

#include "flow/procedure.h"

enum sum_end {
    SUM_DONE,
    SUM_OPEN,       /* it leaves open which branch is taken, and they add up differently */
    SUM_CIRCLE,     /* it never comes to an end */
    SUM_NO_STEP,    /* it names a step that there is not, */
    SUM_NO_OUTCOME, /* or an outcome that the step does not have */
};

struct sum {
    enum sum_end end;
    int64_t seconds;  /* of the source's steps, where it is done */
    uint64_t passed;  /* a bit for each step that it takes, or may take */
    int step;         /* where it is not done for; -1: none */
    const char *word; /* that was named, where there is none such */
};

struct sum sum_case(const struct kunci_sop *sop, const struct total *total);

/* As the paper has them: "46.3". */
enum { SUM_MINUTES_SIZE = 32 };
const char *sum_minutes(int64_t seconds, char to[SUM_MINUTES_SIZE]);

#endif
