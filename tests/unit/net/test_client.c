/* The client of an authority: it speaks with the server that it was told to, with nobody
 * else, and says whether what it asked may have been done. */
#include "lib/https.h"
#include "lib/place.h"
#include "lib/raw.h"
#include "lib/served.h"
#include "net/client.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <kunci/clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct listen_tls *tls;
static struct listener *listener;
static char url[128];

static void start(void)
{
    const struct listen_options options = {
        .address = "127.0.0.1:0", .tls = tls, .handler = served_handler};
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(listen_start(&options, &listener, &err), KUNCI_OK);
    snprintf(url, sizeof url, "https://%s", listen_address(listener));
}

static void set_clock(long ahead)
{
    FILE *file = fopen("clock", "r+");

    if (!file)
        file = fopen("clock", "w");
    assert_non_null(file);
    fprintf(file, "%+011ld\n", ahead);
    fclose(file);
}

static int up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    place_up();
    https_up();
    served_up();
    set_clock(0);
    assert_int_equal(kunci_clock_follow("clock", &err), KUNCI_OK);
    assert_int_equal(listen_tls_new(&tls, &err), KUNCI_OK);
    https_certify(tls, "ca", "DNS:localhost,IP:127.0.0.1", 30, 7);
    start();
    return 0;
}

static int down(void **state)
{
    listen_stop(&listener, 100);
    listen_tls_free(&tls);
    served_down();
    return place_down(state);
}

static struct client *client_of(const char *base, const char *ca_file, size_t largest)
{
    const struct client_options options = {
        .url = base, .ca_file = ca_file, .timeout_ms = 1500, .largest = largest};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct client *client = NULL;

    if (client_new(&options, &client, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    return client;
}

static enum kunci_rc get(struct client *client, const char *path, struct client_answer *answer,
                         struct kunci_err *err)
{
    const struct client_request request = {.method = "GET", .path = path};

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return client_call(client, &request, answer, err);
}

static void test_calls(void **state)
{
    static const char told[] = "PUT /told\nq=-\nauthorization=Bearer tok3n\n"
                               "accept=application/json\nlanguage=id\ntype=application/x\n"
                               "peer=127.0.0.1\ntls=1\nlength=5\nbody=hello\n";
    struct client *client = client_of(url, "ca.pem", 0);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *bearer;
    struct client_answer answer;
    char token[] = "tok3n";
    int i;

    (void)state;
    assert_int_equal(kunci_secret_take(token, 5, &bearer, &err), KUNCI_OK);
    for (i = 0; i < 20; i++) {
        const struct client_request request = {.method = "PUT",
                                               .path = "/told",
                                               .bearer = bearer,
                                               .type = "application/x",
                                               .body = "hello",
                                               .body_len = 5,
                                               .accept = "application/json",
                                               .language = "id"};

        assert_int_equal(client_call(client, &request, &answer, &err), KUNCI_OK);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.type, "text/plain");
        assert_string_equal(answer.body.data, told);
        assert_int_equal(answer.retry_after, -1);
        assert_true(answer.sent);
        buf_clear(&answer.body);
        /* Nothing of the call before is left. */
        assert_int_equal(get(client, "/told?q=%20", &answer, &err), KUNCI_OK);
        assert_non_null(strstr(answer.body.data, "GET /told\nq= \nauthorization=-\n"));
        assert_non_null(strstr(answer.body.data, "type=-\n"));
        buf_clear(&answer.body);
    }
    kunci_secret_free(&bearer);
    client_free(&client);
    assert_null(client);
}

static void test_methods(void **state)
{
    static const struct client_request requests[] = {
        {.method = "DELETE", .path = "/told"},
        {.method = "POST", .path = "/told"},
        {.method = "POST", .path = "/told", .type = "text/plain", .body = ""},
        {.method = "PATCH", .path = "/told", .type = "text/plain", .body = "a", .body_len = 1},
    };
    struct client *client = client_of(url, "ca.pem", 0);
    struct client_answer answer;
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof requests / sizeof *requests; i++) {
        char wanted[32];

        assert_int_equal(client_call(client, &requests[i], &answer, &err), KUNCI_OK);
        snprintf(wanted, sizeof wanted, "%s /told\n", requests[i].method);
        assert_memory_equal(answer.body.data, wanted, strlen(wanted));
        snprintf(wanted, sizeof wanted, "length=%zu\n", requests[i].body_len);
        assert_non_null(strstr(answer.body.data, wanted));
        buf_clear(&answer.body);
    }
    assert_int_equal(get(client, "/nowhere", &answer, &err), KUNCI_OK);
    assert_int_equal(answer.status, 404);
    buf_clear(&answer.body);
    client_free(&client);
}

