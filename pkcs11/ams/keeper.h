/* The keeper from the inside: what its duties share. */
#ifndef AMS_KEEPER_H
#define AMS_KEEPER_H

#include "ams/serve_inside.h"

enum { KEEPER_TICK_MS = 200, KEEPER_CHANGED_MAX = 256 };

struct keeper {
    struct serve *serve;
    struct store *store; /* reads */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool runs, over;

    int64_t now, steady_ms; /* of this tick */
    int64_t base_s;         /* what the calendar had at steady 0, when last looked at */
    int64_t slow_at_ms;     /* when what is done each second is next due */
    int64_t crl_wait_ms;    /* after a list could not be made */
    int64_t jumped_at_ms;   /* 0: the clock has not, lately */
    int64_t jump_s;
    int64_t tls_until;   /* the certificate shown */
    int64_t tls_wait_ms; /* after it could not be renewed */
    int64_t sealed_seq, sealed_at_ms;
    int64_t expiry_at_ms; /* when holders are next told of what ends */

    char changed[KEEPER_CHANGED_MAX][CA_SERIAL]; /* by requests, in this tick */
    size_t changed_count;
};

/* keeper_duties.c: each says in the log what failed, and is tried again at a later tick. */
void duty_clock(struct keeper *keeper);
void duty_token(struct keeper *keeper);
void duty_lists(struct keeper *keeper);
void duty_answers(struct keeper *keeper);
void duty_requests(struct keeper *keeper);
void duty_expiry(struct keeper *keeper);
void duty_certificate(struct keeper *keeper);
void duty_store(struct keeper *keeper);
void duty_seal(struct keeper *keeper, bool last);

#endif
