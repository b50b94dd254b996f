/* What the client of an authority refuses before anything goes out. What it says to one that
 * runs is in tests/flow/renew.sh. */
#include "enrol/ams.h"
#include "lib/certified.h"
#include "lib/https.h"
#include "lib/place.h"
#include "lib/soft_signer.h"
#include "net/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <kunci/enrol.h>
#include <openssl/pem.h>

static const struct certified root = {"Root", -60, 3600, NULL, "critical,CA:TRUE"};

static void write_root(void)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    X509 *cert = certified(&root, key, NULL, NULL);
    FILE *file = fopen("root.pem", "w");

    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, cert), 1);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* Nobody listens on that port. */
static struct kunci_ams *opened(const char *url)
{
    const struct kunci_ams_options options = {url, "root.pem"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_ams *ams;

    if (kunci_ams_open(&options, &ams, &err) != KUNCI_OK)
        fail_msg("%s: %s %s", kunci_err_name(err.rc), err.about, err.detail);
    return ams;
}

static void test_unset(void **state)
{
    static const struct {
        struct kunci_ams_options options;
        enum kunci_rc want;
        const char *about;
    } rows[] = {
        {{NULL, "root.pem"}, KUNCI_AMS_UNSET, "url"},
        {{"https://127.0.0.1:1", NULL}, KUNCI_AMS_UNSET, "ca"},
        {{"http://127.0.0.1:1", "root.pem"}, KUNCI_FETCH_FAILED, "http://127.0.0.1:1"},
        {{"https://127.0.0.1:1", "missing.pem"}, KUNCI_FETCH_FAILED, NULL},
    };
    struct kunci_ams *ams;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;

        assert_int_equal(kunci_ams_open(&rows[i].options, &ams, &err), rows[i].want);
        assert_null(ams);
        if (rows[i].about)
            assert_string_equal(err.about, rows[i].about);
    }
}

static void test_url(void **state)
{
    struct kunci_ams *ams = opened("https://127.0.0.1:1//");

    (void)state;
    assert_string_equal(ams_url(ams), "https://127.0.0.1:1");
    assert_null(kunci_ams_account(ams));
    kunci_ams_free(&ams);
    assert_null(ams);
}

static void test_away(void **state)
{
    struct kunci_ams *ams = opened("https://127.0.0.1:1");
    char text[] = "rahasia", *json;
    struct kunci_secret *password;
    struct kunci_ams_login login = {.account = "budi\"\\\n"};
    struct kunci_err err = KUNCI_ERR_INIT, again = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(kunci_ams_get(ams, "/v1/authority", &json, &err), KUNCI_FETCH_FAILED);
    assert_null(json);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(kunci_secret_take(text, strlen(text), &password, &err), KUNCI_OK);
    login.password = password;
    assert_int_equal(kunci_ams_login(ams, &login, &again), KUNCI_FETCH_FAILED);
    assert_null(kunci_ams_account(ams));
    kunci_secret_free(&password);
    kunci_ams_free(&ams);
}

/* A password that would not fit is refused here, and not cut. */
static void test_long_password(void **state)
{
    struct kunci_ams *ams = opened("https://127.0.0.1:1");
    struct kunci_ams_login login = {.account = "budi"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_secret *password;
    char text[KUNCI_SECRET_MAX];

    (void)state;
    memset(text, 1, sizeof text);
    assert_int_equal(kunci_secret_take(text, sizeof text, &password, &err), KUNCI_OK);
    login.password = password;
    assert_int_equal(kunci_ams_login(ams, &login, &err), KUNCI_LOGIN_REFUSED);
    kunci_secret_free(&password);
    kunci_ams_free(&ams);
}

static void test_no_certificate(void **state)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    const struct kunci_ams_login login = {.signer = signer};
    struct kunci_ams *ams = opened("https://127.0.0.1:1");
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(kunci_ams_login(ams, &login, &err), KUNCI_SIGN_NO_CERT);
    kunci_ams_free(&ams);
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
}

/* Nothing is signed that is no request, or for nobody. */
static void test_decide(void **state)
{
    static const struct {
        const char *document;
        enum kunci_rc want;
    } rows[] = {
        {"", KUNCI_AMS_ANSWER},
        {"[]", KUNCI_AMS_ANSWER},
        {"{\"id\":\"7\",\"content\":\"{}\"}", KUNCI_AMS_ANSWER},
        {"{\"id\":7}", KUNCI_AMS_ANSWER},
        {"{\"id\":7,\"id\":8,\"content\":\"{}\"}", KUNCI_AMS_ANSWER},
        {"{\"id\":7,\"content\":\"{}\",\"step\":\"setuju\"}", KUNCI_SESSION_NONE},
    };
    struct kunci_ams *ams = opened("https://127.0.0.1:1");
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct kunci_decision decision = {.document = rows[i].document};
        struct kunci_err err = KUNCI_ERR_INIT;
        char *json;

        assert_int_equal(kunci_decide(ams, NULL, &decision, &json, &err), rows[i].want);
        assert_null(json);
    }
    kunci_ams_free(&ams);
}

/* ---- an authority of a later day ---- */

static size_t no_body(void *context, struct exchange *exchange,
                      const struct listen_request *request)
{
    (void)context;
    (void)exchange;
    (void)request;
    return 0;
}

static void refuse(void *context, struct exchange *exchange, const struct listen_request *request)
{
    static const char later[] = "{\"error\":{\"name\":\"of_a_later_day\",\"about\":\"x\","
                                "\"message\":\"The moon is not full.\"}}";
    static const char known[] = "{\"error\":{\"name\":\"flow_over\",\"about\":\"7\","
                                "\"detail\":\"closed\",\"message\":\"Whatever it says.\"}}";
    struct listen_answer answer = {.status = 409, .type = "application/json"};

    (void)context;
    answer.bytes = strcmp(request->path, "/later") == 0 ? later : known;
    answer.len = strlen(answer.bytes);
    listen_answer(exchange, &answer);
}

/* What this side knows is told in its own words, else those of the authority are shown. */
static void test_refused(void **state)
{
    struct listen_options options = {.address = "127.0.0.1:0", .handler = {no_body, refuse, NULL}};
    struct kunci_ams_options where = {NULL, "ca.pem"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct listener *listener;
    struct kunci_ams *ams;
    char url[64], *json;

    (void)state;
    https_up();
    assert_int_equal(listen_tls_new(&options.tls, &err), KUNCI_OK);
    https_certify(options.tls, "ca", "IP:127.0.0.1", 30, 7);
    assert_int_equal(listen_start(&options, &listener, &err), KUNCI_OK);
    snprintf(url, sizeof url, "https://%s", listen_address(listener));
    where.url = url;
    assert_int_equal(kunci_ams_open(&where, &ams, &err), KUNCI_OK);
    assert_int_equal(kunci_ams_get(ams, "/later", &json, &err), KUNCI_AMS_REFUSED);
    assert_string_equal(err.detail, "The moon is not full.");
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(kunci_ams_get(ams, "/known", &json, &err), KUNCI_FLOW_OVER);
    assert_string_equal(err.about, "7");
    assert_string_equal(err.detail, "closed");
    kunci_ams_free(&ams);
    listen_stop(&listener, 100);
    listen_tls_free(&options.tls);
}

static int up(void **state)
{
    (void)state;
    place_up();
    write_root();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unset),          cmocka_unit_test(test_url),
        cmocka_unit_test(test_away),           cmocka_unit_test(test_long_password),
        cmocka_unit_test(test_no_certificate), cmocka_unit_test(test_decide),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, up, place_down);
}
