/* Servers that do not do as they should: the client is told whether what it asked may have
 * been done, and asks nothing twice by itself. */
#include "lib/https.h"
#include "lib/place.h"
#include "net/client.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A server with a script: what the last request's path says it does. */
static struct {
    SSL_CTX *context;
    int socket;
    pthread_t thread;
    char url[64], head[8192];
    atomic_uint connections, requests;
} server;

static void say(SSL *ssl, const char *text)
{
    SSL_write(ssl, text, (int)strlen(text));
}

static void say_on(SSL *ssl, const char *text)
{
    int i;

    say(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n");
    for (i = 0; i < 2000 && SSL_write(ssl, text, (int)strlen(text)) > 0; i++)
        usleep(20000);
}

static void say_much(SSL *ssl, const char *text)
{
    int i;

    for (i = 0; i < 100000 && SSL_write(ssl, text, (int)strlen(text)) > 0; i++)
        ;
}

#define OK "HTTP/1.1 200 OK\r\n"

static const struct scene {
    const char *path, *text;
    void (*say)(SSL *ssl, const char *text);
    enum kunci_rc rc;
    bool keeps; /* the connection */
} scenes[] = {
    {"/good", OK "Content-Length: 4\r\n\r\ngood", say, KUNCI_OK, true},
    {"/busy", "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", say, KUNCI_OK,
     true},
    {"/moved", "HTTP/1.1 302 No\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n", say, KUNCI_OK,
     true},
    {"/cookie", OK "Set-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n", say, KUNCI_OK, true},
    {"/odd-type", OK "Content-Type: a\x1b[0m\r\nContent-Length: 0\r\n\r\n", say, KUNCI_OK, true},
    {"/nothing", "", say, KUNCI_FETCH_FAILED, false},
    {"/cut", OK "Content-Length: 100\r\n\r\nhalf", say, KUNCI_FETCH_FAILED, false},
    {"/cut-head", OK "Content-Le", say, KUNCI_FETCH_FAILED, false},
    {"/no-end", OK "\r\nhalf", say, KUNCI_FETCH_FAILED, false},
    {"/cut-chunks", OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", say, KUNCI_FETCH_FAILED,
     false},
    {"/chunks", OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n", say, KUNCI_OK, true},
    {"/empty", "HTTP/1.1 204 No\r\n\r\n", say, KUNCI_OK, true},
    {"/no-http", "this is no HTTP at all\r\n\r\n", say, KUNCI_FETCH_FAILED, false},
    {"/old", "HTTP/0.9 this\r\n\r\n", say, KUNCI_FETCH_FAILED, false},
    {"/announced", OK "Content-Length: 99999999999\r\n\r\n", say, KUNCI_FETCH_TOO_LARGE, false},
    {"/endless", "0123456789012345678901234567890123456789", say_much, KUNCI_FETCH_FAILED, false},
    {"/headers", OK "X-More: and more of it, and never an end to it ...\r\n", say_much,
     KUNCI_FETCH_FAILED, false},
    {"/drip", "x", say_on, KUNCI_FETCH_LATE, false},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

/* The head, and as much of a body as it announces. */
static bool receive(SSL *ssl)
{
    size_t len = 0, wanted = SIZE_MAX;
    const char *end, *length;

    while (len < wanted && len + 1 < sizeof server.head) {
        int got = SSL_read(ssl, server.head + len, (int)(sizeof server.head - len - 1));

        if (got <= 0)
            return false;
        len += (size_t)got;
        server.head[len] = '\0';
        if ((end = strstr(server.head, "\r\n\r\n"))) {
            length = strcasestr(server.head, "\r\nContent-Length:");
            wanted = (size_t)(end + 4 - server.head) +
                     (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
        }
    }
    return true;
}

static bool play(SSL *ssl)
{
    char path[64] = "";
    int i;

    if (!receive(ssl) || sscanf(server.head, "%*s %63s", path) != 1)
        return false;
    atomic_fetch_add(&server.requests, 1);
    for (i = 0; i < SCENES; i++)
        if (strcmp(path, scenes[i].path) == 0) {
            scenes[i].say(ssl, scenes[i].text);
            return scenes[i].keeps;
        }
    return false;
}

static void *serve(void *unused)
{
    struct timeval patience = {20, 0};
    int fd;

    while ((fd = accept(server.socket, NULL, NULL)) >= 0) {
        SSL *ssl = SSL_new(server.context);

        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        atomic_fetch_add(&server.connections, 1);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1)
            while (play(ssl))
                ;
        SSL_free(ssl);
        close(fd);
    }
    return unused;
}

static int up(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    place_up();
    https_up();
    https_make("server", "ca", "IP:127.0.0.1", 30);
    server.context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate_file(server.context, "server.pem", SSL_FILETYPE_PEM),
                     1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(server.context, "server.key", SSL_FILETYPE_PEM),
                     1);
    server.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.socket, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(server.socket, 16), 0);
    assert_int_equal(getsockname(server.socket, (struct sockaddr *)&at, &len), 0);
    snprintf(server.url, sizeof server.url, "https://127.0.0.1:%d", ntohs(at.sin_port));
    return pthread_create(&server.thread, NULL, serve, NULL);
}

static int down(void **state)
{
    shutdown(server.socket, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.socket);
    SSL_CTX_free(server.context);
    return place_down(state);
}

static struct client *client_up(void)
{
    const struct client_options options = {
        .url = server.url, .ca_file = "ca.pem", .timeout_ms = 1000, .largest = 10000};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct client *client = NULL;

    assert_int_equal(client_new(&options, &client, &err), KUNCI_OK);
    atomic_store(&server.connections, 0);
    atomic_store(&server.requests, 0);
    return client;
}

static enum kunci_rc call(struct client *client, const char *method, const char *path,
                          struct client_answer *answer)
{
    const struct client_request get = {.method = method, .path = path};
    const struct client_request post = {
        .method = method, .path = path, .type = "text/plain", .body = "abc", .body_len = 3};
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_rc rc = client_call(client, strcmp(method, "GET") == 0 ? &get : &post, answer, &err);

    if (rc == KUNCI_FETCH_FAILED)
        assert_true(*err.detail);
    return rc;
}

static void test_scenes(void **state)
{
    static const char *const methods[] = {"GET", "POST"};
    struct client_answer answer;
    int i, m;

    (void)state;
    for (m = 0; m < 2; m++)
        for (i = 0; i < SCENES; i++) {
            struct client *client = client_up();
            enum kunci_rc rc = call(client, methods[m], scenes[i].path, &answer);

            if (rc != scenes[i].rc)
                fail_msg("%s: %s", scenes[i].path, kunci_err_name(rc));
            assert_true(answer.sent);
            assert_int_equal(atomic_load(&server.requests), 1);
            if (rc == KUNCI_OK)
                assert_non_null(answer.body.data);
            else
                assert_null(answer.body.data);
            buf_clear(&answer.body);
            client_free(&client);
        }
}

static void test_said(void **state)
{
    struct client *client = client_up();
    struct client_answer answer;

    (void)state;
    assert_int_equal(call(client, "GET", "/busy", &answer), KUNCI_OK);
    assert_int_equal(answer.status, 503);
    assert_int_equal(answer.retry_after, 7);
    assert_string_equal(answer.type, "");
    buf_clear(&answer.body);
    assert_int_equal(call(client, "POST", "/moved", &answer), KUNCI_OK);
    assert_int_equal(answer.status, 302);
    buf_clear(&answer.body);
    assert_int_equal(call(client, "GET", "/odd-type", &answer), KUNCI_OK);
    assert_null(strchr(answer.type, '\x1b'));
    buf_clear(&answer.body);
    assert_int_equal(call(client, "GET", "/cookie", &answer), KUNCI_OK);
    buf_clear(&answer.body);
    assert_int_equal(call(client, "GET", "/good", &answer), KUNCI_OK);
    assert_string_equal(answer.body.data, "good");
    assert_null(strcasestr(server.head, "cookie"));
    assert_null(strcasestr(server.head, "authorization"));
    buf_clear(&answer.body);
    assert_int_equal(atomic_load(&server.connections), 1); /* all on one */
    client_free(&client);
}

/* A connection that was kept and ends under the request: what has a body went out once. */
static void test_never_twice(void **state)
{
    struct client *client = client_up();
    struct client_answer answer;

    (void)state;
    assert_int_equal(call(client, "POST", "/good", &answer), KUNCI_OK);
    buf_clear(&answer.body);
    assert_int_equal(call(client, "POST", "/nothing", &answer), KUNCI_FETCH_FAILED);
    assert_true(answer.sent);
    assert_int_equal(atomic_load(&server.requests), 2);
    /* The next one has a connection of its own again. */
    assert_int_equal(call(client, "POST", "/good", &answer), KUNCI_OK);
    buf_clear(&answer.body);
    assert_int_equal(atomic_load(&server.requests), 3);
    client_free(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_said),
        cmocka_unit_test(test_never_twice),
    };

    return cmocka_run_group_tests(tests, up, down);
}
