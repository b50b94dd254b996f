/* One answer over HTTP: libcurl, loaded at its first use, under limits. */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include "base/buf.h"

#include <kunci/error.h>

struct fetch {
    const char *url;  /* http: or https:, nothing else */
    const char *type; /* Content-Type of the body; NULL: GET */
    const void *body; /* POSTed */
    size_t body_len;
    const char *accept; /* the media type that the answer must have; NULL: any */
    unsigned timeout_ms;
    size_t largest;
};

/* The body of an answer 200. KUNCI_FETCH_FAILED (its detail a sentence), and
 * KUNCI_FETCH_LATE, KUNCI_FETCH_TOO_LARGE where it was that. Redirections are followed
 * a few times, to http: and https: alone. */
KUNCI_MUST_USE enum kunci_rc fetch_get(const struct fetch *fetch, struct buf *out,
                                       struct kunci_err *err);

#endif
