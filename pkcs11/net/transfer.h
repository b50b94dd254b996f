/* What every use of libcurl has in common: nothing of the person's own takes part, and
 * there is a limit to all that comes. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include "base/buf.h"
#include "net/curl.h"

struct transfer {
    const struct curl *curl;
    CURL *handle;
    struct curl_slist *headers;
    struct buf *body;
    size_t largest, header_bytes;
    bool too_large, endless;  /* why a callback ended it */
    bool whole_head, chunked; /* what it answered */
};

/* Each answers false where memory ran out. The URL may be http: or https:. */
bool transfer_set(struct transfer *transfer, const char *url, unsigned timeout_ms);
/* An empty value: libcurl's own header of that name is left out. */
bool transfer_header(struct transfer *transfer, const char *name, const char *value);
/* After the last header. */
bool transfer_set_headers(const struct transfer *transfer);

/* An answer came whole, whatever its status; the body ends with a NUL. KUNCI_FETCH_FAILED,
 * KUNCI_FETCH_LATE, KUNCI_FETCH_TOO_LARGE else. */
KUNCI_MUST_USE enum kunci_rc transfer_perform(struct transfer *transfer, const char *url,
                                              struct kunci_err *err);

/* Its headers; wiped, as one may be a secret. */
void transfer_clear(struct transfer *transfer);

#endif
