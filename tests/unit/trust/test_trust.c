/* Revocation told by what comes along and by the network: who may tell, until when, and
 * what bytes that are cut or changed do. */
#include "lib/ocsp.h"
#include "lib/pki.h"
#include "lib/web.h"

#include <kunci.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { A_DAY = 86400 };

static char root_path[] = "/tmp/kunci-trust.XXXXXX";
static struct pki *pki;
static struct web *web;
static int64_t now;

static struct kunci_trust *trust_new(bool offline, enum kunci_revocation revocation)
{
    const char *const anchors[] = {root_path, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors, .offline = offline, .revocation = revocation, .timeout_ms = 60000};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust;

    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    return trust;
}

/* ---- by what comes along ---- */

/* Judges "leaf" with one OCSP answer, one CRL or nothing, offline. */
static struct kunci_path *judge(struct kunci_trust *trust, const struct kunci_blob *ocsp,
                                const struct kunci_blob *crl, int64_t at)
{
    struct kunci_blob leaf = pki_cert_blob(pki, "leaf");
    const struct kunci_path_request request = {.cert = leaf,
                                               .ocsps = ocsp,
                                               .ocsp_count = ocsp != NULL,
                                               .crls = crl,
                                               .crl_count = crl != NULL,
                                               .at = at,
                                               .now = now};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path;

    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    pki_drop(&leaf);
    return path;
}

static const struct answer_case {
    const char *name, *signer, *key; /* NULL: the signer's own */
    int status, reason;
    int revoked, from, to; /* days from now; to 0: it does not say */
    int at;
    enum kunci_reason want;
} answers[] = {
    {"good", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0, KUNCI_REASON_NONE},
    {"revoked", "root", NULL, V_OCSP_CERTSTATUS_REVOKED, 4, -5, -1, 1, 0, KUNCI_REVOKED_NO_POE},
    {"revoked, no reason", "root", NULL, V_OCSP_CERTSTATUS_REVOKED, -1, -5, -1, 1, 0,
     KUNCI_REVOKED_NO_POE},
    {"suspended", "root", NULL, V_OCSP_CERTSTATUS_REVOKED, 6, -5, -1, 1, 0, KUNCI_TRY_LATER},
    {"unknown", "root", NULL, V_OCSP_CERTSTATUS_UNKNOWN, -1, 0, -1, 1, 0, KUNCI_TRY_LATER},
    {"revoked after the moment", "root", NULL, V_OCSP_CERTSTATUS_REVOKED, 4, -5, -1, 1, -6,
     KUNCI_REASON_NONE},
    {"revoked before the moment", "root", NULL, V_OCSP_CERTSTATUS_REVOKED, 4, -5, -1, 1, -4,
     KUNCI_REVOKED_NO_POE},
    {"out of date", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -3, -1, 0, KUNCI_TRY_LATER},
    {"good at that moment", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -5, -3, -4,
     KUNCI_REASON_NONE},
    {"from the future", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, 1, 2, 0, KUNCI_TRY_LATER},
    {"without an end", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, 0, 0, 0, KUNCI_REASON_NONE},
    {"without an end, old", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -3, 0, 0, KUNCI_TRY_LATER},
    {"delegated, nobody is asked about it", "nocheck", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1,
     0, KUNCI_REASON_NONE},
    {"delegated, nobody tells of it", "check", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0,
     KUNCI_TRY_LATER},
    {"delegated, not for OCSP", "plain", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0,
     KUNCI_TRY_LATER},
    {"delegated, expired", "expired", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0,
     KUNCI_TRY_LATER},
    {"delegated by another", "foreign", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0,
     KUNCI_TRY_LATER},
    {"by the certificate itself", "leaf", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0,
     KUNCI_TRY_LATER},
};

static struct kunci_blob answer_of(const struct answer_case *one)
{
    const struct ocsp_wish wish = {
        .cert = pki_cert(pki, "leaf"),
        .issuer = pki_cert(pki, "root"),
        .signer = pki_cert(pki, one->signer),
        .key = pki_key(one->signer),
        .status = one->status,
        .reason = one->reason,
        .revoked = now + (int64_t)one->revoked * A_DAY,
        .this_update = now + (int64_t)one->from * A_DAY,
        .next_update = one->to ? now + (int64_t)one->to * A_DAY : 0,
    };
    unsigned char *der;
    int len = ocsp_make(&wish, &der);

    return (struct kunci_blob){der, (size_t)len};
}

