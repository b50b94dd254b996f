/* TLS of the listener: a key that never leaves memory, certificates that change while
 * connections run, and nothing older than TLS 1.2. */
#include "lib/https.h"
#include "lib/measure.h"
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
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct listen_tls *tls;
static struct listener *listener;
static char url[128];

static int up(void **state)
{
    const struct listen_limits limits = {.patience_ms = 1000};
    struct listen_options options = {
        .address = "127.0.0.1:0", .limits = limits, .handler = served_handler};
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    place_up();
    https_up();
    served_up();
    assert_int_equal(listen_tls_new(&tls, &err), KUNCI_OK);
    options.tls = tls;
    assert_int_equal(listen_start(&options, &listener, &err), KUNCI_OK);
    snprintf(url, sizeof url, "https://%s", listen_address(listener));
    return 0;
}

static int down(void **state)
{
    listen_stop(&listener, 100);
    listen_tls_free(&tls);
    served_down();
    return place_down(state);
}

static void test_none_yet(void **state)
{
    (void)state;
    assert_int_equal(https_shown(listen_address(listener), "1.3"), 0);
    assert_int_equal(https_shown(listen_address(listener), "1.2"), 0);
}

static void test_key(void **state)
{
    struct kunci_blob spki = listen_tls_spki(tls), other;
    struct kunci_err err = KUNCI_ERR_INIT;
    const unsigned char *p = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.len);
    struct listen_tls *second;
    char curve[32];

    (void)state;
    assert_non_null(key);
    assert_ptr_equal(p, spki.data + spki.len);
    assert_int_equal(EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL), 1);
    assert_string_equal(curve, "prime256v1");
    EVP_PKEY_free(key);
    assert_int_equal(listen_tls_new(&second, &err), KUNCI_OK);
    other = listen_tls_spki(second);
    assert_true(other.len != spki.len || memcmp(other.data, spki.data, spki.len) != 0);
    listen_tls_free(&second);
    assert_null(second);
}

static void test_versions(void **state)
{
    (void)state;
    https_certify(tls, "ca", "IP:127.0.0.1", 30, 1001);
    assert_int_equal(https_shown(listen_address(listener), "1.3"), 1001);
    assert_int_equal(https_shown(listen_address(listener), "1.2"), 1001);
    assert_int_equal(https_shown(listen_address(listener), "1.1"), 0);
}

static void test_wrong_chains(void **state)
{
    struct kunci_blob certificates[9] = {{0}};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len, cut;

    (void)state;
    https_make("foreign", "ca", "IP:127.0.0.1", 30);
    place_shell("openssl x509 -in foreign.pem -outform DER -out foreign.der");
    der = place_file("foreign.der", &len);
    certificates[0] = (struct kunci_blob){der, len};
    assert_int_equal(listen_tls_chain(tls, certificates, 1, &err), KUNCI_KEY_MISMATCH);
    for (cut = 0; cut < len; cut += 7) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        certificates[0].len = cut;
        assert_int_equal(listen_tls_chain(tls, certificates, 1, &err), KUNCI_CERT_INVALID);
    }
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(listen_tls_chain(tls, certificates, 0, &err), KUNCI_CERT_INVALID);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(listen_tls_chain(tls, certificates, 9, &err), KUNCI_CERT_INVALID);
    free(der);
    /* What was there is shown still. */
    assert_int_equal(https_shown(listen_address(listener), "1.3"), 1001);
}

/* libmicrohttpd asks a callback that does not know which listener it is for. */
static void test_one_in_a_process(void **state)
{
    struct listen_options options = {.address = "127.0.0.1:0", .handler = served_handler};
    struct listener *beside, *refused;
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(listen_tls_new(&options.tls, &err), KUNCI_OK);
    assert_int_equal(listen_start(&options, &refused, &err), KUNCI_LISTEN_FAILED);
    listen_tls_free(&options.tls);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    options.tls = tls;
    assert_int_equal(listen_start(&options, &beside, &err), KUNCI_OK);
    assert_int_equal(https_shown(listen_address(beside), "1.3"), 1001);
    listen_stop(&beside, 0);
    assert_int_equal(https_shown(listen_address(listener), "1.3"), 1001);
}

/* ---- replaced while connections run ---- */

static atomic_bool over;
static atomic_uint calls;

