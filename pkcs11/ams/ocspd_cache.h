/* Answers of OCSP kept in memory, by certificate and hash. Many threads look while one
 * writes. */
#ifndef AMS_OCSPD_CACHE_H
#define AMS_OCSPD_CACHE_H

#include "ams/ocspd_request.h"

struct ocspd_cache;

struct ocspd_key {
    unsigned char hash; /* enum ocspd_hash */
    struct ocspd_serial serial;
};
struct ocspd_key ocspd_key(enum ocspd_hash hash, const struct ocspd_serial *serial);

struct ocspd_cache *ocspd_cache_new(void); /* NULL: there is no memory */
void ocspd_cache_free(struct ocspd_cache **cache);

/* What is kept, held once more for the caller; NULL: nothing is. */
struct ocspd_answer *ocspd_cache_find(struct ocspd_cache *cache, const struct ocspd_key *key);

/* How often a status was changed up to now. */
uint64_t ocspd_cache_age(struct ocspd_cache *cache);

/* Keeps the answer, held once more, in the place of what was kept, unless a status was
 * changed since `age`: the answer could say what was so before. Of certificates that are
 * not known only so many are kept. False: there is no memory. */
KUNCI_MUST_USE bool ocspd_cache_put(struct ocspd_cache *cache, const struct ocspd_key *key,
                                    struct ocspd_answer *answer, bool unknown, uint64_t age);

/* A status was changed: drops what is kept of it, by each hash; kept: by which. */
void ocspd_cache_change(struct ocspd_cache *cache, const struct ocspd_serial *serial,
                        bool kept[OCSPD_HASHES]);

/* Drops what ended before that time. */
void ocspd_cache_sweep(struct ocspd_cache *cache, int64_t now);

#endif
