/* Clients that want no good: each is refused or dropped, and everybody else is served. */
#include "lib/raw.h"
#include "lib/served.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "Host: x\r\n"

static struct listener *listener;
static const char *address;

static int up(void **state)
{
    const struct listen_options options = {
        .address = "127.0.0.1:0",
        .limits = {.patience_ms = 700, .slowest = 1 << 20, .stranger_rate = 1, .stranger_burst = 5},
        .handler = served_handler};
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    served_up();
    assert_int_equal(listen_start(&options, &listener, &err), KUNCI_OK);
    address = listen_address(listener);
    return 0;
}

static int down(void **state)
{
    (void)state;
    listen_stop(&listener, 1000);
    served_down();
    return 0;
}

static void still_serves(void)
{
    struct raw_answer answer;

    raw_ask(address, "GET /told HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_int_equal(answer.status, 200);
}

/* Bytes that are sent, and what may come of them: a status, or the end (0). */
static const struct wrong {
    const char *name, *text;
    size_t len; /* 0: strlen */
    int status, or_status;
} wrongs[] = {
    {"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15, 0, 400},
    {"one word", "GET\r\n\r\n", 0, 0, 400},
    {"HTTP/0.9", "GET /told\r\n\r\n", 0, 0, 400},
    {"HTTP/2.0", "GET /told HTTP/2.0\r\n" HOST "\r\n", 0, 0, 505},
    {"HTTP/1.15", "GET /told HTTP/1.15\r\n" HOST "\r\n", 0, 505, 400},
    {"no Host", "GET /told HTTP/1.1\r\n\r\n", 0, 0, 400},
    {"two Hosts", "GET /told HTTP/1.1\r\n" HOST HOST "\r\n", 0, 400, 400},
    {"absolute form", "GET http://x/told HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"a blank in the path", "GET /to ld HTTP/1.1\r\n" HOST "\r\n", 0, 0, 400},
    {"%00", "GET /told%00x HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"%0a", "GET /told%0ax HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"%c0%80", "GET /told%c0%80 HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"%", "GET /told% HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"%4", "GET /told%4 HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"%4g", "GET /told%4g HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"no UTF-8", "GET /told\xff HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"%00 in a query", "GET /told?q=%00 HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"a query twice", "GET /told?q=1&q=2 HTTP/1.1\r\n" HOST "\r\n", 0, 400, 400},
    {"Authorization twice",
     "GET /secret HTTP/1.1\r\n" HOST
     "Authorization: Bearer wrong\r\nAuthorization: Bearer right\r\n\r\n",
     0, 400, 400},
    {"not there", "GET /etc/passwd HTTP/1.1\r\n" HOST "\r\n", 0, 404, 404},
    {"a strange method", "FROB /told HTTP/1.1\r\n" HOST "\r\n", 0, 200, 200},
    {"no session", "POST /secret HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 0, 401, 401},
    {"no session, expecting",
     "POST /secret HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", 0, 401,
     401},
    {"chunks",
     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0,
     411, 411},
    {"chunks for GET", "GET /told HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0, 0, 411},
    {"chunks and a length",
     "POST /echo HTTP/1.1\r\n" HOST
     "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0, 411, 400},
    {"another encoding", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: x\r\n\r\n", 0, 411,
     411},
    {"a length twice",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 0, 0, 400},
    {"no length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n", 0, 400, 400},
    {"a length below nought", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 0, 400,
     400},
    {"a length with a sign", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc", 0, 400,
     400},
    {"too long",
     "POST /told HTTP/1.1\r\n" HOST "Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n", 0, 413,
     413},
    {"absurdly long", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999\r\n\r\n", 0,
     413, 413},
    {"more than 64 bits",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 0, 413, 400},
    {"absurdly long GET", "GET /told HTTP/1.1\r\n" HOST "Content-Length: 99999999999\r\n\r\n", 0, 0,
     413},
};

static void test_wrongs(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const struct wrong *wrong = &wrongs[i];
        int fd = raw_connect(address);
        struct raw_answer answer;

        raw_send(fd, wrong->text, wrong->len ? wrong->len : strlen(wrong->text));
        shutdown(fd, SHUT_WR);
        raw_answer(fd, &answer);
        if (answer.status != wrong->status && answer.status != wrong->or_status)
            fail_msg("%s: %d %s", wrong->name, answer.status, answer.body);
        if (answer.status == 400 && wrong->status == 400 && *answer.body == '{')
            assert_non_null(strstr(answer.body, "\"name\":\"body_invalid\""));
        close(fd);
    }
    still_serves();
}

/* Behind what ended badly nothing is taken for a request any more. */
static void test_nothing_hides_behind(void **state)
{
    static const char *const fronts[] = {
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
        "GET /told HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
        "DELETE /told HTTP/1.1\r\n" HOST "Content-Length: 99999999999\r\n\r\n",
        "POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 99999999999\r\n\r\n",
        "POST /secret HTTP/1.1\r\n" HOST "Content-Length: 40\r\nExpect: 100-continue\r\n\r\n",
        "GET /told HTTP/1.1\r\n" HOST "Content-Length: zero\r\n\r\n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        int fd = raw_connect(address);
        struct raw_answer answer;

        raw_text(fd, fronts[i]);
        raw_text(fd, "GET /told/hidden HTTP/1.1\r\n" HOST "\r\n");
        do {
            raw_answer(fd, &answer);
            assert_null(strstr(answer.body, "hidden"));
        } while (answer.status);
        close(fd);
    }
    still_serves();
}

/* Each request cut at each length, and nothing is left of it. */
static void test_cut_anywhere(void **state)
{
    static const char text[] = "POST /told HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc";
    size_t len;

    (void)state;
    for (len = 1; len < sizeof text; len++) {
        int fd = raw_connect(address);

        raw_send(fd, text, len);
        close(fd);
    }
    still_serves();
}

static void test_headers_without_end(void **state)
{
    static const char line[] = "X-More: and more of it, and never an end to it all ...\r\n";
    struct raw_answer answer;
    int fd = raw_connect(address), i;

    (void)state;
    raw_text(fd, "GET /told HTTP/1.1\r\n" HOST);
    for (i = 0; i < 100000 && raw_text(fd, line); i++)
        ;
    assert_true(i < 100000);
    close(fd);
    fd = raw_connect(address);
    raw_text(fd, "GET /told/");
    for (i = 0; i < 100000 && raw_text(fd, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
         i++)
        ;
    assert_true(i < 100000);
    close(fd);
    fd = raw_connect(address);
    raw_text(fd, "GET /told HTTP/1.1\r\n" HOST "X-Long: ");
    for (i = 0; i < 1000; i++)
        if (!raw_text(fd, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
            break;
    raw_text(fd, "\r\n\r\n");
    raw_answer(fd, &answer);
    assert_true(answer.status == 431 || answer.status == 0);
    close(fd);
    still_serves();
}

/* A body too large that is sent all the same: the refusal is seen, the bytes are dropped. */
static void test_too_large(void **state)
{
    static char bytes[1 << 20];
    struct raw_answer answer;
    int fd = raw_connect(address), i;

    (void)state;
    raw_text(fd, "PUT /told HTTP/1.1\r\n" HOST "Content-Length: 8388608\r\n\r\n");
    for (i = 0; i < 8; i++)
        assert_true(raw_send(fd, bytes, sizeof bytes));
    raw_answer(fd, &answer);
    assert_int_equal(answer.status, 413);
    assert_non_null(strstr(answer.body, "\"file_too_large\",\"about\":\"/told\""));
    raw_text(fd, "GET /told HTTP/1.1\r\n" HOST "\r\n");
    raw_answer(fd, &answer);
    assert_int_equal(answer.status, 200);
    close(fd);
}

static void test_drip(void **state)
{
    enum { DRIPPING = 60 };
    static const char head[] = "GET /told HTTP/1.1\r\nX-Drip: ";
    static const char body[] = "PUT /told HTTP/1.1\r\n" HOST "Content-Length: 60000\r\n\r\n";
    int fds[DRIPPING], i, round, gone = 0;

    (void)state;
    for (i = 0; i < DRIPPING; i++) {
        fds[i] = raw_connect(address);
        raw_text(fds[i], i % 3 == 0 ? head : i % 3 == 1 ? body : "");
    }
    for (round = 0; round < 40 && gone < DRIPPING; round++) {
        usleep(100000);
        for (gone = i = 0; i < DRIPPING; i++)
            if (i % 3 == 2) /* silent ones */
                gone += recv(fds[i], &(char){0}, 1, MSG_DONTWAIT) == 0;
            else
                gone += !raw_send(fds[i], "x", 1);
        still_serves();
    }
    assert_int_equal(gone, DRIPPING);
    assert_true(round < 25);
    for (i = 0; i < DRIPPING; i++)
        close(fds[i]);
}

/* Who asks for much and does not read it holds a connection for no longer than that. */
static void test_does_not_read(void **state)
{
    int fd = raw_connect(address), i;
    char bytes[4096];
    size_t got = 0;
    ssize_t n;

    (void)state;
    for (i = 0; i < 40; i++)
        raw_text(fd, "GET /large HTTP/1.1\r\n" HOST "\r\n");
    usleep(3000000);
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        got += (size_t)n;
    assert_true(got < 40U << 20);
    close(fd);
    still_serves();
}

static void test_strangers(void **state)
{
    struct raw_answer answer;
    int i, served = 0, refused = 0;

    (void)state;
    for (i = 0; i < 20; i++) {
        raw_ask(address, "GET /stranger HTTP/1.1\r\n" HOST "\r\n", &answer);
        served += answer.status == 200;
        refused += answer.status == 429;
    }
    assert_in_range(served, 5, 7);
    assert_int_equal(served + refused, 20);
    assert_non_null(strstr(answer.head, "Retry-After: 1\r\n"));
    assert_non_null(strstr(answer.body, "\"name\":\"too_many\""));
    still_serves(); /* who has a session is not a stranger */
}

static void test_limits(void **state)
{
    const struct listen_options options = {
        .address = "127.0.0.1:0",
        .limits = {.requests = 3, .bodies = 10000, .threads = 1, .connections_per_address = 20},
        .handler = served_handler};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct raw_answer answer;
    struct listener *few;
    int fds[30], i, open = 0;

    (void)state;
    assert_int_equal(listen_start(&options, &few, &err), KUNCI_OK);
    for (i = 0; i < 3; i++) {
        fds[i] = raw_connect(listen_address(few));
        raw_text(fds[i], "GET /held HTTP/1.1\r\n" HOST "\r\n");
    }
    served_wait(3);
    raw_ask(listen_address(few), "GET /told HTTP/1.1\r\n" HOST "\r\n", &answer);
    assert_int_equal(answer.status, 503);
    served_release();
    for (i = 0; i < 3; i++) {
        raw_answer(fds[i], &answer);
        assert_int_equal(answer.status, 200);
    }
    /* Bodies that are announced have their room, whether they come or not. */
    raw_text(fds[0], "PUT /told HTTP/1.1\r\n" HOST "Content-Length: 9000\r\n\r\nx");
    do
        raw_ask(listen_address(few),
                "PUT /told HTTP/1.1\r\n" HOST
                "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
                &answer);
    while (answer.status != 503);
    for (i = 3; i < 30; i++) {
        fds[i] = raw_connect(listen_address(few));
        raw_text(fds[i], "GET /told HTTP/1.1\r\n" HOST "\r\n");
    }
    for (i = 3; i < 30; i++) {
        raw_answer(fds[i], &answer);
        open += answer.status != 0;
    }
    assert_in_range(open, 1, 20);
    for (i = 0; i < 30; i++)
        close(fds[i]);
    listen_stop(&few, 0);
}

/* Random bytes, and right ones with some of them changed. */
static void test_garbage(void **state)
{
    enum { ROUNDS = 6, AT_ONCE = 100 };
    static const char right[] = "POST /told/a%20b?q=1&r=2 HTTP/1.1\r\n" HOST
                                "Authorization: Bearer x\r\nContent-Length: 5\r\n\r\nhello";
    int round, i, at, fds[AT_ONCE];
    struct raw_answer answer;
    unsigned seed = 1;

    (void)state;
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < AT_ONCE; i++) {
            char text[sizeof right];

            memcpy(text, right, sizeof right);
            for (at = 0; at < (i % 4 ? 3 : (int)sizeof text); at++)
                text[i % 4 ? (size_t)rand_r(&seed) % (sizeof text - 1) : (size_t)at] =
                    (char)rand_r(&seed);
            fds[i] = raw_connect(address);
            raw_send(fds[i], text, sizeof text - 1);
            shutdown(fds[i], SHUT_WR);
        }
        for (i = 0; i < AT_ONCE; i++) {
            raw_answer(fds[i], &answer);
            close(fds[i]);
        }
    }
    still_serves();
}

static size_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long all, pages;

    if (!file || fscanf(file, "%lu %lu", &all, &pages) != 2)
        abort();
    fclose(file);
    return pages * 4096;
}

/* The same a thousand times over takes no more memory than once. */
static void test_memory(void **state)
{
    size_t then = 0, now;
    int round, i;

    (void)state;
    for (round = 0; round < 6; round++) {
        for (i = 0; i < 250; i++) {
            int fd = raw_connect(address);
            struct raw_answer answer;

            raw_text(fd, i % 10 == 0 ? "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 9999\r\n\r\nx"
                         : i % 2     ? "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"
                                     : "GET /held HTTP/1.1\r\n" HOST "\r\n");
            if (i % 2)
                raw_answer(fd, &answer);
            close(fd);
            if (i % 20 == 0)
                served_release();
        }
        served_release();
        still_serves();
        malloc_trim(0);
        now = resident();
        if (round == 1)
            then = now;
    }
    /* Sanitizers keep what is freed for a while. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(now < then + (8 << 20));
#endif
    assert_true(then > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrongs),        cmocka_unit_test(test_nothing_hides_behind),
        cmocka_unit_test(test_cut_anywhere),  cmocka_unit_test(test_headers_without_end),
        cmocka_unit_test(test_too_large),     cmocka_unit_test(test_drip),
        cmocka_unit_test(test_does_not_read), cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, up, down);
}
