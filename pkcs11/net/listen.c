#include "net/listen_inside.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 1024, CONNECTION_MEMORY = 16 << 10 };

static const char priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-AES-128-CBC:"
                                 "-AES-256-CBC:%SERVER_PRECEDENCE";

/* Escapes are undone by us, who can refuse them. */
static size_t leave(void *context, struct MHD_Connection *connection, char *text)
{
    size_t len = 0;

    (void)context;
    (void)connection;
    while (text[len])
        len++;
    return len;
}

static void set_limits(struct listen_limits *limits)
{
    static const struct listen_limits usual = {.threads = 2,
                                               .connections = 2048,
                                               .connections_per_address = 256,
                                               .requests = 1024,
                                               .bodies = 256 << 20,
                                               .patience_ms = 30000,
                                               .slowest = 4096,
                                               .stranger_rate = 50,
                                               .stranger_burst = 200};

#define USUAL(what) limits->what = limits->what ? limits->what : usual.what
    USUAL(threads);
    USUAL(connections);
    USUAL(connections_per_address);
    USUAL(requests);
    USUAL(bodies);
    USUAL(patience_ms);
    USUAL(slowest);
    USUAL(stranger_rate);
    USUAL(stranger_burst);
#undef USUAL
}

static enum kunci_rc open_socket(struct listener *listener, const char *address,
                                 struct kunci_err *err)
{
    struct sockaddr_storage at;
    socklen_t len;
    int yes = 1, fd;

    if (!listen_address_read(address, &at, &len))
        return err_set(err, KUNCI_CONFIG_INVALID, address,
                       _("an address to listen on is like 127.0.0.1:8443 or [::1]:8443"));
    fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    listener->socket = fd;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        (at.ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) ||
        bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        return err_system(err, KUNCI_LISTEN_FAILED, address, errno);
    listen_address_write((struct sockaddr *)&at, listener->address, true);
    return KUNCI_OK;
}

static enum kunci_rc start_daemon(struct listener *listener, struct kunci_err *err)
{
    const struct listen_limits *limits = &listener->limits;
    /* With epoll libmicrohttpd asks TLS without end for the rest of a handshake that does not
     * come: half a greeting would cost a core. */
    unsigned flags =
        (listener->tls ? MHD_USE_POLL_INTERNAL_THREAD : MHD_USE_EPOLL_INTERNAL_THREAD) |
        MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    struct MHD_OptionItem none = {MHD_OPTION_END, 0, NULL};
    struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)limits->threads, NULL},
                                    none};
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
                                   none};

/* The callback for certificates has no effect where it stands in an array. */
#define OPTIONS                                                                                    \
    MHD_OPTION_LISTEN_SOCKET, listener->socket, MHD_OPTION_CONNECTION_LIMIT, limits->connections,  \
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits->connections_per_address,                       \
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,                             \
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, leave, NULL,                \
        MHD_OPTION_NOTIFY_COMPLETED, listen_completed, listener, MHD_OPTION_NOTIFY_CONNECTION,     \
        connection_changed, listener, MHD_OPTION_ARRAY, limits->threads > 1 ? pool : &none,        \
        MHD_OPTION_ARRAY, listener->tls ? tls : &none
    listener->daemon = listener->tls
                           ? MHD_start_daemon(flags | MHD_USE_TLS, 0, NULL, NULL, listen_handle,
                                              listener, MHD_OPTION_HTTPS_CERT_CALLBACK,
                                              listen_tls_show, OPTIONS, MHD_OPTION_END)
                           : MHD_start_daemon(flags, 0, NULL, NULL, listen_handle, listener,
                                              OPTIONS, MHD_OPTION_END);
#undef OPTIONS
    return listener->daemon ? KUNCI_OK
                            : err_set(err, KUNCI_LISTEN_FAILED, listener->address, "libmicrohttpd");
}

static enum kunci_rc start_watch(struct listener *listener, struct kunci_err *err)
{
    int code = pthread_create(&listener->watch, NULL, connection_watch, listener);

    listener->watched = code == 0;
    return code == 0 ? KUNCI_OK : err_system(err, KUNCI_LISTEN_FAILED, listener->address, code);
}

static struct listener *new_listener(const struct listen_options *options)
{
    struct listener *listener = calloc(1, sizeof *listener);
    pthread_condattr_t attributes;

    if (!listener)
        return NULL;
    listener->limits = options->limits;
    set_limits(&listener->limits);
    listener->handler = options->handler;
    listener->socket = -1;
    pthread_mutex_init(&listener->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&listener->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return listener;
}

static void free_listener(struct listener *listener)
{
    if (listener->watched) {
        pthread_mutex_lock(&listener->lock);
        listener->ended = true;
        pthread_cond_broadcast(&listener->changed);
        pthread_mutex_unlock(&listener->lock);
        pthread_join(listener->watch, NULL);
    }
    if (listener->daemon)
        MHD_stop_daemon(listener->daemon);
    if (listener->socket >= 0)
        close(listener->socket);
    if (listener->tls)
        listen_tls_leave(listener->tls);
    listen_buckets_free(&listener->strangers);
    pthread_cond_destroy(&listener->changed);
    pthread_mutex_destroy(&listener->lock);
    free(listener);
}

enum kunci_rc listen_start(const struct listen_options *options, struct listener **out,
                           struct kunci_err *err)
{
    struct listener *listener = new_listener(options);
    enum kunci_rc rc;

    *out = NULL;
    if (!listener)
        return err_no_memory(err);
    rc = options->tls ? listen_tls_use(options->tls, err) : KUNCI_OK;
    if (rc == KUNCI_OK)
        listener->tls = options->tls;
    if (rc == KUNCI_OK)
        rc = open_socket(listener, options->address, err);
    if (rc == KUNCI_OK)
        rc = listen_buckets_new(listener->limits.stranger_rate, listener->limits.stranger_burst,
                                &listener->strangers, err);
    if (rc == KUNCI_OK)
        rc = start_daemon(listener, err);
    if (rc == KUNCI_OK)
        rc = start_watch(listener, err);
    if (rc != KUNCI_OK) {
        free_listener(listener);
        return rc;
    }
    *out = listener;
    return KUNCI_OK;
}

const char *listen_address(const struct listener *listener)
{
    return listener->address;
}

/* ---- its end ---- */

static void wait_for_answers(struct listener *listener, unsigned grace_ms)
{
    struct timespec until;
    int code = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += grace_ms / 1000;
    until.tv_nsec += grace_ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&listener->lock);
    while (atomic_load(&listener->under_way) && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&listener->changed, &listener->lock, &until);
    pthread_mutex_unlock(&listener->lock);
}

static void cut_answers(struct listener *listener)
{
    struct connection *connection;

    atomic_store(&listener->cut, true);
    pthread_mutex_lock(&listener->lock);
    for (connection = listener->first; connection; connection = connection->next) {
        pthread_mutex_lock(&connection->lock);
        if (connection->exchange)
            exchange_cut(connection->exchange);
        pthread_mutex_unlock(&connection->lock);
    }
    pthread_mutex_unlock(&listener->lock);
}

void listen_stop(struct listener **listener, unsigned grace_ms)
{
    struct listener *it = *listener;

    if (!it)
        return;
    *listener = NULL;
    atomic_store(&it->stopping, true);
    MHD_quiesce_daemon(it->daemon);
    wait_for_answers(it, grace_ms);
    cut_answers(it);
    free_listener(it);
}
