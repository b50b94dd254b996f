#include "lib/served.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELD = 4096 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct exchange *held[HELD];
    unsigned count;
    struct listen_constant *constant;
    char large[1 << 20];
} served = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

const char *served_file = "/etc/hostname";

static void say(struct exchange *exchange, unsigned status, const char *text)
{
    const struct listen_answer answer = {
        .status = status, .type = "text/plain", .bytes = text, .len = strlen(text)};

    listen_answer(exchange, &answer);
}

static void tell(struct exchange *exchange, const struct listen_request *request)
{
    const char *query = listen_query(exchange, "q");
    struct buf body = {0};
    const struct listen_answer answer = {.status = 200, .type = "text/plain", .body = &body};

    buf_printf(&body, "%s %s\nq=%s\nauthorization=%s\naccept=%s\nlanguage=%s\ntype=%s\npeer=%s\n",
               request->method, request->path, query ? query : "-",
               request->authorization ? request->authorization : "-",
               request->accept ? request->accept : "-",
               request->accept_language ? request->accept_language : "-",
               request->content_type ? request->content_type : "-", request->peer);
    buf_printf(&body, "tls=%d\nlength=%zu\nbody=%s\n", request->tls, request->body_len,
               request->body);
    listen_answer(exchange, &answer);
}

struct later {
    struct exchange *exchange;
    const struct listen_request *request;
};

static void *tell_later(void *argument)
{
    struct later *later = argument;

    tell(later->exchange, later->request);
    free(later);
    return NULL;
}

static void later(struct exchange *exchange, const struct listen_request *request)
{
    struct later *later = malloc(sizeof *later);
    pthread_t thread;

    if (!later)
        abort();
    *later = (struct later){exchange, request};
    if (pthread_create(&thread, NULL, tell_later, later) != 0)
        abort();
    pthread_detach(thread);
}

static void hold(struct exchange *exchange, const struct listen_request *request)
{
    (void)request;
    pthread_mutex_lock(&served.lock);
    if (served.count == HELD)
        abort();
    served.held[served.count++] = exchange;
    pthread_cond_broadcast(&served.changed);
    pthread_mutex_unlock(&served.lock);
}

void served_wait(unsigned held)
{
    pthread_mutex_lock(&served.lock);
    while (served.count < held)
        pthread_cond_wait(&served.changed, &served.lock);
    pthread_mutex_unlock(&served.lock);
}

void served_release(void)
{
    unsigned i;

    pthread_mutex_lock(&served.lock);
    for (i = 0; i < served.count; i++)
        say(served.held[i], 200, "released");
    served.count = 0;
    pthread_mutex_unlock(&served.lock);
}

static void echo(struct exchange *exchange, const struct listen_request *request)
{
    const struct listen_answer answer = {.status = 200,
                                         .type = "application/octet-stream",
                                         .bytes = request->body,
                                         .len = request->body_len};

    listen_answer(exchange, &answer);
}

static void stranger(struct exchange *exchange, const struct listen_request *request)
{
    (void)request;
    say(exchange, 200, "in");
}

static void constant(struct exchange *exchange, const struct listen_request *request)
{
    (void)request;
    listen_answer_constant(exchange, served.constant);
}

static void file(struct exchange *exchange, const struct listen_request *request)
{
    const struct listen_answer answer = {.status = 200,
                                         .type = "text/plain",
                                         .headers = {{"X-One", "1"}, {"X-Two", "2"}},
                                         .fd = open(served_file, O_RDONLY | O_CLOEXEC),
                                         .cache = "max-age=60"};

    (void)request;
    listen_answer(exchange, &answer);
}

static void large(struct exchange *exchange, const struct listen_request *request)
{
    const struct listen_answer answer = {.status = 200,
                                         .type = "application/octet-stream",
                                         .bytes = served.large,
                                         .len = sizeof served.large};

    (void)request;
    listen_answer(exchange, &answer);
}

static const struct route {
    const char *path;
    void (*serve)(struct exchange *exchange, const struct listen_request *request);
} routes[] = {
    {"/echo", echo}, {"/told", tell},         {"/later", later},
    {"/held", hold}, {"/stranger", stranger}, {"/constant", constant},
    {"/file", file}, {"/large", large},       {"/secret", tell},
};

static size_t head(void *context, struct exchange *exchange, const struct listen_request *request)
{
    size_t i;

    (void)context;
    if (strcmp(request->path, "/secret") == 0 &&
        (!request->authorization || strcmp(request->authorization, "Bearer right") != 0)) {
        say(exchange, 401, "who are you?");
        return 0;
    }
    if (strcmp(request->path, "/stranger") == 0 && !listen_stranger(exchange))
        return 0;
    for (i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strncmp(routes[i].path, request->path, strlen(routes[i].path)) == 0) {
            listen_note(exchange, &routes[i]);
            return i == 0 ? 16 << 20 : 64 << 10;
        }
    say(exchange, 404, "nothing here");
    return 0;
}

static void whole(void *context, struct exchange *exchange, const struct listen_request *request)
{
    const struct route *route = listen_noted(exchange);

    (void)context;
    route->serve(exchange, request);
}

const struct listen_handler served_handler = {head, whole, NULL};

void served_up(void)
{
    static char bytes[2048];
    const struct listen_answer answer = {.status = 200,
                                         .type = "application/ocsp-response",
                                         .bytes = bytes,
                                         .len = sizeof bytes,
                                         .cache = "public, max-age=60"};
    struct kunci_err err = KUNCI_ERR_INIT;

    memset(bytes, 'x', sizeof bytes);
    memset(served.large, 'l', sizeof served.large);
    if (listen_constant_new(&answer, &served.constant, &err) != KUNCI_OK)
        abort();
}

void served_down(void)
{
    listen_constant_drop(&served.constant);
}
