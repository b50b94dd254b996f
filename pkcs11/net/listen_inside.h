/* The listener from the inside. */
#ifndef NET_LISTEN_INSIDE_H
#define NET_LISTEN_INSIDE_H

#include "net/listen.h"
#include "net/listen_address.h"
#include "net/listen_bucket.h"

#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum { LISTEN_QUERIES = 32 };

/* ---- answers (listen_answer.c) ---- */

struct listen_constant {
    atomic_uint refs;
    unsigned status;
    uint64_t len;
    struct MHD_Response *response;
};

/* What the answer holds is gone, also where there is no memory for it (NULL). */
struct listen_constant *listen_made(const struct listen_answer *answer, bool tls);

/* A refusal of the listener's own, in the form of the authority's other errors. */
struct listen_constant *listen_refusal(unsigned status, enum kunci_rc rc, const char *about,
                                       const char *detail);

/* ---- one request (listen_exchange.c) ---- */

struct exchange {
    struct listen_request request;
    struct listener *listener; /* while it is attached, as the connection is */
    struct MHD_Connection *connection;
    struct connection *of;
    const void *note;
    size_t largest, reserved;
    bool refused, whole; /* the body is read to its end and dropped; handed over whole */
    char *body;

    /* Under the lock: the side of HTTP and that of the handler, in whatever order they end. */
    pthread_mutex_t lock;
    struct listen_constant *answer;
    bool attached, handed, suspended, cut;

    char peer[LISTEN_ADDRESS_MAX];
    unsigned queries;
    struct listen_header query[LISTEN_QUERIES];
    char text[]; /* what the request's texts are in */
};

enum MHD_Result listen_handle(void *listener, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **exchange);
void listen_completed(void *listener, struct MHD_Connection *connection, void **exchange,
                      enum MHD_RequestTerminationCode how);

/* Copies what is looked at later; NULL where there is no memory. What is wrong with the
 * request is told by *refusal, a status, and *why. */
struct exchange *exchange_new(struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, unsigned *refusal,
                              const char **why);
/* Nobody has it any more. */
void exchange_free(struct exchange *exchange);
/* It ends without an answer. */
void exchange_cut(struct exchange *exchange);

/* ---- connections (listen_connection.c) ---- */

struct connection {
    struct connection *before, *next; /* under the listener's lock */
    struct listener *listener;
    int fd;
    atomic_llong deadline; /* steady milliseconds; 0: it is waited for us */
    struct sockaddr_storage peer;
    char name[LISTEN_ADDRESS_MAX]; /* the peer's, without its port */
    pthread_mutex_t lock;
    struct exchange *exchange; /* under the lock */
};

void connection_changed(void *listener, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode code);
void connection_exchange(struct connection *connection, struct exchange *exchange);
/* It has the patience and that many bytes' time from now on. */
void connection_patience(struct connection *connection, uint64_t bytes);
void connection_wait(struct connection *connection);
/* Cuts those whose time is up, until the listener ends. */
void *connection_watch(void *listener);

/* ---- the whole ---- */

struct listener {
    struct MHD_Daemon *daemon;
    struct listen_tls *tls;
    struct listen_limits limits;
    struct listen_handler handler;
    struct listen_buckets *strangers;
    char address[LISTEN_ADDRESS_MAX];
    int socket;
    atomic_uint under_way;
    atomic_size_t bodies;
    atomic_bool stopping, cut;
    bool watched, ended; /* the latter under the lock */
    pthread_t watch;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct connection *first;
};

/* ---- TLS (listen_tls.c) ---- */

KUNCI_MUST_USE enum kunci_rc listen_tls_use(struct listen_tls *tls, struct kunci_err *err);
void listen_tls_leave(struct listen_tls *tls);
/* A gnutls_certificate_retrieve_function2. */
int listen_tls_show(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                    const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                    gnutls_pcert_st **certificates, unsigned *len, gnutls_privkey_t *key);

#endif
