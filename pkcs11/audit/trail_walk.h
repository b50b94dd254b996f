/* The trail walked through, row by row: each row has to be what the next says came before
 * it, and each seal has to hold. Where one does not, the first row at fault is named. */
#ifndef AUDIT_TRAIL_WALK_H
#define AUDIT_TRAIL_WALK_H

#include "audit/line.h"
#include "audit/seal.h"

struct audit_row {
    bool there;    /* else none is */
    int64_t place; /* where it stands */
    unsigned char hash[AUDIT_HASH];
    char hex[AUDIT_HEX];
    struct audit_line line;
    const char *wrong; /* of itself */
};

struct audit_walk {
    const struct audit_sealers *sealers;
    struct audit_row before, row; /* the last that holds; the one that waits for the next */
    int64_t rows, seals, sealed;  /* sealed: the last row that a seal vouches for */
};

/* The next row. kept: the hash that was kept beside the line; NULL: none was.
 * KUNCI_AUDIT_BROKEN names a row before, or this. */
KUNCI_MUST_USE enum kunci_rc audit_walk_take(struct audit_walk *walk, int64_t place,
                                             const char *line, size_t len,
                                             const unsigned char *kept, struct kunci_err *err);
/* The trail ends here, as the head says. */
KUNCI_MUST_USE enum kunci_rc audit_walk_end(struct audit_walk *walk, const struct audit_head *head,
                                            struct kunci_err *err);
void audit_walk_clear(struct audit_walk *walk);

#endif
