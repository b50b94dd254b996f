/* A file that is made under a name beside its own, and put in its place when it is whole. */
#ifndef STORE_BESIDE_H
#define STORE_BESIDE_H

#include <kunci/error.h>
#include <limits.h>

struct beside {
    char path[PATH_MAX];   /* "" where there is none */
    enum kunci_rc failure; /* what it is called */
};

/* An empty file for its owner alone. What fails is called so: KUNCI_STORE_FAILED. */
KUNCI_MUST_USE enum kunci_rc beside_make(struct beside *beside, const char *path,
                                         enum kunci_rc failure, struct kunci_err *err);
/* It is on the disk under its name then; KUNCI_FILE_EXISTS: another is there. */
KUNCI_MUST_USE enum kunci_rc beside_place(struct beside *beside, const char *path,
                                          struct kunci_err *err);
void beside_drop(struct beside *beside);

#endif
