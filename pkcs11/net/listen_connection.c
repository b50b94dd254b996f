/* Connections: each has a time by which what is waited for from its client must have come,
 * so that nobody holds one by sending, or reading, a byte now and then. */
#include "net/listen_inside.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 250 };

void connection_patience(struct connection *connection, uint64_t bytes)
{
    const struct listen_limits *limits = &connection->listener->limits;

    atomic_store(&connection->deadline, clock_system.steady_ms(NULL) + limits->patience_ms +
                                            (int64_t)(bytes / limits->slowest * 1000));
}

void connection_wait(struct connection *connection)
{
    atomic_store(&connection->deadline, 0);
}

void connection_exchange(struct connection *connection, struct exchange *exchange)
{
    pthread_mutex_lock(&connection->lock);
    connection->exchange = exchange;
    pthread_mutex_unlock(&connection->lock);
}

static void begin(struct listener *listener, struct MHD_Connection *from, void **context)
{
    const union MHD_ConnectionInfo *fd, *peer;
    struct connection *connection = calloc(1, sizeof *connection);

    *context = connection; /* without memory: its first request ends it */
    if (!connection)
        return;
    fd = MHD_get_connection_info(from, MHD_CONNECTION_INFO_CONNECTION_FD);
    peer = MHD_get_connection_info(from, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    connection->listener = listener;
    connection->fd = fd->connect_fd;
    memcpy(&connection->peer, peer->client_addr,
           peer->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                    : sizeof(struct sockaddr_in));
    listen_address_write(peer->client_addr, connection->name, false);
    pthread_mutex_init(&connection->lock, NULL);
    connection_patience(connection, 0);
    pthread_mutex_lock(&listener->lock);
    connection->next = listener->first;
    if (connection->next)
        connection->next->before = connection;
    listener->first = connection;
    pthread_mutex_unlock(&listener->lock);
}

static void end(struct listener *listener, struct connection *connection)
{
    if (!connection)
        return;
    pthread_mutex_lock(&listener->lock);
    if (connection->next)
        connection->next->before = connection->before;
    if (connection->before)
        connection->before->next = connection->next;
    else
        listener->first = connection->next;
    pthread_mutex_unlock(&listener->lock);
    pthread_mutex_destroy(&connection->lock);
    free(connection);
}

void connection_changed(void *listener, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        begin(listener, connection, context);
    else
        end(listener, *context);
}

/* Shut down rather than closed: libmicrohttpd sees its end and tidies up itself. */
static void cut_late(struct listener *listener)
{
    int64_t now = clock_system.steady_ms(NULL);
    struct connection *connection;

    for (connection = listener->first; connection; connection = connection->next) {
        long long deadline = atomic_load(&connection->deadline);

        if (deadline && now > deadline)
            shutdown(connection->fd, SHUT_RDWR);
    }
}

void *connection_watch(void *context)
{
    struct listener *listener = context;
    struct timespec until;

    pthread_mutex_lock(&listener->lock);
    while (!listener->ended) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&listener->changed, &listener->lock, &until);
        cut_late(listener);
    }
    pthread_mutex_unlock(&listener->lock);
    return NULL;
}
