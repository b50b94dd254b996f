/* A worker from the inside: its process, its sockets, its sessions. */
#ifndef TOKEN_WORKER_INSIDE_H
#define TOKEN_WORKER_INSIDE_H

#include "token/worker.h"
#include "token/worker_channel.h"
#include "token/worker_spawn.h"

#include <pthread.h>

enum {
    WORKER_CHANNELS = 64,  /* calls at once */
    WORKER_PARAMETER = 64, /* bytes of a mechanism's parameter that may be put off */
    WORKER_ORDERS = 8,     /* of signatures that were accepted before */
};

/* What C_SignInit was told. */
struct sign_order_begun {
    CK_MECHANISM_TYPE mechanism;
    CK_OBJECT_HANDLE key;
    size_t parameter_len;
    unsigned char parameter[WORKER_PARAMETER];
};

/* A session. Its handle tells the epoch, so that none of an earlier process is
 * taken for one of this. */
struct seat {
    bool taken;
    CK_SESSION_HANDLE real;
    CK_SLOT_ID slot;
    bool put_off; /* order was not sent yet */
    struct sign_order_begun order;
};

struct place {
    struct channel channel;
    bool open, busy;
};

struct worker {
    char *path;
    char *initialise;
    bool serial_wanted;
    int64_t deadline_ms;
    int number; /* among the function lists */

    pthread_mutex_t lock; /* around all that follows */
    pthread_cond_t given_back;
    struct worker_process process; /* pid 0: none runs */
    uint32_t epoch;                /* rises with each process */
    bool started;                  /* C_Initialize was answered with CKR_OK */
    bool serial;
    struct place places[WORKER_CHANNELS];
    struct seat *seats;
    size_t seat_count;
    struct sign_order_begun orders[WORKER_ORDERS];
    size_t order_count, order_next;
    char why[512], last[512];
};

/* How long an answer may take. */
enum worker_patience {
    PATIENCE_CALL,
    PATIENCE_LONG, /* a key is made, or somebody types on the token's own keys */
    PATIENCE_STOP,
    PATIENCE_ENDLESS
};

/* One call. */
struct call {
    struct worker *worker;
    struct place *place;
    struct wire *in, *out;
    enum wire_call what;
    uint32_t epoch;
    CK_RV rv;
};

/* Begins a message; false: call->rv says why not. With a session, its real handle
 * is the first field. */
bool call_begin(struct call *call, struct worker *worker, enum wire_call what);
bool call_begin_in(struct call *call, struct worker *worker, enum wire_call what,
                   CK_SESSION_HANDLE session);
/* Sends it and waits; true: the answer's fields can be read, whatever its rv. */
bool call_run(struct call *call, enum worker_patience patience);
/* Gives the socket back; an answer that could not be read ends the process. */
CK_RV call_end(struct call *call);

/* The seat of a session, or NULL. The lock is held. */
struct seat *worker_seat(struct worker *worker, CK_SESSION_HANDLE session);
CK_SESSION_HANDLE worker_sit(struct worker *worker, uint32_t epoch, CK_SESSION_HANDLE real,
                             CK_SLOT_ID slot);
/* No session is any more. The lock is held. */
void worker_clear_seats(struct worker *worker);
/* Starts the process where none runs. */
CK_RV worker_begin(struct worker *worker);
/* Ends it, if it is still that of this epoch. */
void worker_end(struct worker *worker, uint32_t epoch, const char *why);

#endif
