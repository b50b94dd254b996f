/* One call over HTTP on its way: from the thread that took it to a worker, through its
 * handler, and back with an answer. */
#ifndef AMS_CALL_H
#define AMS_CALL_H

#include "ams/accounts.h"
#include "ams/ocspd.h"
#include "ams/routes.h"
#include "net/listen.h"

struct serve;

typedef enum kunci_rc call_run(struct call *call, struct store *store, struct kunci_err *err);

enum { CALL_CHANGED_MAX = 8 };

struct call {
    struct job job; /* first */
    struct serve *serve;
    struct exchange *exchange;
    struct listen_request request; /* its texts are the exchange's */
    struct route_found found;
    call_run *run;            /* the route's, until the call is handed on */
    json_t *body;             /* of ROUTE_JSON and ROUTE_SECRET */
    int64_t account;          /* of the session; 0: nobody's */
    struct account_actor who; /* the same, from the store: in force for this call */
    int64_t now;
    unsigned char csr_hash[32]; /* of the one in the body, where it is sound */
    bool csr_sound;

    /* The answer: one of these. */
    unsigned status;
    json_t *json;
    struct buf bytes;
    const char *type;
    int fd; /* of a file; 0: none */
    struct ocspd_answer *ocsp;
    const struct listen_constant *constant;

    bool again; /* set by a handler of at_once: a worker has to do it */
    /* Set by a handler: what has to happen once that is on the disk, before the answer. True:
     * it has handed the call on, which is gone. */
    bool (*then)(struct call *call, struct store *store, struct kunci_err *err);
    /* Certificates that were issued or whose status was changed. */
    char changed[CALL_CHANGED_MAX][CA_SERIAL];
    size_t changed_count;
};

/* The handler of net/listen.h: context is the struct serve's port. */
struct port {
    struct serve *serve;
    bool plain;
};
struct listen_handler call_handler(struct port *port);

/* Hands the call to other workers, where `run` goes on with it: it is gone from here. Where
 * they have no room it has been answered. */
void call_hand_on(struct call *call, enum work work, call_run *run);

/* The argument behind the '?'; NULL: none. */
const char *call_query(const struct call *call, const char *name);

/* Notes that the certificate was issued, or its status changed. */
void call_changed(void *call, const char *serial);
/* Once that is on the disk: OCSP, the revocation list and sessions know of it. */
void call_tell_changed(struct serve *serve, struct store *store, const char *serial, int64_t now);

#endif
