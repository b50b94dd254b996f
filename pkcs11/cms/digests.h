/* The hashes of one content, all that its signatures need at once. */
#ifndef CMS_DIGESTS_H
#define CMS_DIGESTS_H

#include <kunci/error.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

enum { DIGEST_KINDS = 4 };

struct digests {
    EVP_MD_CTX *running[DIGEST_KINDS];
    unsigned char value[DIGEST_KINDS][EVP_MAX_MD_SIZE];
    bool done[DIGEST_KINDS];
    uint64_t len;            /* of the content */
    unsigned char first[16]; /* what it begins with */
};

/* The hash that is named, NULL where we take none of that name. sound is false for one
 * that proves nothing any more. */
const EVP_MD *digest_named(const X509_ALGOR *name, bool *sound);

/* Begins those of the names that we take. */
KUNCI_MUST_USE enum kunci_rc digests_begin(struct digests *digests, const X509_ALGORS *names,
                                           struct kunci_err *err);
/* Begins those that were taken of another content. */
KUNCI_MUST_USE enum kunci_rc digests_begin_like(struct digests *digests,
                                                const struct digests *other, struct kunci_err *err);
/* A ber_take: context is the digests. */
bool digests_take(void *context, const unsigned char *bytes, size_t len);
KUNCI_MUST_USE enum kunci_rc digests_end(struct digests *digests, struct kunci_err *err);

/* Whether both were of the same content. */
bool digests_are_equal(const struct digests *digests, const struct digests *other);

/* NULL: that hash was not begun, or not ended. */
const unsigned char *digests_value(const struct digests *digests, const EVP_MD *hash);
void digests_clear(struct digests *digests);

#endif
