/* A folder of what was fetched, by the hash of what was asked for. Many processes may
 * use it at once; what is in it is believed no more than what comes over the network. */
#ifndef TRUST_CACHE_H
#define TRUST_CACHE_H

#include "base/buf.h"

/* The name of a file in it. */
enum { CACHE_NAME = 65 };

/* False where it is not there, or larger than that. */
bool cache_get(const char *folder, const char *name, size_t largest, struct buf *out);
/* Whole or not at all. What is there for longest goes where it gets too much. */
void cache_put(const char *folder, const char *name, const void *bytes, size_t len);

#endif
