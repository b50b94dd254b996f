/* Decisions that operators sign: a CMS message with a JSON object within, which says what
 * was decided about which request as it then stood. */
#ifndef AMS_DECISION_H
#define AMS_DECISION_H

#include "ams/said.h"

enum {
    DECISION_MAX = 65536, /* bytes, of the message */
    DECISION_MINUTES = 5  /* by which clocks may differ */
};

/* What the message has to say: the event that it came with, and who sent it. */
struct decision_wanted {
    const struct requests_actor *actor;
    const char *verdict, *outcome, *reason; /* outcome, reason NULL: none */
};

/* KUNCI_DECISION_INVALID says what does not hold. */
KUNCI_MUST_USE enum kunci_rc decision_check(const struct held *held,
                                            const struct decision_wanted *wanted,
                                            const struct buf *message, struct kunci_err *err);

/* The row of what was checked. */
KUNCI_MUST_USE enum kunci_rc decision_keep(const struct held *held, const char *step,
                                           const struct decision_wanted *wanted,
                                           const struct buf *message, struct kunci_err *err);

/* What is decided upon, as canonical JSON; to be freed. It changes with each decision. */
KUNCI_MUST_USE enum kunci_rc decision_content(const struct held *held, char **out,
                                              struct kunci_err *err);

#endif
