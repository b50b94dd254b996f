#include "lib/web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 20 };

struct web {
    web_answer *answer;
    void *context;
    int listener, port;
    unsigned count, open; /* under the lock */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t closed;
};

struct connection {
    struct web *web;
    int fd;
};

static void must(int done, const char *what)
{
    if (done)
        return;
    perror(what);
    abort();
}

bool web_send(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len) {
        ssize_t put = send(fd, p, len, MSG_NOSIGNAL);

        if (put <= 0)
            return false;
        p += put;
        len -= (size_t)put;
    }
    return true;
}

bool web_text(int fd, const char *text)
{
    return web_send(fd, text, strlen(text));
}

void web_reply(int fd, const char *type, const void *body, size_t len)
{
    char head[256];

    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
             "Connection: close\r\n\r\n",
             type, len);
    if (web_text(fd, head))
        web_send(fd, body, len);
}

/* Reads the head and as much of a body as it says there is. */
static bool receive(int fd, struct web_request *request)
{
    size_t len = 0, wanted = 0;
    const char *end = NULL, *length;

    while (!end || len < wanted) {
        ssize_t got = recv(fd, request->head + len, REQUEST_MAX - len - 1, 0);

        if (got <= 0)
            return false;
        len += (size_t)got;
        request->head[len] = '\0';
        if (!end && (end = strstr(request->head, "\r\n\r\n"))) {
            length = strcasestr(request->head, "Content-Length:");
            request->body_len = length ? strtoul(length + 15, NULL, 10) : 0;
            request->body = (const unsigned char *)end + 4;
            wanted = (size_t)(end + 4 - request->head) + request->body_len;
        }
    }
    request->post = strncmp(request->head, "POST ", 5) == 0;
    return sscanf(request->head, "%*s %255s", request->path) == 1;
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    struct web_request request = {.head = malloc(REQUEST_MAX)};
    struct web *web = connection->web;

    must(request.head != NULL, "malloc");
    if (receive(connection->fd, &request)) {
        pthread_mutex_lock(&web->lock);
        web->count++;
        pthread_mutex_unlock(&web->lock);
        web->answer(connection->fd, &request, web->context);
    }
    free(request.head);
    close(connection->fd);
    free(connection);
    pthread_mutex_lock(&web->lock);
    web->open--;
    pthread_cond_signal(&web->closed);
    pthread_mutex_unlock(&web->lock);
    return NULL;
}

static void *listen_on(void *argument)
{
    struct web *web = argument;
    int fd;

    while ((fd = accept(web->listener, NULL, NULL)) >= 0) {
        struct connection *connection = malloc(sizeof *connection);
        pthread_t thread;

        must(connection != NULL, "malloc");
        *connection = (struct connection){web, fd};
        pthread_mutex_lock(&web->lock);
        web->open++;
        pthread_mutex_unlock(&web->lock);
        must(pthread_create(&thread, NULL, serve, connection) == 0, "pthread_create");
        pthread_detach(thread);
    }
    return NULL;
}

struct web *web_start(web_answer *answer, void *context)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct web *web = calloc(1, sizeof *web);
    socklen_t len = sizeof at;

    must(web != NULL, "calloc");
    web->answer = answer;
    web->context = context;
    pthread_mutex_init(&web->lock, NULL);
    pthread_cond_init(&web->closed, NULL);
    web->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(web->listener >= 0 && bind(web->listener, (struct sockaddr *)&at, len) == 0 &&
             listen(web->listener, 64) == 0 &&
             getsockname(web->listener, (struct sockaddr *)&at, &len) == 0,
         "listen");
    web->port = ntohs(at.sin_port);
    must(pthread_create(&web->thread, NULL, listen_on, web) == 0, "pthread_create");
    return web;
}

char *web_url(const struct web *web, const char *path, char *to)
{
    snprintf(to, 128, "http://127.0.0.1:%d%s", web->port, path);
    return to;
}

unsigned web_count(const struct web *web)
{
    struct web *locked = (struct web *)(uintptr_t)web;
    unsigned count;

    pthread_mutex_lock(&locked->lock);
    count = web->count;
    pthread_mutex_unlock(&locked->lock);
    return count;
}

void web_stop(struct web **web)
{
    struct web *it = *web;

    shutdown(it->listener, SHUT_RDWR);
    pthread_join(it->thread, NULL);
    close(it->listener);
    pthread_mutex_lock(&it->lock);
    while (it->open)
        pthread_cond_wait(&it->closed, &it->lock);
    pthread_mutex_unlock(&it->lock);
    pthread_mutex_destroy(&it->lock);
    pthread_cond_destroy(&it->closed);
    free(it);
    *web = NULL;
}
