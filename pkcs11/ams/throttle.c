#include "ams/throttle.h"

#include "base/error.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    unsigned char name[16]; /* its hash under a salt of this process */
    unsigned failures;      /* 0: a free place */
    int64_t last_ms, until_ms;
};

/* A name has its place among a few; the one that failed longest ago makes room. */
enum { WAYS = 8, SETS = THROTTLE_NAMES / WAYS };
enum { MOST = 16 }; /* doublings */

struct throttle {
    pthread_mutex_t lock;
    const struct clock *clock;
    unsigned char salt[16];
    struct entry place[SETS][WAYS];
};

enum kunci_rc throttle_new(const struct clock *clock, struct throttle **out, struct kunci_err *err)
{
    struct throttle *throttle = calloc(1, sizeof *throttle);

    *out = throttle;
    if (!throttle)
        return err_no_memory(err);
    pthread_mutex_init(&throttle->lock, NULL);
    throttle->clock = clock;
    if (RAND_bytes(throttle->salt, sizeof throttle->salt) == 1)
        return KUNCI_OK;
    throttle_free(out);
    return err_openssl(err, "RAND_bytes");
}

void throttle_free(struct throttle **throttle)
{
    if (!*throttle)
        return;
    pthread_mutex_destroy(&(*throttle)->lock);
    free(*throttle);
    *throttle = NULL;
}

static void hash_name(const struct throttle *throttle, const char *kind, const char *name,
                      unsigned char out[16])
{
    unsigned char whole[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *hash = EVP_MD_CTX_new();

    /* Without memory all names fall together: slower for some, never open. */
    if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
        EVP_DigestUpdate(hash, throttle->salt, sizeof throttle->salt) == 1 &&
        EVP_DigestUpdate(hash, kind, strlen(kind) + 1) == 1 &&
        EVP_DigestUpdate(hash, name, strlen(name)) == 1)
        EVP_DigestFinal_ex(hash, whole, NULL);
    EVP_MD_CTX_free(hash);
    memcpy(out, whole, 16);
}

/* With the lock held: the name's entry, or the one that it may take. */
static struct entry *entry_of(struct throttle *throttle, const unsigned char name[16],
                              int64_t now_ms)
{
    struct entry *ways = throttle->place[(name[0] | (unsigned)name[1] << 8) % SETS], *room = ways;
    int i;

    for (i = 0; i < WAYS; i++) {
        if (ways[i].failures && now_ms - ways[i].last_ms >= (int64_t)THROTTLE_FORGET_S * 1000)
            ways[i] = (struct entry){.failures = 0};
        if (ways[i].failures && memcmp(ways[i].name, name, 16) == 0)
            return &ways[i];
        if (!ways[i].failures ? room->failures != 0
                              : room->failures && ways[i].last_ms < room->last_ms)
            room = &ways[i];
    }
    return room;
}

static bool is_name(const struct entry *entry, const unsigned char name[16])
{
    return entry->failures && memcmp(entry->name, name, 16) == 0;
}

int64_t throttle_wait(struct throttle *throttle, const char *kind, const char *name)
{
    int64_t now_ms = throttle->clock->steady_ms(throttle->clock->context), wait = 0;
    unsigned char hash[16];
    struct entry *entry;

    hash_name(throttle, kind, name, hash);
    pthread_mutex_lock(&throttle->lock);
    entry = entry_of(throttle, hash, now_ms);
    if (is_name(entry, hash) && entry->until_ms > now_ms)
        wait = (entry->until_ms - now_ms + 999) / 1000;
    pthread_mutex_unlock(&throttle->lock);
    return wait;
}

void throttle_failed(struct throttle *throttle, const char *kind, const char *name, unsigned free)
{
    int64_t now_ms = throttle->clock->steady_ms(throttle->clock->context), wait_s = 0;
    unsigned char hash[16];
    struct entry *entry;

    hash_name(throttle, kind, name, hash);
    pthread_mutex_lock(&throttle->lock);
    entry = entry_of(throttle, hash, now_ms);
    if (!is_name(entry, hash)) {
        *entry = (struct entry){.failures = 0};
        memcpy(entry->name, hash, 16);
    }
    if (entry->failures < free + MOST)
        entry->failures++;
    if (entry->failures >= free)
        wait_s = (int64_t)1 << (entry->failures - free);
    if (wait_s > THROTTLE_MAX_S)
        wait_s = THROTTLE_MAX_S;
    entry->last_ms = now_ms;
    entry->until_ms = now_ms + wait_s * 1000;
    pthread_mutex_unlock(&throttle->lock);
}

void throttle_went_well(struct throttle *throttle, const char *kind, const char *name)
{
    int64_t now_ms = throttle->clock->steady_ms(throttle->clock->context);
    unsigned char hash[16];
    struct entry *entry;

    hash_name(throttle, kind, name, hash);
    pthread_mutex_lock(&throttle->lock);
    entry = entry_of(throttle, hash, now_ms);
    if (is_name(entry, hash))
        *entry = (struct entry){.failures = 0};
    pthread_mutex_unlock(&throttle->lock);
}
