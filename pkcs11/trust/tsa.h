/* Timestamps (RFC 3161): asked for of one authority after the other, and read. */
#ifndef TRUST_TSA_H
#define TRUST_TSA_H

#include "cms/digests.h"

#include <kunci/trust.h>

struct tsa_options {
    const char *const *urls; /* tried in this order, ended by NULL */
    const char *policy;      /* OID that is asked for; NULL: the authority's own choice */
    unsigned timeout_ms;     /* for each */
};

/* A timestamp over the bytes (hashed here, by SHA-256). The token is a CMS ContentInfo
 * whose nonce, imprint and signature were checked, its certificate within. To be freed.
 * KUNCI_TIMESTAMP_FAILED names the last one's trouble, in about all that were tried. */
KUNCI_MUST_USE enum kunci_rc tsa_stamp(const struct tsa_options *options, const void *bytes,
                                       size_t len, unsigned char **token, size_t *token_len,
                                       struct kunci_err *err);

/* What a token has to be over. */
struct tsa_over {
    const struct digests *content; /* that has passed by; NULL: the bytes */
    const void *bytes;
    size_t len;
};

/* Judges a token; the answer, not an error, says what is wrong with it.
 * time is set where the token could be read, path where its certificate was found. */
struct tsa_verdict {
    enum kunci_indication indication;
    enum kunci_reason reason;
    char detail[256];
    int64_t time;
    struct kunci_path *path; /* to be freed */
};
KUNCI_MUST_USE enum kunci_rc tsa_check(struct kunci_trust *trust, const unsigned char *token,
                                       size_t token_len, const struct tsa_over *over, int64_t now,
                                       struct tsa_verdict *out, struct kunci_err *err);

#endif
