/* What the authority knows of itself, by name: its certificates, labels, numbers. */
#ifndef AMS_META_H
#define AMS_META_H

#include "store/store.h"

/* What is not there is NULL, or 0. Each to be freed. */
KUNCI_MUST_USE enum kunci_rc meta_text(struct store *store, const char *name, char **out,
                                       struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc meta_bytes(struct store *store, const char *name, unsigned char **out,
                                        size_t *len, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc meta_number(struct store *store, const char *name, int64_t *out,
                                         struct kunci_err *err);

/* Within the caller's transaction; what stood there is replaced. */
KUNCI_MUST_USE enum kunci_rc meta_put(struct store *store, const char *name,
                                      struct store_value value, struct kunci_err *err);

#endif