static void test_answers(void **state)
{
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct kunci_blob ocsp = answer_of(&answers[i]);
        struct kunci_path *path = judge(trust, &ocsp, NULL, now + (int64_t)answers[i].at * A_DAY);

        if (path->reason != answers[i].want)
            fail_msg("%s: %s, %s", answers[i].name, kunci_reason_name(path->reason), path->detail);
        kunci_path_free(&path);
        pki_drop(&ocsp);
    }
    kunci_trust_free(&trust);
}

/* A responder that is not marked as one nobody asks about is good by a CRL. */
static void test_responder_by_crl(void **state)
{
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    const struct answer_case one = {"", "check", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0, 0};
    struct kunci_blob ocsp = answer_of(&one), crl = pki_crl_blob(pki, 0);
    struct kunci_path *path = judge(trust, &ocsp, &crl, now);

    (void)state;
    assert_int_equal(path->reason, KUNCI_REASON_NONE);
    assert_string_equal(path->steps[0].source, "ocsp");
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    pki_drop(&ocsp);
    pki_drop(&crl);
}

/* Each byte changed, and every length: a judgement that is never better than the truth. */
static void spoil(struct kunci_trust *trust, const struct kunci_blob *whole, bool is_crl)
{
    unsigned char *bytes = malloc(whole->len);
    size_t i;

    assert_non_null(bytes);
    for (i = 0; i < 2 * whole->len; i++) {
        struct kunci_blob blob = {bytes, i < whole->len ? i : whole->len};
        struct kunci_path *path;

        memcpy(bytes, whole->data, whole->len);
        if (i >= whole->len)
            bytes[i - whole->len] ^= 0xff;
        path = judge(trust, is_crl ? NULL : &blob, is_crl ? &blob : NULL, now);
        if (path->indication == KUNCI_PASSED)
            fail_msg("byte %zu of %zu", i, whole->len);
        kunci_path_free(&path);
    }
    free(bytes);
}

static void test_spoilt(void **state)
{
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    const struct answer_case one = {"", "root", NULL, V_OCSP_CERTSTATUS_REVOKED, 4, -5, -1,
                                    1,  0,      0};
    struct kunci_blob ocsp = answer_of(&one), crl = pki_crl_blob(pki, 1);

    (void)state;
    spoil(trust, &ocsp, false);
    spoil(trust, &crl, true);
    kunci_trust_free(&trust);
    pki_drop(&ocsp);
    pki_drop(&crl);
}

/* ---- by the network ---- */

/* In PEM, after so many bytes of text. */
static void serve_mid(int fd, size_t before)
{
    char *whole = calloc(1, before + 4096);
    BIO *bio = BIO_new(BIO_s_mem());
    long len;
    char *pem;

    if (!whole || !bio || PEM_write_bio_X509(bio, pki_cert(pki, "mid")) != 1)
        abort();
    memset(whole, '\n', before);
    len = BIO_get_mem_data(bio, &pem);
    memcpy(whole + before, pem, (size_t)len);
    web_reply(fd, "application/x-pem-file", whole, before + (size_t)len);
    BIO_free(bio);
    free(whole);
}

