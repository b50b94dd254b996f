/* Revocation lists, complete ones, written as files: of any length, in the same little
 * memory. A list is good for a week and is made anew each day, and after each change.
 *
 * In three steps, as only the first and the last write to the store:
 * crld_begin() in a transaction, crld_write() by any connection, crld_end() in another,
 * with crld_note(), its row of the audit trail. */
#ifndef AMS_CRLD_H
#define AMS_CRLD_H

#include "ams/ca.h"

enum crld_list { CRLD_ISSUING, CRLD_ROOT, CRLD_LISTS };

enum { CRLD_LIFE = 7 * 24 * 60 * 60, CRLD_EVERY = 24 * 60 * 60 }; /* seconds */

struct crld_turn {
    enum crld_list list;
    int64_t number; /* CRLNumber */
    int64_t now;    /* thisUpdate */
    int64_t before; /* that of the last list that was published; 0: none was */
};

/* Takes the next number. */
KUNCI_MUST_USE enum kunci_rc crld_begin(struct store *store, enum crld_list list, int64_t now,
                                        struct crld_turn *out, struct kunci_err *err);
/* Writes, signs and puts the list in the place of the one before, whole or not at all:
 * folder/issuing.crl or folder/root.crl, DER. Who has the old one open goes on reading it. */
KUNCI_MUST_USE enum kunci_rc crld_write(const struct ca *ca, struct store *store,
                                        const struct crld_turn *turn, const char *folder,
                                        struct kunci_err *err);
/* Notes that it was published: what was expired by then leaves the lists to come. */
KUNCI_MUST_USE enum kunci_rc crld_end(struct store *store, const struct crld_turn *turn,
                                      struct kunci_err *err);

KUNCI_MUST_USE enum kunci_rc crld_note(struct store *store, const struct crld_turn *turn,
                                       const char *node, struct kunci_err *err);

/* All three, in transactions of its own, the last with a row of the audit trail.
 * node: for that, NULL: "ams"; now 0: it is clock_system's. */
KUNCI_MUST_USE enum kunci_rc crld_make(const struct ca *ca, struct store *store,
                                       enum crld_list list, int64_t now, const char *folder,
                                       const char *node, struct kunci_err *err);

/* When the last one was published; 0: none was. A day later, or when the clock says less,
 * one is due; and at each start, as a change may not have got into one. */
KUNCI_MUST_USE enum kunci_rc crld_published(struct store *store, enum crld_list list, int64_t *at,
                                            struct kunci_err *err);

const char *crld_file(enum crld_list list); /* "issuing.crl" */

#endif
