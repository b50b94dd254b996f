/* Requests in the store, run by their procedures. Moments in JSON are texts like
 * "2026-11-21T08:00:00Z", numbers of requests are numbers. A call loads the request, has the flow
 * engine check and move it, and writes rows, decisions, notices and audit: within the
 * transaction of its caller, who rolls back where it fails. */
#ifndef AMS_REQUESTS_H
#define AMS_REQUESTS_H

#include <jansson.h>
#include <kunci/config.h>
#include <kunci/flow.h>

struct ca;
struct store;

/* What every call needs. */
struct requests_desk {
    struct store *store; /* STORE_WRITE for what changes something, within a transaction */
    struct ca *ca;       /* NULL for what only reads */
    const struct kunci_sop_book *book;
    const struct kunci_config_ams *settings; /* rules, renewal_days, domains, node */
    int64_t now;                             /* clock_system's */
    const unsigned char *sound_csr;          /* SHA-256 of one that evidence_is_sound(); NULL */
    /* Told of each certificate that was issued, revoked, suspended or resumed, so that
     * ocspd_changed() follows the commit; NULL: nobody is. Forget them where it fails. */
    void (*changed)(void *context, const char *serial, bool issued);
    void *context;
};

/* Who asks: flow.person is the account's name, the grants are those of the table grants,
 * `of` the name of the account whose place is taken. */
struct requests_actor {
    int64_t account;
    const char *institution;
    struct kunci_flow_actor flow;
};

/* ---- what changes something; *out is the request document as its actor sees it ---- */

/* body: {"key","kind","certificate"?,"reason"?,"advance"?}. created: false where the key is
 * known: then nothing is changed, but what "advance" adds. */
KUNCI_MUST_USE enum kunci_rc requests_begin(const struct requests_desk *desk,
                                            const struct requests_actor *actor, json_t *body,
                                            bool *created, json_t **out, struct kunci_err *err);

/* event: {"verb":"advance"|"do"|"reject"|"withdraw"|"ask"|"answer",...} */
KUNCI_MUST_USE enum kunci_rc requests_event(const struct requests_desk *desk,
                                            const struct requests_actor *actor, int64_t id,
                                            json_t *event, json_t **out, struct kunci_err *err);

/* A document of that name is there, instead of one that was before. */
KUNCI_MUST_USE enum kunci_rc requests_attach(const struct requests_desk *desk,
                                             const struct requests_actor *actor, int64_t id,
                                             const char *name, const void *bytes, size_t len,
                                             json_t **out, struct kunci_err *err);

/* What time alone brings to requests that are due, at most so many; done: how many there
 * were. Call it again where done == most. */
KUNCI_MUST_USE enum kunci_rc requests_tick(const struct requests_desk *desk, size_t most,
                                           size_t *done, struct kunci_err *err);

/* ---- what reads; a request that the actor may not see is KUNCI_REQUEST_UNKNOWN ---- */

KUNCI_MUST_USE enum kunci_rc requests_show(const struct requests_desk *desk,
                                           const struct requests_actor *actor, int64_t id,
                                           json_t **out, struct kunci_err *err);

struct requests_query {
    bool mine;        /* I am the applicant; else those whose next step I may do */
    bool all;         /* those that are over, too; of mine only */
    const char *kind; /* NULL: any */
    int64_t after;    /* the "next" of the answer before; 0: from the first */
    int64_t limit;    /* 0: 50; at most 500 */
};

/* {"requests":[summary...],"next":ID|null} */
KUNCI_MUST_USE enum kunci_rc requests_list(const struct requests_desk *desk,
                                           const struct requests_actor *actor,
                                           const struct requests_query *query, json_t **out,
                                           struct kunci_err *err);

/* The latest for the account or his roles, newest first, at most so many:
 * [{"request","message","role","certificate","at"}...] */
KUNCI_MUST_USE enum kunci_rc requests_notices(const struct requests_desk *desk,
                                              const struct requests_actor *actor, size_t most,
                                              json_t **out, struct kunci_err *err);

/* Bytes to be freed. */
KUNCI_MUST_USE enum kunci_rc requests_document(const struct requests_desk *desk,
                                               const struct requests_actor *actor, int64_t id,
                                               const char *name, unsigned char **bytes, size_t *len,
                                               struct kunci_err *err);
/* The CMS of the n-th decision (from 1) as it came; bytes to be freed. */
KUNCI_MUST_USE enum kunci_rc requests_decision(const struct requests_desk *desk,
                                               const struct requests_actor *actor, int64_t id,
                                               int64_t n, unsigned char **bytes, size_t *len,
                                               struct kunci_err *err);

/* {kind: procedure} by the settings' rules, in force on that day; for GET /v1/authority. */
KUNCI_MUST_USE enum kunci_rc requests_rules(const struct requests_desk *desk, json_t **out,
                                            struct kunci_err *err);

#endif
