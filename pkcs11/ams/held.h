/* A request out of the store: the engine's part, and what the authority knows beside it.
 * Who takes it out writes it back, within one transaction. */
#ifndef AMS_HELD_H
#define AMS_HELD_H

#include "ams/ca.h"
#include "ams/requests.h"
#include "flow/request_file.h"

struct held {
    const struct requests_desk *desk;
    int64_t id, account, caller; /* caller: the request within whose step it runs; 0: none */
    char *key;
    char *certificate; /* the serial it is about; NULL: none */
    char *issued;      /* the serial it brought; NULL: none yet */
    char *decision;    /* hex SHA-256 of the decision that is being made; NULL */
    struct kunci_request *request;
    struct kunci_flow_port port; /* its context is this */
};

/* ---- rows: held.c ---- */

/* To be dropped in any case. KUNCI_REQUEST_UNKNOWN where there is none. */
KUNCI_MUST_USE enum kunci_rc held_take(const struct requests_desk *desk, int64_t id,
                                       struct held *out, struct kunci_err *err);
/* The same, where the actor may see it; else it is unknown. */
KUNCI_MUST_USE enum kunci_rc held_show(const struct requests_desk *desk,
                                       const struct requests_actor *actor, int64_t id,
                                       struct held *out, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc held_put(struct held *held, struct kunci_err *err);
void held_drop(struct held *held);

bool held_may_see(const struct held *held, const struct requests_actor *actor);

/* The row is the subject: a serial; either may be NULL. Takes the details over. */
KUNCI_MUST_USE enum kunci_rc held_audit(const struct held *held, const char *event, const char *by,
                                        const char *subject, json_t *details,
                                        struct kunci_err *err);

/* ---- begun: held_begin.c ---- */

struct held_plan {
    const char *key, *reason, *certificate; /* the latter two may be NULL */
    const struct kunci_sop *sop;
    int64_t account, caller;
};
KUNCI_MUST_USE enum kunci_rc held_begin(const struct requests_desk *desk,
                                        const struct held_plan *plan, struct held *out,
                                        struct kunci_err *err);
/* The procedure of a kind by the settings, in force today. */
KUNCI_MUST_USE enum kunci_rc held_rule(const struct requests_desk *desk, enum sop_kind kind,
                                       const struct kunci_sop **out, struct kunci_err *err);
/* "2026-11-21" */
void held_day(int64_t at, char to[11]);

/* ---- moved: held_move.c ---- */

struct kunci_flow_port held_port(struct held *held); /* held_port.c */

/* The event, then all that is kunci's own to do; what it brings to an end its caller is
 * told. */
KUNCI_MUST_USE enum kunci_rc held_apply(struct held *held, const struct kunci_flow_event *event,
                                        struct kunci_err *err);
/* What comes after an event. */
KUNCI_MUST_USE enum kunci_rc held_follow(struct held *held, struct kunci_err *err);
/* Only what is kunci's own to do. */
KUNCI_MUST_USE enum kunci_rc held_settle(struct held *held, struct kunci_err *err);

/* ---- documents: held_document.c ---- */

/* Names of evidence, which procedures do not know. */
#define EVIDENCE_CSR "csr"
#define EVIDENCE_OLD "proof-old"
#define EVIDENCE_NEW "proof-new"

enum { DOCUMENT_BYTES_MAX = 10 << 20 };

KUNCI_MUST_USE enum kunci_rc held_keep(const struct held *held, const char *name, const void *bytes,
                                       size_t len, struct kunci_err *err);
/* bytes, to be freed, is NULL where there is none of that name. */
KUNCI_MUST_USE enum kunci_rc held_document(const struct held *held, const char *name,
                                           unsigned char **bytes, size_t *len,
                                           struct kunci_err *err);
/* {name: hex SHA-256} of those that the procedure knows. */
KUNCI_MUST_USE enum kunci_rc held_documents(const struct held *held, json_t **out,
                                            struct kunci_err *err);

#endif
