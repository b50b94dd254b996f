#include "token/worker_inside.h"
#include "token/worker_list.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- making and freeing ---- */

enum { DEADLINE_MS = 15000, STOP_MS = 2000, LONG_TIMES = 12 };

enum kunci_rc worker_new(const char *path, const struct worker_settings *settings,
                         struct worker **out, struct kunci_err *err)
{
    struct worker *worker = calloc(1, sizeof *worker);

    *out = NULL;
    if (!worker)
        return err_no_memory(err);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->given_back, NULL);
    worker->process = (struct worker_process)WORKER_PROCESS_NONE;
    worker->number = -1;
    worker->serial_wanted = settings->serial;
    worker->deadline_ms = settings->deadline_ms ? settings->deadline_ms : DEADLINE_MS;
    worker->path = strdup(path);
    if (settings->initialise)
        worker->initialise = strdup(settings->initialise);
    if (!worker->path || (settings->initialise && !worker->initialise)) {
        worker_free(worker);
        return err_no_memory(err);
    }
    if ((worker->number = worker_list_take(worker)) < 0) {
        worker_free(worker);
        return err_set(err, KUNCI_MODULE_LOAD, path, _("too many modules are open at once"));
    }
    *out = worker;
    return KUNCI_OK;
}

void worker_free(struct worker *worker)
{
    worker_halt(worker);
    if (worker->number >= 0)
        worker_list_give(worker->number);
    pthread_cond_destroy(&worker->given_back);
    pthread_mutex_destroy(&worker->lock);
    free(worker->seats);
    free(worker->initialise);
    free(worker->path);
    free(worker);
}

CK_FUNCTION_LIST *worker_functions(struct worker *worker)
{
    return worker_list(worker->number);
}

void worker_why(struct worker *worker, char *why, size_t size)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->last[0])
        snprintf(why, size, "%s: %s", worker->why, worker->last);
    else
        snprintf(why, size, "%s", worker->why);
    pthread_mutex_unlock(&worker->lock);
}

/* ---- the process ---- */

/* Those in use are closed by who uses them. The lock is held. */
static void drop_places(struct worker *worker)
{
    size_t i;

    for (i = 0; i < WORKER_CHANNELS; i++) {
        struct place *place = &worker->places[i];

        if (place->open && place->busy)
            shutdown(place->channel.fd, SHUT_RDWR);
        else if (place->open)
            channel_close(&place->channel);
        place->open = place->open && place->busy;
    }
}

void worker_clear_seats(struct worker *worker)
{
    if (worker->seats)
        memset(worker->seats, 0, worker->seat_count * sizeof *worker->seats);
}

static void forget(struct worker *worker)
{
    worker->epoch++;
    worker->started = false;
    worker->order_count = 0;
    worker_clear_seats(worker);
    pthread_cond_broadcast(&worker->given_back);
}

/* What it said last often tells why; what it says while it is ended does not matter.
 * The lock is held. */
static void end_process(struct worker *worker, const char *why)
{
    char how[64];

    worker_listen(&worker->process, worker->path, worker->last, sizeof worker->last);
    worker_kill(&worker->process, how, sizeof how);
    snprintf(worker->why, sizeof worker->why, "%s", why ? why : how);
    if (worker->why[0]) /* else it was asked to */
        log_event("module.ended", "module", worker->path, "why", worker->why, NULL);
    drop_places(worker);
    forget(worker);
}

void worker_end(struct worker *worker, uint32_t epoch, const char *why)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->epoch == epoch && worker->process.pid)
        end_process(worker, why);
    pthread_mutex_unlock(&worker->lock);
}

void worker_halt(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->process.pid)
        end_process(worker, "");
    pthread_mutex_unlock(&worker->lock);
}

/* One that ended while nothing was asked of it is no call's error. The lock is held. */
static void notice_end(struct worker *worker)
{
    if (worker_has_ended(&worker->process))
        end_process(worker, NULL);
}

