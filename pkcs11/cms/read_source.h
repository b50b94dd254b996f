/* The bytes of a message as they come, out of PEM or DER, a piece at a time. */
#ifndef CMS_READ_SOURCE_H
#define CMS_READ_SOURCE_H

#include <kunci/error.h>
#include <openssl/bio.h>
#include <stdbool.h>
#include <stdint.h>

/* The first thing that went wrong sticks: from then on nothing more comes. */
struct source {
    BIO *bio;
    EVP_ENCODE_CTX *decoder; /* NULL: the bytes are no PEM */
    char name[32];           /* of the PEM block */
    unsigned char bytes[16384];
    size_t used, len;
    uint64_t at;       /* how many were taken */
    bool begun, ended; /* of the PEM block */
    enum kunci_rc rc;
    int errnum;
    const char *wrong; /* a sentence, translated */
};

/* Looks at what it is. The BIO stays the caller's. */
void source_open(struct source *source, BIO *bio);
void source_close(struct source *source);

/* At least one byte, at most `most`, that lie in the source until the next call;
 * 0: the end, or something is wrong. */
size_t source_next(struct source *source, size_t most, const unsigned char **out);
/* Exactly len bytes, else it is wrong. */
bool source_take(struct source *source, void *to, size_t len);
/* The next byte, which is not taken; -1: there is none. */
int source_peek(struct source *source);

/* The first cause wins; both answer false. */
bool source_refuse(struct source *source, const char *sentence);
bool source_fail(struct source *source, enum kunci_rc rc);

/* What all of it came to. */
KUNCI_MUST_USE enum kunci_rc source_result(const struct source *source, struct kunci_err *err);

#endif
