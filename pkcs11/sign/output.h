/* A file that comes into being whole or not at all: it has no name, or one that nobody
 * asks for, until it is finished. */
#ifndef SIGN_OUTPUT_H
#define SIGN_OUTPUT_H

#include <kunci/sign.h>
#include <limits.h>
#include <stdint.h>

struct output {
    const char *path; /* NULL: it goes to given_fd at the end */
    int given_fd, fd;
    bool replace;
    char temporary[PATH_MAX]; /* "": it has no name */
};

/* The disk is not waited for: what a power cut takes is made again (resume.c). */
KUNCI_MUST_USE enum kunci_rc output_open(const struct kunci_sign_item *item, bool replace,
                                         struct output *out, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc output_put(struct output *out, uint64_t at, const void *bytes,
                                        size_t len, struct kunci_err *err);

/* Moves so many bytes within it, by way of a chunk of memory. */
KUNCI_MUST_USE enum kunci_rc output_move(struct output *out, uint64_t from, uint64_t to,
                                         uint64_t len, unsigned char *chunk, size_t chunk_len,
                                         struct kunci_err *err);

/* Its end is here, whatever was written behind. */
KUNCI_MUST_USE enum kunci_rc output_finish(struct output *out, uint64_t len, struct kunci_err *err);
/* Gives back what is left; nothing remains of what was not finished. */
void output_close(struct output *out);

/* Whether a file may be written there: KUNCI_FILE_EXISTS, or one that is none. */
KUNCI_MUST_USE enum kunci_rc output_look(const char *path, bool *exists, struct kunci_err *err);

#endif
