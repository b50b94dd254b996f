/* The settings from the inside: read from bytes, so that a fuzzer can. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <kunci/config.h>

/* name stands in errors. */
KUNCI_MUST_USE enum kunci_rc config_read(const char *name, const void *bytes, size_t len,
                                         struct kunci_config *out, struct kunci_err *err);

#endif
