/* The tables, and how an older store is brought forward. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

/* Each makes the next version out of the one before; the first, out of nothing. */
extern const char *const schema_steps[];
extern const size_t schema_step_count;

/* Brings the store to the version that the steps end with, in one transaction.
 * KUNCI_STORE_NEWER where it is beyond; a store that is only read has to be there. */
KUNCI_MUST_USE enum kunci_rc schema_bring(struct store *store, const char *const *steps,
                                          size_t count, struct kunci_err *err);

#endif
