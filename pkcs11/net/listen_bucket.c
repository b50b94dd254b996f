#include "net/listen_bucket.h"

#include "base/error.h"

#include <netinet/in.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Where all of a row's places are taken, the fullest bucket goes: it says the least. */
enum { ROWS = 1024, PLACES = 8 };

struct bucket {
    uint64_t who; /* 0: nobody's */
    int64_t at_ms;
    uint64_t thousandths;
};

struct listen_buckets {
    pthread_mutex_t lock;
    uint64_t rate, burst; /* thousandths of a token: a millisecond, and in all */
    uint64_t salt;        /* nobody outside chooses whom he shares a row with */
    struct bucket buckets[ROWS][PLACES];
};

enum kunci_rc listen_buckets_new(unsigned rate, unsigned burst, struct listen_buckets **out,
                                 struct kunci_err *err)
{
    struct listen_buckets *buckets = calloc(1, sizeof *buckets);

    if (!buckets)
        return err_no_memory(err);
    if (RAND_bytes((unsigned char *)&buckets->salt, sizeof buckets->salt) != 1) {
        free(buckets);
        return err_openssl(err, "RAND_bytes");
    }
    pthread_mutex_init(&buckets->lock, NULL);
    buckets->rate = rate;
    buckets->burst = (uint64_t)(burst ? burst : 1) * 1000;
    *out = buckets;
    return KUNCI_OK;
}

void listen_buckets_free(struct listen_buckets **buckets)
{
    if (!*buckets)
        return;
    pthread_mutex_destroy(&(*buckets)->lock);
    free(*buckets);
    *buckets = NULL;
}

static uint64_t who(const struct sockaddr *address)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    uint64_t prefix = 0;
    uint32_t number = 0;

    if (address->sa_family == AF_INET)
        number = four->sin_addr.s_addr;
    else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        memcpy(&number, six->sin6_addr.s6_addr + 12, sizeof number);
    else if (address->sa_family == AF_INET6)
        memcpy(&prefix, &six->sin6_addr, sizeof prefix);
    else
        return 1;
    /* IPv4 stands where no IPv6 prefix does: ffff:ffff:... is given to nobody. */
    return prefix ? prefix : 0xffffffff00000000U | number;
}

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

static uint64_t full_now(const struct listen_buckets *buckets, const struct bucket *bucket,
                         int64_t now_ms)
{
    uint64_t since = now_ms > bucket->at_ms ? (uint64_t)(now_ms - bucket->at_ms) : 0;
    uint64_t missing = buckets->burst - bucket->thousandths;

    if (bucket->who == 0 || (buckets->rate && since >= missing / buckets->rate + 1))
        return buckets->burst;
    since *= buckets->rate;
    return bucket->thousandths + (since < missing ? since : missing);
}

static struct bucket *bucket_of(struct listen_buckets *buckets, uint64_t owner, int64_t now_ms)
{
    struct bucket *row = buckets->buckets[mixed(owner ^ buckets->salt) % ROWS], *fullest = row;
    size_t i;

    for (i = 0; i < PLACES; i++) {
        if (row[i].who == owner)
            return &row[i];
        if (full_now(buckets, &row[i], now_ms) > full_now(buckets, fullest, now_ms))
            fullest = &row[i];
    }
    *fullest = (struct bucket){owner, now_ms, buckets->burst};
    return fullest;
}

bool listen_buckets_take(struct listen_buckets *buckets, const struct sockaddr *address,
                         int64_t now_ms)
{
    struct bucket *bucket;
    bool has;

    pthread_mutex_lock(&buckets->lock);
    bucket = bucket_of(buckets, who(address), now_ms);
    bucket->thousandths = full_now(buckets, bucket, now_ms);
    bucket->at_ms = now_ms;
    has = bucket->thousandths >= 1000;
    if (has)
        bucket->thousandths -= 1000;
    pthread_mutex_unlock(&buckets->lock);
    return has;
}
