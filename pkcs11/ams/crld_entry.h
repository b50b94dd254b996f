/* What stands in a revocation list: its entries, and what is around them. */
#ifndef AMS_CRLD_ENTRY_H
#define AMS_CRLD_ENTRY_H

#include "ams/crld.h"
#include "base/buf.h"

struct crld_entry {
    const char *serial; /* hexadecimal */
    int64_t revoked_at, invalid_at;
    int reason;
};
/* False where the serial number is none. */
bool crld_add_entry(struct buf *to, const struct crld_entry *entry);

/* Of TBSCertList what stands before the entries and behind them. */
KUNCI_MUST_USE enum kunci_rc crld_add_head(struct buf *to, const struct ca *ca,
                                           const struct crld_turn *turn, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc crld_add_tail(struct buf *to, const struct ca *ca,
                                           const struct crld_turn *turn, struct kunci_err *err);

enum ca_part crld_issuer(enum crld_list list);

#endif
