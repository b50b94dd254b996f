/* Answers over HTTP: what comes is taken whole, and a server that misbehaves gets
 * neither our time nor our memory. */
#include "lib/web.h"
#include "net/fetch.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST = 4096 };

static struct web *web;

static void redirect(int fd, const char *to)
{
    web_text(fd, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: ");
    web_text(fd, to);
    web_text(fd, "\r\n\r\n");
}

static void redirect_here(int fd, const char *path)
{
    char url[128];

    redirect(fd, web_url(web, path, url));
}

/* ---- what the server does, by path ---- */

static void good(int fd, const struct web_request *request)
{
    (void)request;
    web_reply(fd, "application/octet-stream; x=y", "answer", 6);
}

static void empty(int fd, const struct web_request *request)
{
    (void)request;
    web_reply(fd, "application/octet-stream", "", 0);
}

static void echo(int fd, const struct web_request *request)
{
    web_reply(fd, "application/ocsp-response", request->body, request->body_len);
}

static void head(int fd, const struct web_request *request)
{
    web_reply(fd, "text/plain", request->head, strlen(request->head));
}

static void fits(int fd, const struct web_request *request)
{
    static const char zeros[LARGEST];

    (void)request;
    web_reply(fd, "text/plain", zeros, sizeof zeros);
}

static void announced(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nx");
}

static void endless(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
    while (web_text(fd, "more and more of it, and never an end to it all ..."))
        ;
}

static void endless_chunks(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (web_text(fd, "4\r\nmore\r\n"))
        ;
}

static void headers(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\n");
    while (web_text(fd, "X-More: and more of it, and never an end to it all ...\r\n"))
        ;
}

static void one_header(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nX-Long: ");
    while (web_text(fd, "and more of it, and never an end to it all ..."))
        ;
}

static void drip(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n");
    while (web_text(fd, "x"))
        usleep(20000);
}

static void silent(int fd, const struct web_request *request)
{
    char byte;

    (void)request;
    if (read(fd, &byte, 1) < 0)
        return;
}

static void cut(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

static void cut_chunks(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
}

static void nothing(int fd, const struct web_request *request)
{
    (void)fd;
    (void)request;
}

static void no_http(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "this is no HTTP\r\n\r\nat all");
}

static void moved(int fd, const struct web_request *request)
{
    (void)request;
    redirect_here(fd, "/good");
}

static void moved_post(int fd, const struct web_request *request)
{
    (void)request;
    redirect_here(fd, "/echo");
}

static void loop(int fd, const struct web_request *request)
{
    (void)request;
    redirect_here(fd, "/loop");
}

static void to_file(int fd, const struct web_request *request)
{
    (void)request;
    redirect(fd, "file:///etc/hostname");
}

static void to_ftp(int fd, const struct web_request *request)
{
    (void)request;
    redirect(fd, "ftp://127.0.0.1/x");
}

static void cookie(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 302 Found\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n"
                 "Connection: close\r\nLocation: /head\r\n\r\n");
}

static void missing(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone");
}

static void packed(int fd, const struct web_request *request)
{
    (void)request;
    web_text(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n"
                 "Connection: close\r\n\r\n\x1f\x8b\x08.");
}

static const struct place {
    const char *path;
    void (*serve)(int fd, const struct web_request *request);
    enum kunci_rc rc;   /* of a GET */
    const char *answer; /* where that is a text */
} places[] = {
    {"/good", good, KUNCI_OK, "answer"},
    {"/empty", empty, KUNCI_OK, ""},
    {"/fits", fits, KUNCI_OK, NULL},
    {"/head", head, KUNCI_OK, NULL},
    {"/echo", echo, KUNCI_OK, ""},
    {"/moved", moved, KUNCI_OK, "answer"},
    {"/packed", packed, KUNCI_OK, "\x1f\x8b\x08."}, /* nothing is unpacked */
    {"/announced", announced, KUNCI_FETCH_TOO_LARGE, NULL},
    {"/endless", endless, KUNCI_FETCH_TOO_LARGE, NULL},
    {"/chunks", endless_chunks, KUNCI_FETCH_TOO_LARGE, NULL},
    {"/headers", headers, KUNCI_FETCH_FAILED, NULL},
    {"/one-header", one_header, KUNCI_FETCH_FAILED, NULL},
    {"/drip", drip, KUNCI_FETCH_LATE, NULL},
    {"/silent", silent, KUNCI_FETCH_LATE, NULL},
    {"/cut", cut, KUNCI_FETCH_FAILED, NULL},
    {"/cut-chunks", cut_chunks, KUNCI_FETCH_FAILED, NULL},
    {"/nothing", nothing, KUNCI_FETCH_FAILED, NULL},
    {"/no-http", no_http, KUNCI_FETCH_FAILED, NULL},
    {"/loop", loop, KUNCI_FETCH_FAILED, NULL},
    {"/to-file", to_file, KUNCI_FETCH_FAILED, NULL},
    {"/to-ftp", to_ftp, KUNCI_FETCH_FAILED, NULL},
    {"/missing", missing, KUNCI_FETCH_FAILED, NULL},
};
/* Asked for by tests of their own. */
static const struct place more[] = {
    {"/moved-post", moved_post, KUNCI_OK, NULL},
    {"/cookie", cookie, KUNCI_OK, NULL},
};

