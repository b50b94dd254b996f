/* What is signed: read once, from its start to its end, and hashed on the way. */
#ifndef SIGN_CONTENT_H
#define SIGN_CONTENT_H

#include "cms/hash.h"
#include "sign/output.h"

#include <sys/stat.h>

enum { CHUNK = 65536 };

/* What one thread works with, file after file. */
struct workspace {
    EVP_MD_CTX *context[HASHES];
    unsigned char digest[HASHES][EVP_MAX_MD_SIZE];
    unsigned char chunk[CHUNK];
};
struct workspace *workspace_new(struct kunci_err *err);
void workspace_free(struct workspace **work);

struct content {
    const char *name;
    int fd;
    bool own;
    struct stat at_start;
    uint64_t expected, len; /* what it should have, where a file tells, and what it had */
};
KUNCI_MUST_USE enum kunci_rc content_open(const struct kunci_sign_item *item, struct content *out,
                                          struct kunci_err *err);
void content_close(struct content *content);

/* Leaves the digests of those hashes, bits, in the workspace, and a copy in the output
 * from there on; copy may be NULL. A file that changes meanwhile is KUNCI_FILE_CHANGED. */
KUNCI_MUST_USE enum kunci_rc content_hash(struct content *content, unsigned wanted,
                                          struct workspace *work, struct output *copy, uint64_t at,
                                          struct kunci_err *err);

/* All of it in memory; more than limit is KUNCI_SIGN_ONE_PIECE. To be freed. */
KUNCI_MUST_USE enum kunci_rc content_read(struct content *content, size_t limit,
                                          unsigned char **out, struct kunci_err *err);

/* The digest of a stretch of a file that is open; false where it ends early. */
KUNCI_MUST_USE enum kunci_rc content_hash_part(int fd, uint64_t from, uint64_t len,
                                               enum hash_id hash, struct workspace *work,
                                               unsigned char *digest, bool *whole,
                                               struct kunci_err *err);

#endif
