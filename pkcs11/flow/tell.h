/* How people are told of a step: what the table, the page and the drawing have in common. */
#ifndef FLOW_TELL_H
#define FLOW_TELL_H

#include "base/buf.h"
#include "flow/procedure.h"

#include <stdbool.h>
#include <stdint.h>

/* "0.3", "15" */
void tell_minutes(char to[32], int64_t seconds);
/* "26 May 2026"; anything else as it is. */
void tell_day(struct buf *to, const char *day);

/* The lane's title, or else the role's. */
const char *tell_actor(const struct kunci_sop *sop, enum role role);
const char *tell_deed(enum deed deed);
/* What an exit is called: its text, or the outcome, or its condition; "" for the only one. */
void tell_branch(struct buf *to, const struct step *step, const struct branch *branch);
const char *tell_reject(const struct step *step);
/* "4a", or the word for the end. */
void tell_target(struct buf *to, const struct kunci_sop *sop, int target);

/* The cells of a step in the table, a line for each thing. The ways out are added to what
 * is there. */
void tell_exits(struct buf *to, const struct kunci_sop *sop, const struct step *step);
void tell_needs(struct buf *to, const struct kunci_sop *sop, const struct step *step);
void tell_time(struct buf *to, const struct step *step);
void tell_remarks(struct buf *to, const struct step *step);
/* "Time to finish: 35 min (with a data change)", a line for each total. */
void tell_totals(struct buf *to, const struct kunci_sop *sop);

/* Whether the holder's token has its part in the step. */
bool tell_has_token(const struct step *step);

#endif