static void serve(int fd, const struct web_request *request, void *context)
{
    size_t i;

    (void)context;
    for (i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].path, request->path) == 0)
            places[i].serve(fd, request);
    for (i = 0; i < sizeof more / sizeof *more; i++)
        if (strcmp(more[i].path, request->path) == 0)
            more[i].serve(fd, request);
}

/* ---- tests ---- */

static enum kunci_rc get(const char *url, struct buf *out, struct kunci_err *err)
{
    const struct fetch fetch = {.url = url, .timeout_ms = 1000, .largest = LARGEST};

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return fetch_get(&fetch, out, err);
}

static void test_every_answer(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof places / sizeof *places; i++) {
        struct buf answer = {0};
        struct kunci_err err;
        char url[128];
        enum kunci_rc rc = get(web_url(web, places[i].path, url), &answer, &err);

        if (rc != places[i].rc)
            fail_msg("%s: %s (%s)", places[i].path, kunci_err_name(rc), err.detail);
        if (places[i].answer) {
            assert_int_equal(answer.len, strlen(places[i].answer));
            assert_string_equal(answer.data, places[i].answer);
        }
        if (rc != KUNCI_OK) {
            assert_null(answer.data); /* nothing of half an answer */
            assert_string_equal(err.about, url);
        }
        if (rc == KUNCI_FETCH_FAILED)
            assert_true(*err.detail);
        buf_clear(&answer);
    }
}

static void test_addresses_refused(void **state)
{
    static const char *const urls[] = {
        "",
        "file:///etc/hostname",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "ldap://127.0.0.1/cn=x?certificateRevocationList",
        "http://",
        "http://name:word@127.0.0.1:1/",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
        "\r\nGET / HTTP/1.1",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct buf answer = {0};
        struct kunci_err err;

        assert_int_equal(get(urls[i], &answer, &err), KUNCI_FETCH_FAILED);
        assert_true(*err.detail);
    }
}

static enum kunci_rc post(const char *path, const char *accept, struct buf *out,
                          struct kunci_err *err)
{
    char url[128];
    const struct fetch fetch = {.url = web_url(web, path, url),
                                .type = "application/ocsp-request",
                                .body = "a\0b",
                                .body_len = 3,
                                .accept = accept,
                                .timeout_ms = 5000,
                                .largest = LARGEST};

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return fetch_get(&fetch, out, err);
}

static void test_post(void **state)
{
    static const char *const paths[] = {"/echo", "/moved-post"};
    struct kunci_err err;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct buf answer = {0};

        assert_int_equal(post(paths[i], "application/ocsp-response", &answer, &err), KUNCI_OK);
        assert_int_equal(answer.len, 3);
        assert_memory_equal(answer.data, "a\0b", 3);
        buf_clear(&answer);
    }
}

static void test_type(void **state)
{
    struct buf answer = {0};
    struct kunci_err err;

    (void)state;
    assert_int_equal(post("/echo", "application/ocsp", &answer, &err), KUNCI_FETCH_FAILED);
    assert_int_equal(post("/good", "application/Octet-Stream", &answer, &err), KUNCI_OK);
    buf_clear(&answer);
    assert_int_equal(post("/head", "application/ocsp-response", &answer, &err), KUNCI_FETCH_FAILED);
}

/* What is sent is ours: no proxy of the environment, nothing kept, no ways of packing. */
static void test_nothing_of_the_persons(void **state)
{
    struct buf answer = {0};
    struct kunci_err err;
    char url[128];

    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(get(web_url(web, "/cookie", url), &answer, &err), KUNCI_OK);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_null(strcasestr(answer.data, "cookie"));
    assert_null(strcasestr(answer.data, "accept-encoding"));
    assert_null(strcasestr(answer.data, "authorization"));
    buf_clear(&answer);
    assert_int_equal(post("/head", "text/plain", &answer, &err), KUNCI_OK);
    assert_null(strcasestr(answer.data, "expect"));
    assert_non_null(strstr(answer.data, "Accept: text/plain\r\n"));
    assert_non_null(strstr(answer.data, "Content-Type: application/ocsp-request\r\n"));
    buf_clear(&answer);
}

static void *get_often(void *failed)
{
    int i;

    for (i = 0; i < 20; i++) {
        struct buf answer = {0};
        struct kunci_err err;
        char url[128];

        if (get(web_url(web, i % 4 ? "/good" : "/cut", url), &answer, &err) !=
            (i % 4 ? KUNCI_OK : KUNCI_FETCH_FAILED))
            *(int *)failed = 1;
        buf_clear(&answer);
    }
    return NULL;
}

static void test_threads(void **state)
{
    enum { THREADS = 8 };
    int i, failed[THREADS] = {0};
    pthread_t threads[THREADS];

    (void)state;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_often, &failed[i]), 0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(failed[i]);
    }
}

static int start(void **state)
{
    (void)state;
    web = web_start(serve, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    web_stop(&web);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads), /* first, so that they all load the library */
        cmocka_unit_test(test_every_answer),
        cmocka_unit_test(test_addresses_refused),
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_type),
        cmocka_unit_test(test_nothing_of_the_persons),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
