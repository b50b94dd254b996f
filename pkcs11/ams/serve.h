/* The authority as it runs: store, token, workers, listeners, and the keeper that looks after
 * all that time brings. docs/authority.md tells how they fit together. */
#ifndef AMS_SERVE_H
#define AMS_SERVE_H

#include "ams/ca.h"

#include <kunci/config.h>
#include <kunci/flow.h>

struct serve;

struct serve_options {
    const struct kunci_config *config; /* ams is set */
    struct kunci_token *token;         /* of the authority's keys; ca_open() logs in */
    const struct kunci_sop_book *book; /* the procedures by which requests run */
};

/* Opens everything and begins to serve; what was begun is ended where it fails. The options'
 * parts have to live as long. Signals that the caller waits for are blocked before, so that
 * no other thread takes them. */
KUNCI_MUST_USE enum kunci_rc serve_start(const struct serve_options *options, struct serve **out,
                                         struct kunci_err *err);

/* Where it really listens: "127.0.0.1:8443", and without TLS. */
const char *serve_address(const struct serve *serve);
const char *serve_public_address(const struct serve *serve);

/* What is under way may end, the audit trail is sealed, then everything is closed. */
void serve_stop(struct serve **serve);

#endif