CK_RV worker_begin(struct worker *worker)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    CK_RV rv = CKR_OK;

    pthread_mutex_lock(&worker->lock);
    notice_end(worker);
    if (worker->process.pid == 0) {
        worker->why[0] = worker->last[0] = '\0';
        worker->serial = worker->serial_wanted;
        if (worker_spawn(worker->path, &worker->process, &err) != KUNCI_OK) {
            snprintf(worker->why, sizeof worker->why, "%s", err.detail);
            rv = CKR_GENERAL_ERROR;
        }
    }
    pthread_mutex_unlock(&worker->lock);
    return rv;
}

bool worker_runs(struct worker *worker)
{
    bool runs;

    pthread_mutex_lock(&worker->lock);
    notice_end(worker);
    runs = worker->started;
    pthread_mutex_unlock(&worker->lock);
    return runs;
}

void worker_forked(struct worker *worker)
{
    size_t i;

    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->given_back, NULL);
    for (i = 0; i < WORKER_CHANNELS; i++)
        if (worker->places[i].open) {
            channel_close(&worker->places[i].channel);
            worker->places[i] = (struct place){.open = false};
        }
    worker_disown(&worker->process);
    forget(worker);
}

/* ---- sessions ---- */

enum { EPOCH_SHIFT = 32 };

struct seat *worker_seat(struct worker *worker, CK_SESSION_HANDLE session)
{
    uint64_t number = session & UINT32_MAX;

    if (session >> EPOCH_SHIFT != worker->epoch || number == 0 || number > worker->seat_count ||
        !worker->seats[number - 1].taken)
        return NULL;
    return &worker->seats[number - 1];
}

/* 0: there is no memory, or the process ended meanwhile. */
CK_SESSION_HANDLE worker_sit(struct worker *worker, uint32_t epoch, CK_SESSION_HANDLE real,
                             CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session = 0;
    struct seat *grown;
    size_t i = 0, room;

    pthread_mutex_lock(&worker->lock);
    room = worker->seat_count ? 2 * worker->seat_count : 8;
    while (i < worker->seat_count && worker->seats[i].taken)
        i++;
    if (i == worker->seat_count && (grown = realloc(worker->seats, room * sizeof *grown))) {
        memset(grown + i, 0, (room - i) * sizeof *grown);
        worker->seats = grown;
        worker->seat_count = room;
    }
    if (epoch == worker->epoch && i < worker->seat_count) {
        worker->seats[i] = (struct seat){.taken = true, .real = real, .slot = slot};
        session = (CK_SESSION_HANDLE)epoch << EPOCH_SHIFT | (i + 1);
    }
    pthread_mutex_unlock(&worker->lock);
    return session;
}

/* ---- a call ---- */

static int64_t patience_ms(const struct worker *worker, enum worker_patience patience)
{
    switch (patience) {
    case PATIENCE_ENDLESS:
        return 0;
    case PATIENCE_STOP:
        return STOP_MS;
    case PATIENCE_LONG:
        return LONG_TIMES * worker->deadline_ms;
    default:
        return worker->deadline_ms;
    }
}

static size_t count_busy(const struct worker *worker)
{
    size_t i, busy = 0;

    for (i = 0; i < WORKER_CHANNELS; i++)
        busy += worker->places[i].busy;
    return busy;
}

/* One that is open and free, else one to be opened, else NULL. */
static struct place *free_place(struct worker *worker)
{
    struct place *closed = NULL;
    size_t i;

    if (worker->serial && count_busy(worker))
        return NULL;
    for (i = 0; i < WORKER_CHANNELS; i++) {
        struct place *place = &worker->places[i];

        if (place->open && !place->busy)
            return place;
        if (!place->open && !place->busy && !closed)
            closed = place;
    }
    return closed;
}

static bool open_place(struct worker *worker, struct place *place)
{
    int fd;

    if (place->open)
        return true;
    fd = worker_socket(&worker->process);
    place->open = fd >= 0 && channel_open(&place->channel, fd);
    return place->open;
}

