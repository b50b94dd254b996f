/* The bytes of a message as they come, out of PEM or DER, a piece at a time. */
#ifndef CMS_READ_STREAM_H
#define CMS_READ_STREAM_H

#include <kunci/error.h>
#include <openssl/bio.h>
#include <stdbool.h>
#include <stdint.h>

/* The first thing that went wrong sticks: from then on nothing more comes. */
struct stream {
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
void stream_open(struct stream *stream, BIO *bio);
void stream_close(struct stream *stream);

/* At least one byte, at most `most`, that lie in the stream until the next call;
 * 0: the end, or something is wrong. */
size_t stream_next(struct stream *stream, size_t most, const unsigned char **out);
/* Exactly len bytes, else it is wrong. */
bool stream_take(struct stream *stream, void *to, size_t len);
/* The next byte, which is not taken; -1: there is none. */
int stream_peek(struct stream *stream);

/* The first cause wins; both answer false. */
bool stream_refuse(struct stream *stream, const char *sentence);
bool stream_fail(struct stream *stream, enum kunci_rc rc);

/* What all of it came to. */
KUNCI_MUST_USE enum kunci_rc stream_result(const struct stream *stream, struct kunci_err *err);

#endif
