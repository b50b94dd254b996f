/* The store's own trail, verified. */
#ifndef AUDIT_TRAIL_H
#define AUDIT_TRAIL_H

#include "audit/seal.h"

struct audit_report {
    int64_t rows, seals;
    int64_t sealed; /* the last row that a seal vouches for; 0: none */
    struct audit_head head;
};

/* Of one moment, while others go on writing; not within a transaction. KUNCI_AUDIT_BROKEN names the
 * first row that was changed, removed, moved or added; where everything from a row on was written
 * anew, the rows since the last seal that holds. */
KUNCI_MUST_USE enum kunci_rc audit_verify(struct store *store, const struct audit_sealers *sealers,
                                          struct audit_report *out, struct kunci_err *err);

/* The lines between two moments (0: any), the oldest first; of those the last so many (0: all). */
KUNCI_MUST_USE enum kunci_rc audit_list(struct store *store, int64_t since, int64_t until,
                                        size_t most, json_t **out, struct kunci_err *err);

/* The certificates by which the store's seals are believed: those that its authority gave
 * by the profile "audit". bytes is to be freed. */
KUNCI_MUST_USE enum kunci_rc audit_sealers_of(struct store *store, unsigned char **bytes,
                                              struct audit_sealers *out, struct kunci_err *err);

#endif
