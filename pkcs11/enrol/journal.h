/* The holder's journal: what the token did and what was sent, a line before each step and
 * one after it, on the disk before anything follows. One file a token and authority. */
#ifndef ENROL_JOURNAL_H
#define ENROL_JOURNAL_H

#include "enrol/record.h"

struct journal;

/* Whose it is. */
struct journal_of {
    const char *folder;         /* NULL: the person's own, $XDG_STATE_HOME/kunci */
    const char *serial, *label; /* of the token; or "" and the account */
    const char *url;            /* of the authority */
};

/* Nobody else writes it meanwhile: KUNCI_JOURNAL_BUSY where another does. */
KUNCI_MUST_USE enum kunci_rc journal_open(const struct journal_of *of, struct journal **out,
                                          struct kunci_err *err);
void journal_free(struct journal **journal);

const char *journal_path(const struct journal *journal);
/* The last flow, and what one before it left; they change with each line. */
const struct record *journal_now(const struct journal *journal);
const struct record *journal_spare(const struct journal *journal);
bool journal_is_open(const struct journal *journal); /* a flow is under way */

/* Each is on the disk when it answers. more, which is taken over, holds further members;
 * NULL: none. */
KUNCI_MUST_USE enum kunci_rc journal_start(struct journal *journal, const char *kind, json_t *more,
                                           struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc journal_begin(struct journal *journal, enum arrow arrow, json_t *more,
                                           struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc journal_done(struct journal *journal, enum arrow arrow, json_t *more,
                                          struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc journal_note(struct journal *journal, json_t *more,
                                          struct kunci_err *err);
/* how: the state that the request ended in. */
KUNCI_MUST_USE enum kunci_rc journal_close(struct journal *journal, const char *how,
                                           struct kunci_err *err);

#endif
