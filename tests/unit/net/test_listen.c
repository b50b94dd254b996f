/* The listener: what is asked comes over whole, what is answered goes back whole, at once
 * or later, and its end cuts nobody off who has time left. */
#include "lib/raw.h"
#include "lib/served.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct listener *listener;

static struct listener *start(const char *address, struct listen_limits limits)
{
    const struct listen_options options = {
        .address = address, .limits = limits, .handler = served_handler};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct listener *it = NULL;

    if (listen_start(&options, &it, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    return it;
}

static int up(void **state)
{
    (void)state;
    served_up();
    listener = start("127.0.0.1:0", (struct listen_limits){0});
    return 0;
}

static int down(void **state)
{
    (void)state;
    listen_stop(&listener, 1000);
    served_down();
    return 0;
}

static void ask(const char *text, struct raw_answer *answer)
{
    raw_ask(listen_address(listener), text, answer);
}

#define HOST "Host: x\r\n"

static void test_told(void **state)
{
    static const char request[] = "POST /told/a%20b%C3%A9%2Fc?q=1+%26%202&x HTTP/1.1\r\n" HOST
                                  "Authorization: Bearer abc\r\nAccept: text/html\r\n"
                                  "Accept-Language: id\r\nContent-Type: text/x\r\n"
                                  "Content-Length: 5\r\n\r\nhello";
    static const char told[] = "POST /told/a bé/c\nq=1 & 2\nauthorization=Bearer abc\n"
                               "accept=text/html\nlanguage=id\ntype=text/x\npeer=127.0.0.1\n"
                               "tls=0\nlength=5\nbody=hello\n";
    static const char bare[] = "GET /later HTTP/1.0\r\n\r\n";
    static const char little[] = "GET /later\nq=-\nauthorization=-\naccept=-\nlanguage=-\ntype=-\n"
                                 "peer=127.0.0.1\ntls=0\nlength=0\nbody=\n";
    struct raw_answer answer;

    (void)state;
    ask(request, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, told);
    ask(bare, &answer);
    assert_string_equal(answer.body, little);
}

static void test_headers(void **state)
{
    struct raw_answer answer;

    (void)state;
    ask("GET /told HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_non_null(strstr(answer.head, "X-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(answer.head, "Cache-Control: no-store\r\n"));
    assert_non_null(strstr(answer.head, "Content-Type: text/plain\r\n"));
    assert_null(strstr(answer.head, "Strict-Transport")); /* without TLS it means nothing */
    ask("GET /constant HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_int_equal(answer.body_len, 2048);
    assert_non_null(strstr(answer.head, "Cache-Control: public, max-age=60\r\n"));
    ask("GET /file HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_true(answer.body_len > 0);
    assert_non_null(strstr(answer.head, "X-One: 1\r\n"));
    assert_non_null(strstr(answer.head, "X-Two: 2\r\n"));
}

static void test_kept_alive(void **state)
{
    int fd = raw_connect(listen_address(listener)), i;
    struct raw_answer answer;

    (void)state;
    for (i = 0; i < 50; i++) {
        /* A refusal by the head alone keeps the connection too: the body is dropped. */
        const char *path = i % 3 == 0 ? "/told" : i % 3 == 1 ? "/later" : "/nowhere";
        char text[128];

        snprintf(text, sizeof text, "PUT %s HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
                 path);
        assert_true(raw_text(fd, text));
        raw_answer(fd, &answer);
        assert_int_equal(answer.status, i % 3 == 2 ? 404 : 200);
        assert_false(answer.closed);
    }
    /* Two at once: answered one after the other. */
    raw_text(fd, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /told HTTP/1.1\r\n" HOST "\r\n");
    raw_answer(fd, &answer);
    assert_non_null(strstr(answer.body, "GET /later"));
    raw_answer(fd, &answer);
    assert_non_null(strstr(answer.body, "GET /told"));
    /* HEAD: the length without the body. */
    raw_text(fd, "HEAD /constant HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    raw_answer(fd, &answer);
    assert_non_null(strstr(answer.head, "Content-Length: 2048\r\n"));
    assert_int_equal(answer.body_len, 0);
    close(fd);
}

static void test_body(void **state)
{
    enum { LARGE = 10 << 20 };
    int fd = raw_connect(listen_address(listener));
    struct raw_answer answer;
    static char bytes[LARGE];

    (void)state;
    memset(bytes, 'b', sizeof bytes);
    raw_text(fd, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 10485760\r\n\r\n");
    assert_true(raw_send(fd, bytes, sizeof bytes));
    raw_answer(fd, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, LARGE);
    raw_text(fd, "PUT /told HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
                 "Content-Length: 3\r\n\r\n");
    assert_int_equal(recv(fd, bytes, 25, MSG_WAITALL), 25);
    assert_memory_equal(bytes, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    raw_text(fd, "abc");
    raw_answer(fd, &answer);
    assert_non_null(strstr(answer.body, "body=abc\n"));
    close(fd);
}

/* More wait than there are threads, and all others are served meanwhile. */
static void test_suspended(void **state)
{
    enum { HELD = 40 };
    struct raw_answer answer;
    int fds[HELD], i;

    (void)state;
    for (i = 0; i < HELD; i++) {
        fds[i] = raw_connect(listen_address(listener));
        raw_text(fds[i], "GET /held HTTP/1.1\r\n" HOST "\r\n");
    }
    served_wait(HELD);
    for (i = 0; i < HELD; i += 4) /* some do not wait for it */
        close(fds[i]);
    ask("GET /told HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_int_equal(answer.status, 200);
    served_release();
    for (i = 0; i < HELD; i++) {
        if (i % 4 == 0)
            continue;
        raw_answer(fds[i], &answer);
        assert_string_equal(answer.body, "released");
        close(fds[i]);
    }
}

static void *ask_often(void *argument)
{
    int fd = raw_connect(listen_address(listener)), i;
    struct raw_answer answer;

    for (i = 0; i < 200; i++) {
        char text[128], wanted[64];

        snprintf(wanted, sizeof wanted, "/%s/%d", i % 2 ? "later" : "told", i);
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST "\r\n", wanted);
        raw_text(fd, text);
        raw_answer(fd, &answer);
        if (answer.status != 200 || !strstr(answer.body, wanted))
            *(int *)argument = 1;
    }
    close(fd);
    return NULL;
}

static void test_threads(void **state)
{
    enum { THREADS = 8 };
    int i, failed[THREADS] = {0};
    pthread_t threads[THREADS];

    (void)state;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &failed[i]), 0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
}

static void test_addresses(void **state)
{
    struct listen_options options = {.handler = served_handler};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct listener *six, *other = NULL;
    struct raw_answer answer;

    (void)state;
    six = start("[::1]:0", (struct listen_limits){.threads = 1});
    assert_non_null(strstr(listen_address(six), "[::1]:"));
    raw_ask(listen_address(six), "GET /told HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_non_null(strstr(answer.body, "peer=::1\n"));
    options.address = listen_address(six);
    assert_int_equal(listen_start(&options, &other, &err), KUNCI_LISTEN_FAILED);
    assert_string_equal(err.about, listen_address(six));
    assert_null(other);
    listen_stop(&six, 0);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    options.address = "localhost:http";
    assert_int_equal(listen_start(&options, &other, &err), KUNCI_CONFIG_INVALID);
}

static void *stop(void *listener_at)
{
    listen_stop(listener_at, 5000);
    return NULL;
}

/* What is under way ends as it should; what comes then is refused. */
static void test_stop_waits(void **state)
{
    struct listener *it = start("127.0.0.1:0", (struct listen_limits){0});
    int held = raw_connect(listen_address(it)), idle = raw_connect(listen_address(it));
    struct raw_answer answer;
    pthread_t thread;

    (void)state;
    raw_text(held, "GET /held HTTP/1.1\r\n" HOST "\r\n");
    served_wait(1);
    assert_int_equal(pthread_create(&thread, NULL, stop, &it), 0);
    do {
        raw_text(idle, "GET /told HTTP/1.1\r\n" HOST "\r\n");
        raw_answer(idle, &answer);
    } while (answer.status == 200);
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.head, "Retry-After: 1\r\n"));
    assert_non_null(strstr(answer.body, "{\"error\":{\"name\":\"too_many\""));
    served_release();
    raw_answer(held, &answer);
    assert_string_equal(answer.body, "released");
    pthread_join(thread, NULL);
    assert_true(raw_ended(held));
    assert_true(raw_ended(idle));
    close(held);
    close(idle);
}

/* Whose time is over gets nothing at all; who answers then hurts nobody. */
static void test_stop_cuts(void **state)
{
    struct listener *it = start("127.0.0.1:0", (struct listen_limits){0});
    int held[8], half = raw_connect(listen_address(it)), i;

    (void)state;
    raw_text(half, "PUT /held HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nab");
    for (i = 0; i < 8; i++) {
        held[i] = raw_connect(listen_address(it));
        raw_text(held[i], "PUT /held HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
    }
    served_wait(8);
    listen_stop(&it, 50);
    assert_null(it);
    for (i = 0; i < 8; i++) {
        assert_true(raw_ended(held[i]));
        close(held[i]);
    }
    assert_true(raw_ended(half));
    close(half);
    served_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),       cmocka_unit_test(test_headers),
        cmocka_unit_test(test_kept_alive), cmocka_unit_test(test_body),
        cmocka_unit_test(test_suspended),  cmocka_unit_test(test_threads),
        cmocka_unit_test(test_addresses),  cmocka_unit_test(test_stop_waits),
        cmocka_unit_test(test_stop_cuts),
    };

    return cmocka_run_group_tests(tests, up, down);
}
