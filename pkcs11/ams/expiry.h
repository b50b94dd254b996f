/* Holders are told, once for each certificate, that it can be renewed from now on. */
#ifndef AMS_EXPIRY_H
#define AMS_EXPIRY_H

#include "store/store.h"

#include <kunci/config.h>

/* Within the caller's transaction. At most so many; done: how many there were. */
KUNCI_MUST_USE enum kunci_rc expiry_tell(struct store *store,
                                         const struct kunci_config_ams *settings, int64_t now,
                                         size_t most, size_t *done, struct kunci_err *err);

#endif
