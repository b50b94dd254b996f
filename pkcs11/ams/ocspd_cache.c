#include "ams/ocspd_cache.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    struct ocspd_key key;
    struct ocspd_answer *answer;
};

enum { FIRST_BUCKETS = 1024 };

struct ocspd_cache {
    pthread_rwlock_t lock;
    struct entry **buckets;
    size_t bucket_count, count; /* a power of two */
    uint64_t seed, age;
    struct ocspd_key unknown[OCSPD_UNKNOWN_MAX]; /* a ring; the oldest is forgotten */
    size_t unknown_next;
};

struct ocspd_key ocspd_key(enum ocspd_hash hash, const struct ocspd_serial *serial)
{
    struct ocspd_key key;

    memset(&key, 0, sizeof key);
    key.hash = (unsigned char)hash;
    key.serial = *serial;
    return key;
}

/* ---- answers, shared ---- */

static struct ocspd_answer *hold(struct ocspd_answer *answer)
{
    __atomic_add_fetch(&answer->owners, 1, __ATOMIC_RELAXED);
    return answer;
}

void ocspd_answer_free(struct ocspd_answer **answer)
{
    struct ocspd_answer *gone = *answer;

    *answer = NULL;
    if (!gone || __atomic_load_n(&gone->owners, __ATOMIC_RELAXED) == 0 ||
        __atomic_sub_fetch(&gone->owners, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free(gone->der);
    free(gone);
}

/* ---- the table ---- */

/* Serial numbers are as whoever asks wants them: the seed keeps him from filling one
 * bucket with them. */
static size_t place_of(const struct ocspd_cache *cache, const struct ocspd_key *key)
{
    const unsigned char *at = (const unsigned char *)key;
    uint64_t sum = cache->seed;
    size_t i;

    for (i = 0; i < sizeof *key; i++)
        sum = (sum ^ at[i]) * 0x100000001b3ULL;
    return (size_t)(sum ^ sum >> 29) & (cache->bucket_count - 1);
}

/* Where the entry hangs, or would. */
static struct entry **find(const struct ocspd_cache *cache, const struct ocspd_key *key)
{
    struct entry **at = &cache->buckets[place_of(cache, key)];

    while (*at && memcmp(&(*at)->key, key, sizeof *key) != 0)
        at = &(*at)->next;
    return at;
}

static void drop(struct ocspd_cache *cache, struct entry **at)
{
    struct entry *gone = *at;

    *at = gone->next;
    ocspd_answer_free(&gone->answer);
    free(gone);
    cache->count--;
}

/* Without memory it stays as it is, which is slower and right. */
static void grow(struct ocspd_cache *cache)
{
    size_t old_count = cache->bucket_count, i;
    struct entry **old = cache->buckets, **more = calloc(2 * old_count, sizeof *more), *entry;

    if (!more)
        return;
    cache->buckets = more;
    cache->bucket_count = 2 * old_count;
    for (i = 0; i < old_count; i++)
        while ((entry = old[i])) {
            struct entry **to = &more[place_of(cache, &entry->key)];

            old[i] = entry->next;
            entry->next = *to;
            *to = entry;
        }
    free(old);
}

struct ocspd_cache *ocspd_cache_new(void)
{
    struct ocspd_cache *cache = calloc(1, sizeof *cache);

    if (!cache)
        return NULL;
    cache->bucket_count = FIRST_BUCKETS;
    cache->buckets = calloc(cache->bucket_count, sizeof *cache->buckets);
    if (!cache->buckets || RAND_bytes((unsigned char *)&cache->seed, sizeof cache->seed) != 1 ||
        pthread_rwlock_init(&cache->lock, NULL) != 0) {
        free(cache->buckets);
        free(cache);
        return NULL;
    }
    return cache;
}

void ocspd_cache_free(struct ocspd_cache **cache)
{
    size_t i;

    if (!*cache)
        return;
    for (i = 0; i < (*cache)->bucket_count; i++)
        while ((*cache)->buckets[i])
            drop(*cache, &(*cache)->buckets[i]);
    pthread_rwlock_destroy(&(*cache)->lock);
    free((*cache)->buckets);
    free(*cache);
    *cache = NULL;
}

struct ocspd_answer *ocspd_cache_find(struct ocspd_cache *cache, const struct ocspd_key *key)
{
    struct entry *entry;
    struct ocspd_answer *answer;

    pthread_rwlock_rdlock(&cache->lock);
    entry = *find(cache, key);
    answer = entry ? hold(entry->answer) : NULL;
    pthread_rwlock_unlock(&cache->lock);
    return answer;
}

uint64_t ocspd_cache_age(struct ocspd_cache *cache)
{
    uint64_t age;

    pthread_rwlock_rdlock(&cache->lock);
    age = cache->age;
    pthread_rwlock_unlock(&cache->lock);
    return age;
}

/* Makes room for one more that is not known. A key that was changed meanwhile to one that
 * is known may be forgotten by that: it is signed again. */
static void note_unknown(struct ocspd_cache *cache, const struct ocspd_key *key)
{
    struct ocspd_key *place = &cache->unknown[cache->unknown_next++ % OCSPD_UNKNOWN_MAX];
    struct entry **oldest;

    if (place->serial.len > 0 && *(oldest = find(cache, place)))
        drop(cache, oldest);
    *place = *key;
}

static bool add(struct ocspd_cache *cache, const struct ocspd_key *key, struct ocspd_answer *answer,
                bool unknown)
{
    struct entry *entry = calloc(1, sizeof *entry), **at;

    if (!entry)
        return false;
    if (unknown)
        note_unknown(cache, key);
    if (cache->count > cache->bucket_count)
        grow(cache);
    at = find(cache, key);
    entry->key = *key;
    entry->answer = hold(answer);
    entry->next = *at;
    *at = entry;
    cache->count++;
    return true;
}

bool ocspd_cache_put(struct ocspd_cache *cache, const struct ocspd_key *key,
                     struct ocspd_answer *answer, bool unknown, uint64_t age)
{
    struct entry *entry;
    bool done = true;

    pthread_rwlock_wrlock(&cache->lock);
    if (cache->age == age) {
        if ((entry = *find(cache, key))) {
            ocspd_answer_free(&entry->answer);
            entry->answer = hold(answer);
        } else {
            done = add(cache, key, answer, unknown);
        }
    }
    pthread_rwlock_unlock(&cache->lock);
    return done;
}

void ocspd_cache_change(struct ocspd_cache *cache, const struct ocspd_serial *serial,
                        bool kept[OCSPD_HASHES])
{
    struct ocspd_key key;
    struct entry **at;
    size_t i;

    pthread_rwlock_wrlock(&cache->lock);
    cache->age++;
    for (i = 0; i < OCSPD_HASHES; i++) {
        key = ocspd_key((enum ocspd_hash)i, serial);
        at = find(cache, &key);
        if ((kept[i] = *at != NULL))
            drop(cache, at);
    }
    pthread_rwlock_unlock(&cache->lock);
}

void ocspd_cache_sweep(struct ocspd_cache *cache, int64_t now)
{
    struct entry **at;
    size_t i;

    pthread_rwlock_wrlock(&cache->lock);
    for (i = 0; i < cache->bucket_count; i++)
        for (at = &cache->buckets[i]; *at;)
            if ((*at)->answer->next_update < now)
                drop(cache, at);
            else
                at = &(*at)->next;
    pthread_rwlock_unlock(&cache->lock);
}
