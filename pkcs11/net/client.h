/* The client of one authority: requests over HTTPS on one connection that is kept, the
 * server known by one CA file alone, at the time of clock_system. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/buf.h"

#include <kunci/error.h>
#include <kunci/secret.h>

struct client;

struct client_options {
    const char *url;     /* "https://ams.example:8443"; a path in it stands before each other */
    const char *ca_file; /* PEM: whom the server's certificate has to lead to */
    unsigned connect_ms; /* 0: 10 s */
    unsigned timeout_ms; /* of a whole call; 0: 60 s */
    size_t largest;      /* answer; 0: 16 MiB */
};

/* Talks to nobody yet. KUNCI_FETCH_FAILED where the URL is not https:, or the CA file
 * cannot be read; libcurl is loaded here (KUNCI_FETCH_LIBRARY). A client is for one thread
 * at a time. */
KUNCI_MUST_USE enum kunci_rc client_new(const struct client_options *options, struct client **out,
                                        struct kunci_err *err);
void client_free(struct client **client);

struct client_request {
    const char *method;                /* "GET", "POST", "PUT", "DELETE" */
    const char *path;                  /* "/v1/me?x=y", escaped already */
    const struct kunci_secret *bearer; /* NULL: none */
    const char *type;                  /* Content-Type of the body; NULL: no body */
    const void *body;
    size_t body_len;
    const char *accept, *language; /* NULL: not said */
};

struct client_answer {
    unsigned status;  /* whatever it is: 404 is an answer too; 0: none came */
    char type[128];   /* Content-Type with its parameters; "" where none */
    long retry_after; /* seconds; -1: not said */
    struct buf body;  /* ended by a NUL; to be cleared */
    bool sent;        /* some of the request went out, so that the server may have acted on it,
                       * also where the call failed */
};

/* KUNCI_FETCH_FAILED (its detail a sentence), KUNCI_FETCH_LATE, KUNCI_FETCH_TOO_LARGE: no
 * answer that could be used; answer->sent tells whether the request may have been acted on.
 * What has a body is never sent twice by itself, no redirection is followed. */
KUNCI_MUST_USE enum kunci_rc client_call(struct client *client,
                                         const struct client_request *request,
                                         struct client_answer *answer, struct kunci_err *err);

#endif
