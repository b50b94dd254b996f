/* What runs, for those who make it run. */
#ifndef AMS_SERVE_INSIDE_H
#define AMS_SERVE_INSIDE_H

#include "ams/call.h"
#include "ams/challenges.h"
#include "ams/crld.h"
#include "ams/serve.h"
#include "ams/sessions.h"
#include "ams/throttle.h"
#include "base/clock.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

/* What /health tells: each "ok" or why not. */
enum { HEALTH_WHY = 64 };
struct health {
    pthread_mutex_t lock;
    char store[HEALTH_WHY], token[HEALTH_WHY], crl[HEALTH_WHY], clock[HEALTH_WHY];
};

struct keeper;

struct serve {
    const struct kunci_config *config;
    const struct kunci_config_ams *settings;
    const struct kunci_sop_book *book;
    struct kunci_token *token;
    struct ca *ca;
    struct ocspd *ocspd;
    struct workers *workers;
    struct sessions *sessions;
    struct challenges *challenges;
    struct throttle *throttle;
    struct listen_tls *tls;
    struct port ports[2]; /* with TLS, and plain */
    struct listener *listeners[2];
    struct listen_constant *certificates[2], *openapi; /* NULL: there is none */
    char folder[PATH_MAX];                             /* of the revocation lists */
    atomic_bool crl_dirty;
    struct health health;
    struct keeper *keeper;
};

/* What the requests need, for this call. */
struct requests_desk serve_desk(struct call *call, struct store *store);

/* The keeper: one thread that does what time brings, until it is stopped. */
KUNCI_MUST_USE enum kunci_rc keeper_start(struct serve *serve, struct kunci_err *err);
void keeper_stop(struct serve *serve);
/* Has a certificate issued for the TLS key and shown from now on. */
KUNCI_MUST_USE enum kunci_rc keeper_certify(struct serve *serve, struct kunci_err *err);

#endif
