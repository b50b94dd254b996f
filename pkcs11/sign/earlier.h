/* A signature that is there already: others sign beside it, or it is found to be good. */
#ifndef SIGN_EARLIER_H
#define SIGN_EARLIER_H

#include "cms/signed_data.h"
#include "sign/signing.h"

struct earlier {
    const char *path;
    int fd;
    struct signed_data_frame frame;
    struct signed_data data;
};

/* Reads all but the content. KUNCI_JOIN_INVALID for anything but a whole signature. */
KUNCI_MUST_USE enum kunci_rc earlier_open(const char *path, struct earlier *out,
                                          struct kunci_err *err);
void earlier_close(struct earlier *earlier);

/* The hashes, bits, by which it knows its content. */
KUNCI_MUST_USE enum kunci_rc earlier_hashes(const struct earlier *earlier, unsigned *wanted,
                                            struct kunci_err *err);
/* That they are those in the workspace. */
KUNCI_MUST_USE enum kunci_rc earlier_check(const struct earlier *earlier,
                                           const struct workspace *work, struct kunci_err *err);

#endif