static void serve(int fd, const struct web_request *request, void *context)
{
    const struct answer_case one = {"", "root", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0, 0};
    struct kunci_blob blob = {NULL, 0};

    (void)context;
    if (strcmp(request->path, "/ocsp") == 0) {
        blob = answer_of(&one);
        web_reply(fd, "application/ocsp-response", blob.data, blob.len);
    } else if (strcmp(request->path, "/crl") == 0) {
        blob = pki_crl_blob(pki, 0);
        web_reply(fd, "application/pkix-crl", blob.data, blob.len);
    } else if (strncmp(request->path, "/mid", 4) == 0) {
        serve_mid(fd, strcmp(request->path, "/mid") == 0 ? 0 : 2 << 20);
    } else {
        web_text(fd, "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    pki_drop(&blob);
}

static struct kunci_path *ask(struct kunci_trust *trust, const char *name)
{
    struct kunci_blob cert = pki_cert_blob(pki, name);
    const struct kunci_path_request request = {.cert = cert, .at = now, .now = now};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path = NULL;

    if (kunci_path_check(trust, &request, &path, &err) != KUNCI_OK)
        abort();
    pki_drop(&cert);
    return path;
}

static void test_sources(void **state)
{
    static const struct {
        const char *cert, *source;
        enum kunci_revocation revocation;
        enum kunci_reason want;
    } cases[] = {
        {"by-ocsp", "", KUNCI_REVOCATION_HARD, KUNCI_TRY_LATER}, /* told of another */
        {"by-crl", "crl", KUNCI_REVOCATION_HARD, KUNCI_REASON_NONE},
        {"by-both", "crl", KUNCI_REVOCATION_HARD, KUNCI_REASON_NONE},
        {"by-broken", "", KUNCI_REVOCATION_HARD, KUNCI_TRY_LATER},
        {"by-broken", "", KUNCI_REVOCATION_SOFT, KUNCI_REASON_NONE},
        {"by-broken", "", KUNCI_REVOCATION_OFF, KUNCI_REASON_NONE},
        {"far", "", KUNCI_REVOCATION_OFF, KUNCI_REASON_NONE},
        {"farther", "", KUNCI_REVOCATION_OFF, KUNCI_NO_CERTIFICATE_CHAIN_FOUND},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_trust *trust = trust_new(false, cases[i].revocation);
        struct kunci_path *path = ask(trust, cases[i].cert);

        if (path->reason != cases[i].want || strcmp(path->steps[0].source, cases[i].source) != 0)
            fail_msg("%s: %s, %s", cases[i].cert, kunci_reason_name(path->reason), path->detail);
        assert_int_equal(*path->steps[0].trouble != '\0',
                         *cases[i].source == '\0' &&
                             cases[i].want != KUNCI_NO_CERTIFICATE_CHAIN_FOUND);
        kunci_path_free(&path);
        kunci_trust_free(&trust);
    }
}

static void *ask_often(void *context)
{
    int i;

    for (i = 0; i < 50; i++) {
        struct kunci_path *path = ask(context, "by-crl");

        if (path->indication != KUNCI_PASSED)
            abort();
        kunci_path_free(&path);
    }
    return NULL;
}

/* A batch asks once, whatever its threads. */
static void test_threads(void **state)
{
    enum { THREADS = 8 };
    struct kunci_trust *trust = trust_new(false, KUNCI_REVOCATION_HARD);
    unsigned before = web_count(web);
    pthread_t threads[THREADS];
    int i;

    (void)state;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, trust), 0);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(web_count(web), before + 1);
    kunci_trust_free(&trust);
}

/* A server that failed is not asked again for every file. */
static void test_failure_remembered(void **state)
{
    struct kunci_trust *trust = trust_new(false, KUNCI_REVOCATION_HARD);
    unsigned before;
    int i;

    (void)state;
    before = web_count(web);
    for (i = 0; i < 5; i++) {
        struct kunci_path *path = ask(trust, "by-broken");

        assert_int_equal(path->reason, KUNCI_TRY_LATER);
        kunci_path_free(&path);
    }
    assert_true(web_count(web) - before <= 2);
    kunci_trust_free(&trust);
}

static const char description[] =
    "root root ca\n"
    "leaf root ee\n"
    "other other ca\n"
    "nocheck root ee extendedKeyUsage=OCSPSigning noCheck=x\n"
    "check root ee extendedKeyUsage=OCSPSigning\n"
    "plain root ee noCheck=x\n"
    "expired root ee extendedKeyUsage=OCSPSigning noCheck=x to:-2\n"
    "foreign other ee extendedKeyUsage=OCSPSigning noCheck=x\n"
    "by-ocsp root ee authorityInfoAccess=OCSP;URI:%1$s/ocsp\n"
    "by-crl root ee crlDistributionPoints=URI:%1$s/crl\n"
    "by-both root ee authorityInfoAccess=OCSP;URI:%1$s/ocsp crlDistributionPoints=URI:%1$s/crl\n"
    "by-broken root ee authorityInfoAccess=OCSP;URI:%1$s/none crlDistributionPoints=URI:%1$s/no\n"
    "crl root\n"
    "crl root revoke:leaf\n"
    "mid root ca\n"
    "far mid ee authorityInfoAccess=caIssuers;URI:%1$s/mid\n"
    "farther mid ee authorityInfoAccess=caIssuers;URI:%1$s/mid-and-more\n";

static int start(void **state)
{
    char text[4096], url[128];
    int fd = mkstemp(root_path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    (void)state;
    now = time(NULL);
    web = web_start(serve, NULL);
    snprintf(text, sizeof text, description, web_url(web, "", url));
    pki = pki_make(text, now);
    if (!file || PEM_write_X509(file, pki_cert(pki, "root")) != 1)
        return -1;
    return fclose(file);
}

static int stop(void **state)
{
    (void)state;
    web_stop(&web);
    pki_free(&pki);
    return unlink(root_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),          cmocka_unit_test(test_answers),
        cmocka_unit_test(test_responder_by_crl), cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_sources),          cmocka_unit_test(test_failure_remembered),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