/* The lock is held; while all are in use, it is given up. */
static CK_RV take_place(struct call *call)
{
    struct worker *worker = call->worker;
    struct place *place;

    for (;;) {
        notice_end(worker);
        if (worker->process.pid == 0)
            return CKR_CRYPTOKI_NOT_INITIALIZED;
        if ((place = free_place(worker)) != NULL)
            break;
        pthread_cond_wait(&worker->given_back, &worker->lock);
    }
    if (!open_place(worker, place))
        return CKR_HOST_MEMORY;
    place->busy = true;
    call->place = place;
    call->epoch = worker->epoch;
    call->in = &place->channel.in;
    call->out = &place->channel.out;
    wire_begin(call->out, call->what);
    return CKR_OK;
}

bool call_begin(struct call *call, struct worker *worker, enum wire_call what)
{
    *call = (struct call){.worker = worker, .what = what};
    pthread_mutex_lock(&worker->lock);
    call->rv = take_place(call);
    pthread_mutex_unlock(&worker->lock);
    return call->rv == CKR_OK;
}

/* The session is looked up after the wait: it may have ended meanwhile. */
bool call_begin_in(struct call *call, struct worker *worker, enum wire_call what,
                   CK_SESSION_HANDLE session)
{
    struct seat *seat;

    if (!call_begin(call, worker, what))
        return false;
    pthread_mutex_lock(&worker->lock);
    if (call->epoch == worker->epoch && (seat = worker_seat(worker, session)) != NULL)
        wire_put_number(call->out, seat->real);
    else
        call->rv = CKR_SESSION_HANDLE_INVALID;
    pthread_mutex_unlock(&worker->lock);
    if (call->rv == CKR_OK)
        return true;
    call_end(call);
    return false;
}

static void fail(struct call *call, enum channel_end end, enum worker_patience patience)
{
    char why[128];

    switch (end) {
    case CHANNEL_LATE:
        snprintf(why, sizeof why, _("no answer for %d ms"),
                 (int)patience_ms(call->worker, patience));
        worker_end(call->worker, call->epoch, why);
        call->rv = CKR_WORKER_LATE;
        break;
    case CHANNEL_BAD:
        worker_end(call->worker, call->epoch, _("its answer makes no sense"));
        call->rv = CKR_WORKER_DIED;
        break;
    default:
        worker_end(call->worker, call->epoch, NULL);
        call->rv = CKR_WORKER_DIED;
        break;
    }
}

bool call_run(struct call *call, enum worker_patience patience)
{
    struct channel *channel = &call->place->channel;
    enum channel_end end;
    struct wire_head head;

    if (call->out->failed) {
        wire_wipe(call->out);
        call->rv = CKR_HOST_MEMORY;
        return false;
    }
    end = channel_send(channel, 0);
    if (end == CHANNEL_OK)
        end = channel_receive(channel, patience_ms(call->worker, patience), &head);
    if (end == CHANNEL_OK && head.call != call->what)
        end = CHANNEL_BAD;
    if (end != CHANNEL_OK) {
        fail(call, end, patience);
        return false;
    }
    call->rv = head.rv == CKR_HOST_MEMORY ? CKR_WORKER_MEMORY : head.rv;
    return true;
}

CK_RV call_end(struct call *call)
{
    struct worker *worker = call->worker;
    struct place *place = call->place;
    bool nonsense = call->in->failed;

    wire_wipe(call->in);
    wire_wipe(call->out);
    if (nonsense)
        fail(call, CHANNEL_BAD, PATIENCE_CALL);
    pthread_mutex_lock(&worker->lock);
    place->busy = false;
    if (worker->epoch != call->epoch) {
        channel_close(&place->channel);
        place->open = false;
    } else {
        worker_listen(&worker->process, worker->path, worker->last, sizeof worker->last);
    }
    pthread_cond_signal(&worker->given_back);
    pthread_mutex_unlock(&worker->lock);
    return call->rv;
}
