/* How often an address may ask: a bucket of tokens each, in a table that does not grow. */
#ifndef NET_LISTEN_BUCKET_H
#define NET_LISTEN_BUCKET_H

#include <kunci/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct listen_buckets;

/* rate: tokens a second; burst: how many a bucket holds, at least one. */
KUNCI_MUST_USE enum kunci_rc listen_buckets_new(unsigned rate, unsigned burst,
                                                struct listen_buckets **out, struct kunci_err *err);
void listen_buckets_free(struct listen_buckets **buckets);

/* Takes a token of that address's bucket; false where there is none. An IPv6 address stands
 * for its /64, which one subscriber has whole. From any thread. */
bool listen_buckets_take(struct listen_buckets *buckets, const struct sockaddr *address,
                         int64_t now_ms);

#endif