static void test_large_and_late(void **state)
{
    struct client *client = client_of(url, "ca.pem", 100000);
    struct client_answer answer;
    struct kunci_err err;

    (void)state;
    assert_int_equal(get(client, "/large", &answer, &err), KUNCI_FETCH_TOO_LARGE);
    assert_true(answer.sent);
    assert_null(answer.body.data);
    assert_int_equal(get(client, "/held", &answer, &err), KUNCI_FETCH_LATE);
    assert_true(answer.sent);
    served_release();
    assert_int_equal(get(client, "/told", &answer, &err), KUNCI_OK);
    buf_clear(&answer.body);
    client_free(&client);
}

/* ---- who it speaks with ---- */

static void refused(const char *base, const char *ca_file)
{
    struct client *client = client_of(base, ca_file, 0);
    struct client_answer answer;
    struct kunci_err err;

    assert_int_equal(get(client, "/told", &answer, &err), KUNCI_FETCH_FAILED);
    assert_true(*err.detail);
    assert_false(answer.sent);
    assert_int_equal(answer.status, 0);
    client_free(&client);
}

static void accepted(const char *base, const char *ca_file)
{
    struct client *client = client_of(base, ca_file, 0);
    struct client_answer answer;
    struct kunci_err err;

    if (get(client, "/told", &answer, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    buf_clear(&answer.body);
    client_free(&client);
}

static void test_whom(void **state)
{
    const char *port = strrchr(url, ':') + 1;
    char other[128];

    (void)state;
    accepted(url, "ca.pem");
    refused(url, "other.pem");
    snprintf(other, sizeof other, "https://localhost:%s", port);
    accepted(other, "ca.pem");
    snprintf(other, sizeof other, "https://127.0.0.2:%s", port);
    refused(other, "ca.pem"); /* nobody listens there */
    https_certify(tls, "ca", "DNS:ams.example", 30, 8);
    refused(url, "ca.pem");
    snprintf(other, sizeof other, "https://localhost:%s", port);
    refused(other, "ca.pem");
    https_certify(tls, "other", "IP:127.0.0.1", 30, 9);
    refused(url, "ca.pem");
    setenv("SSL_CERT_FILE", "other.pem", 1); /* of the person's own nothing takes part */
    refused(url, "ca.pem");
    unsetenv("SSL_CERT_FILE");
    https_certify(tls, "ca", "DNS:localhost,IP:127.0.0.1", 30, 7);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    accepted(url, "ca.pem");
    unsetenv("https_proxy");
}

/* The lab's clock counts, for each new connection. */
static void test_moved_clock(void **state)
{
    (void)state;
    set_clock(20L * 86400);
    accepted(url, "ca.pem");
    set_clock(31L * 86400);
    refused(url, "ca.pem");
    set_clock(-2L * 86400);
    refused(url, "ca.pem");
    set_clock(0);
    accepted(url, "ca.pem");
}

/* ---- whether it may have been done ---- */

static void test_nobody(void **state)
{
    const struct client_request request = {
        .method = "POST", .path = "/told", .type = "text/plain", .body = "a", .body_len = 1};
    struct client *client = client_of(url, "ca.pem", 0);
    struct client_answer answer;
    struct kunci_err err;

    (void)state;
    assert_int_equal(get(client, "/told", &answer, &err), KUNCI_OK);
    buf_clear(&answer.body);
    listen_stop(&listener, 100);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(client_call(client, &request, &answer, &err), KUNCI_FETCH_FAILED);
    assert_false(answer.sent);
    client_free(&client);
    start();
}

static void test_addresses(void **state)
{
    static const char *const urls[] = {
        "",          "http://127.0.0.1:1", "https://",    "ftp://x",
        "127.0.0.1", "https://x/?y",       "https://x y", "file:///etc/hostname",
    };
    struct client_options options = {.ca_file = "ca.pem"};
    struct kunci_err err;
    struct client *client;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof urls / sizeof *urls; i++) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        options.url = urls[i];
        assert_int_equal(client_new(&options, &client, &err), KUNCI_FETCH_FAILED);
        assert_true(*err.detail);
        assert_null(client);
    }
    err = (struct kunci_err)KUNCI_ERR_INIT;
    options = (struct client_options){.url = "https://x", .ca_file = "nowhere.pem"};
    assert_int_equal(client_new(&options, &client, &err), KUNCI_FETCH_FAILED);
    place_shell("echo no certificate >no.pem");
    refused(url, "no.pem");
    refused("https://name:word@127.0.0.1:1", "ca.pem");
    refused("https://127.0.0.1:1", "ca.pem");
    refused("https://127.0.0.1:99999", "ca.pem");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),          cmocka_unit_test(test_methods),
        cmocka_unit_test(test_large_and_late), cmocka_unit_test(test_whom),
        cmocka_unit_test(test_moved_clock),    cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, up, down);
}
