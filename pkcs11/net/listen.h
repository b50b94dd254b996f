/* The server's listener: HTTP/1.1 on one address, with TLS or without. What is asked is
 * handed to the owner's handler, which answers at once or later, from any thread. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/buf.h"
#include "net/listen_tls.h"

#include <kunci/error.h>
#include <stdint.h>

struct listener;
struct exchange; /* one request and its answer */

/* All texts are the exchange's own and stay until it is answered. NULL: was not sent. */
struct listen_request {
    const char *method; /* "GET": as it came */
    const char *path;   /* begins with '/'; %-escapes undone; UTF-8 without control characters */
    const char *authorization, *accept, *accept_language, *content_type;
    const char *peer; /* "127.0.0.1", "::1" */
    bool tls;
    uint64_t length;  /* of the body, as announced */
    const char *body; /* ended by a NUL that is not counted; NULL while it has not come */
    size_t body_len;
};

/* The argument behind the '?' of that name, its escapes undone as those of a path ("" where
 * it has no value); NULL where there is none. One that is given twice is refused before. */
const char *listen_query(const struct exchange *exchange, const char *name);

/* ---- what is answered ---- */

enum { LISTEN_HEADERS = 6 };

struct listen_header {
    const char *name, *value;
};

struct listen_answer {
    unsigned status;
    const char *type;                             /* Content-Type; NULL: no body */
    struct listen_header headers[LISTEN_HEADERS]; /* as many as have a name */
    const void *bytes;                            /* copied */
    size_t len;
    struct buf *body;  /* or: taken over, and empty afterwards */
    int fd;            /* or: a file from its beginning, closed once it is sent; 0: none */
    const char *cache; /* Cache-Control; NULL: "no-store", as it is somebody's own */
};

/* Answers from any thread, once and for good: the exchange is gone to the caller from then
 * on, also where the client has left or the listener has stopped meanwhile. Where memory
 * runs out the client is told so (500), or cut off. */
void listen_answer(struct exchange *exchange, const struct listen_answer *answer);

/* An answer made once and given often (fd is not possible). It lives until the last answer
 * that is under way with it has ended, whenever it is dropped. */
struct listen_constant;
KUNCI_MUST_USE enum kunci_rc listen_constant_new(const struct listen_answer *answer,
                                                 struct listen_constant **out,
                                                 struct kunci_err *err);
void listen_constant_drop(struct listen_constant **constant);
void listen_answer_constant(struct exchange *exchange, const struct listen_constant *constant);

/* ---- who answers ---- */

/* Both are called in threads of HTTP, several at once: they do nothing that takes long. */
struct listen_handler {
    /* The head alone. Answers how large a body may be (a larger one is refused with 413), or
     * refuses with listen_answer() before the body is read: then what it returns is not
     * looked at. */
    size_t (*head)(void *context, struct exchange *exchange, const struct listen_request *request);
    /* The whole request. It has been answered when this returns, or it is later. */
    void (*whole)(void *context, struct exchange *exchange, const struct listen_request *request);
    void *context;
};

/* In head(): the request is a stranger's (there is no session). False where its address asks
 * too often: it has been answered then (429, Retry-After). */
KUNCI_MUST_USE bool listen_stranger(struct exchange *exchange);

/* A thing of the owner's that goes with the exchange from head() to whole(), for instance
 * what route it is. */
void listen_note(struct exchange *exchange, const void *note);
const void *listen_noted(const struct exchange *exchange);

/* ---- the listener ---- */

struct listen_limits {                /* 0: what stands here */
    unsigned threads;                 /* 2 */
    unsigned connections;             /* 2048 */
    unsigned connections_per_address; /* 256 */
    unsigned requests;                /* 1024 under way at once; more are refused with 503 */
    size_t bodies;                    /* 256 MiB of bodies held at once; likewise */
    unsigned patience_ms;             /* 30 s: for a head to come, and a connection to idle */
    unsigned slowest;                 /* 4096 bytes a second, beyond that, both ways */
    unsigned stranger_rate;           /* 50 requests a second from one address */
    unsigned stranger_burst;          /* 200 at once */
};

struct listen_options {
    const char *address;    /* "127.0.0.1:8443", "[::1]:8443"; port 0: any that is free */
    struct listen_tls *tls; /* borrowed; NULL: plain HTTP */
    struct listen_limits limits;
    struct listen_handler handler;
};

/* KUNCI_CONFIG_INVALID: the address is none; KUNCI_LISTEN_FAILED: it cannot be had. */
KUNCI_MUST_USE enum kunci_rc listen_start(const struct listen_options *options,
                                          struct listener **out, struct kunci_err *err);

/* "127.0.0.1:41233": with the port it really has. */
const char *listen_address(const struct listener *listener);

/* No more connections, and no more requests on those there are; what is under way may end
 * within that time, and what has not been answered by then is cut off without an answer.
 * Then all is freed, but for exchanges that are still out: those may be answered later,
 * to nobody. */
void listen_stop(struct listener **listener, unsigned grace_ms);

#endif
