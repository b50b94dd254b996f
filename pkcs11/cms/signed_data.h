/* SignedData (RFC 5652) around its content: what stands before it, and after. */
#ifndef CMS_SIGNED_DATA_H
#define CMS_SIGNED_DATA_H

#include "base/buf.h"

#include <kunci/error.h>
#include <stdbool.h>
#include <stdint.h>

/* The members of each set, one after the other, in any order. */
struct signed_data {
    unsigned char version;
    struct buf hashes, certs, crls, signers;
};
void signed_data_clear(struct signed_data *data);

/* What comes after the content. */
void signed_data_tail(struct buf *to, const struct signed_data *data);

/* What comes before it, up to its first byte; all lengths are in there. Where the content
 * is not within, tail follows at once. */
void signed_data_head(struct buf *to, const struct signed_data *data, bool attached,
                      uint64_t content_len, size_t tail_len);

/* ---- of others, to be added to ---- */

/* How far into a signature its head may reach. */
enum { SIGNED_DATA_HEAD_MAX = 4096 };

/* Where its parts stand in the file. */
struct signed_data_frame {
    bool attached;
    uint64_t content, content_len; /* the bytes themselves */
    uint64_t tail, end;
};

/* Reads the head from the first bytes of a signature (SIGNED_DATA_HEAD_MAX of them where
 * there are so many), then the tail, whole. Answer NULL, or what is wrong: a sentence's
 * part, translated. Both fill data, which is to be cleared in any case. */
const char *signed_data_read_head(const unsigned char *in, size_t len,
                                  struct signed_data_frame *frame, struct signed_data *data);
const char *signed_data_read_tail(const unsigned char *in, size_t len, struct signed_data *data);

#endif