static void *call_on(void *failed)
{
    const struct client_options options = {.url = url, .ca_file = "ca.pem"};
    const struct client_request request = {.method = "GET", .path = "/later"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct client_answer answer;
    struct client *client;
    unsigned i;

    if (client_new(&options, &client, &err) != KUNCI_OK)
        *(int *)failed = 1;
    for (i = 0; !*(int *)failed && !atomic_load(&over); i++) {
        if (client_call(client, &request, &answer, &err) != KUNCI_OK || answer.status != 200)
            *(int *)failed = 1;
        buf_clear(&answer.body);
        atomic_fetch_add(&calls, 1);
        if (i % 10 == 9) { /* and handshakes all the time */
            client_free(&client);
            if (client_new(&options, &client, &err) != KUNCI_OK)
                *(int *)failed = 1;
        }
    }
    client_free(&client);
    return NULL;
}

static void test_replaced(void **state)
{
    enum { THREADS = 4, TIMES = 20 };
    int i, failed[THREADS] = {0};
    pthread_t threads[THREADS];

    (void)state;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_on, &failed[i]), 0);
    for (i = 0; i < TIMES; i++) {
        https_certify(tls, "ca", "IP:127.0.0.1", 30, 2000 + (unsigned)i);
        assert_int_equal(https_shown(listen_address(listener), i % 2 ? "1.2" : "1.3"), 2000 + i);
    }
    atomic_store(&over, true);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
    assert_true(atomic_load(&calls) > TIMES);
}

/* ---- hostile ---- */

static void test_garbage(void **state)
{
    static const char *const texts[] = {
        "GET /told HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\xff\xff",
        "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
        "\x80\x2e\x01\x00\x02",
        "",
    };
    enum { ROUNDS = 20 };
    int fds[ROUNDS * 5], i;
    unsigned seed = 1;

    (void)state;
    for (i = 0; i < ROUNDS * 5; i++) {
        char bytes[300];
        size_t at;

        fds[i] = raw_connect(listen_address(listener));
        raw_text(fds[i], texts[i % 5]);
        for (at = 0; at < sizeof bytes; at++)
            bytes[at] = (char)rand_r(&seed);
        if (i >= 50)
            raw_send(fds[i], bytes, sizeof bytes);
    }
    assert_int_equal(https_shown(listen_address(listener), "1.3"), 2019);
    /* All of them end, the silent ones too, when patience does. */
    for (i = 0; i < ROUNDS * 5; i++) {
        struct raw_answer answer;

        raw_answer(fds[i], &answer);
        assert_int_equal(answer.status, 0);
        assert_true(answer.closed);
        close(fds[i]);
    }
}

/* Half a greeting, and nothing behind it: the process sleeps meanwhile. */
static void test_silence(void **state)
{
    static const char half[] = "\x16\x03\x01\x02\x00\x01";
    double cpu, wall;
    int fd = raw_connect(listen_address(listener));

    (void)state;
    raw_send(fd, half, sizeof half);
    cpu = measure_cpu();
    wall = measure_wall();
    usleep(300000);
    cpu = measure_cpu() - cpu;
    wall = measure_wall() - wall;
    close(fd);
    if (cpu > 0.2 * wall)
        fail_msg("%.0f ms of CPU in %.0f ms", cpu, wall);
}

static void test_only_over_tls(void **state)
{
    const struct client_options options = {.url = url, .ca_file = "ca.pem"};
    const struct client_request request = {.method = "GET", .path = "/told"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct client_answer answer;
    struct client *client;

    (void)state;
    assert_int_equal(client_new(&options, &client, &err), KUNCI_OK);
    assert_int_equal(client_call(client, &request, &answer, &err), KUNCI_OK);
    assert_non_null(strstr(answer.body.data, "tls=1\n"));
    buf_clear(&answer.body);
    client_free(&client);
    place_shell("openssl s_client -quiet -connect %s <<'EOF' 2>/dev/null | tr -d '\\r' | "
                "grep -qx 'Strict-Transport-Security: max-age=31536000'\n"
                "GET /told HTTP/1.0\n\nEOF\n",
                listen_address(listener));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_yet),         cmocka_unit_test(test_key),
        cmocka_unit_test(test_versions),         cmocka_unit_test(test_wrong_chains),
        cmocka_unit_test(test_one_in_a_process), cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_garbage),          cmocka_unit_test(test_silence),
        cmocka_unit_test(test_only_over_tls),
    };

    return cmocka_run_group_tests(tests, up, down);
}
