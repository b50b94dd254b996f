/* The hashes of CMS signatures: SHA-2, and nothing weaker. */
#ifndef CMS_HASH_H
#define CMS_HASH_H

#include "base/element.h"

#include <kunci/sign.h>
#include <openssl/evp.h>

enum hash_id { HASH_SHA256, HASH_SHA384, HASH_SHA512, HASHES };

struct hash {
    const char *name;
    const EVP_MD *(*md)(void);
    const char *oid; /* DER */
    size_t oid_len, len;
};
extern const struct hash hashes[HASHES];

/* What content and attributes are hashed with where this algorithm signs. */
enum hash_id hash_of_alg(enum kunci_alg alg);

/* By an AlgorithmIdentifier; HASHES: none of them. */
enum hash_id hash_read(const struct element *algorithm);

#endif
