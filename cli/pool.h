/* Certificates gathered, to look for issuers among them. */
#ifndef CLI_POOL_H
#define CLI_POOL_H

#include "cli/certs.h"

struct pool {
    struct certs_der *certs;
    size_t count;
};

/* Takes the bytes over. */
KUNCI_MUST_USE enum kunci_rc pool_add(struct pool *pool, struct certs_der der,
                                      struct kunci_err *err);

/* All in a file, PEM or DER, which must have one; or in the files of a folder. What else
 * is there is passed over. */
KUNCI_MUST_USE enum kunci_rc pool_add_path(struct pool *pool, const char *path,
                                           struct kunci_err *err);

/* All of them, one after the other, behind what stands there; *der is to be freed. */
KUNCI_MUST_USE enum kunci_rc pool_append(const struct pool *pool, unsigned char **der, size_t *len,
                                         struct kunci_err *err);
void pool_clear(struct pool *pool);

#endif
