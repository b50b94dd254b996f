/* What the network answers, remembered: in memory for a while, in a folder where there
 * is one. For many threads at once; what several want is fetched once. */
#ifndef TRUST_SOURCE_H
#define TRUST_SOURCE_H

#include "base/buf.h"
#include "net/fetch.h"

#include <kunci/trust.h>

struct source;

/* Until when such an answer may be used again; 0: it is of no use. */
typedef int64_t source_until(const void *bytes, size_t len);

struct source_ask {
    struct fetch fetch; /* the timeout is the source's own; largest 0: that too */
    /* What tells this question from others to the same URL; NULL: nothing does. */
    const void *about;
    size_t about_len;
    source_until *until;
    bool anew; /* what is remembered was of no use */
};

KUNCI_MUST_USE enum kunci_rc source_new(const struct kunci_trust_options *options,
                                        struct source **out, struct kunci_err *err);
void source_free(struct source **source);

/* kept: the answer was remembered. */
KUNCI_MUST_USE enum kunci_rc source_get(struct source *source, const struct source_ask *ask,
                                        struct buf *out, bool *kept, struct kunci_err *err);

#endif
