/* Revocation told by what comes along and by the network: who may tell, until when, and
 * what bytes that are cut or changed do. */
#include "lib/ocsp.h"
#include "lib/pki.h"
#include "lib/web.h"
#include "trust/evidence.h"

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

static struct kunci_blob cert_blob(const char *name)
{
    unsigned char *der = NULL;
    int len = i2d_X509(pki_cert(pki, name), &der);

    return (struct kunci_blob){der, (size_t)len};
}

static struct kunci_blob crl_blob(int at)
{
    unsigned char *der = NULL;
    int len = i2d_X509_CRL(pki_crl_at(pki, at), &der);

    return (struct kunci_blob){der, (size_t)len};
}

static void drop(struct kunci_blob *blob)
{
    OPENSSL_free((void *)(uintptr_t)blob->data);
}

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
    struct kunci_blob leaf = cert_blob("leaf");
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
    drop(&leaf);
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
        drop(&ocsp);
    }
    kunci_trust_free(&trust);
}

/* What more an answer may say, and be signed with. */
static void test_answers_with_more(void **state)
{
    const struct ocsp_wish good = {.status = V_OCSP_CERTSTATUS_GOOD, .reason = -1},
                           since = {.status = V_OCSP_CERTSTATUS_REVOKED,
                                    .reason = 1,
                                    .revoked = now - 5 * (int64_t)A_DAY,
                                    .invalid = now - 10 * (int64_t)A_DAY},
                           odd = {.reason = -1, .critical = "1.2.3.4"},
                           by_pss = {.reason = -1, .pss = true},
                           by_sha1 = {.reason = -1, .pss = true, .hash = EVP_sha1()};
    const struct {
        const char *name, *signer, *key;
        const struct ocsp_wish *wish;
        int at;
        enum kunci_reason want;
    } rows[] = {
        {"as usual", "root", "root", &good, 0, KUNCI_REASON_NONE},
        {"unsafe before it was revoked", "root", "root", &since, -6, KUNCI_REVOKED_NO_POE},
        {"safe still", "root", "root", &since, -11, KUNCI_REASON_NONE},
        {"critical and not known", "root", "root", &odd, 0, KUNCI_TRY_LATER},
        {"delegated, a weak key", "weak", "rsa1024", &good, 0, KUNCI_TRY_LATER},
        {"PSS", "by-rsa", "rsa2048", &by_pss, 0, KUNCI_REASON_NONE},
        {"SHA-1 in PSS", "by-rsa", "rsa2048", &by_sha1, 0, KUNCI_TRY_LATER},
    };
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ocsp_wish wish = *rows[i].wish;
        struct kunci_path *path;
        unsigned char *der;
        struct kunci_blob ocsp;

        wish.cert = pki_cert(pki, "leaf");
        wish.issuer = pki_cert(pki, "root");
        wish.signer = pki_cert(pki, rows[i].signer);
        wish.key = pki_key(rows[i].key);
        wish.this_update = now - A_DAY;
        wish.next_update = now + A_DAY;
        ocsp.len = (size_t)ocsp_make(&wish, &der);
        ocsp.data = der;
        path = judge(trust, &ocsp, NULL, now + (int64_t)rows[i].at * A_DAY);
        if (path->reason != rows[i].want)
            fail_msg("%s: %s, %s", rows[i].name, kunci_reason_name(path->reason), path->detail);
        kunci_path_free(&path);
        drop(&ocsp);
    }
    kunci_trust_free(&trust);
}

/* RFC 5280, 5.1.1.2: the algorithm stands in a list twice, and is the same. */
static void test_crl_algorithm_twice(void **state)
{
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    X509_CRL *crl = X509_CRL_dup(pki_crl_at(pki, 1));
    struct kunci_blob blob;
    const X509_ALGOR *algorithm;
    unsigned char *der = NULL;
    struct kunci_path *path;

    (void)state;
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    assert_int_equal(X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)algorithm,
                                     OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_NULL, NULL),
                     1);
    blob.len = (size_t)i2d_X509_CRL(crl, &der);
    blob.data = der;
    path = judge(trust, NULL, &blob, now);
    assert_int_equal(path->reason, KUNCI_TRY_LATER);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    X509_CRL_free(crl);
    drop(&blob);
}

/* An error that the caller's struct held before is none of this question's. */
static void test_older_error(void **state)
{
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_OFF);
    struct kunci_err err = {.rc = KUNCI_FILE_READ};
    struct kunci_blob leaf = cert_blob("leaf");
    const struct kunci_path_request request = {.cert = leaf, .at = now, .now = now};
    struct kunci_path *path;

    (void)state;
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    assert_int_equal(path->indication, KUNCI_PASSED);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    drop(&leaf);
}

/* Lists that somebody sends along do not keep us from looking at our own, also where what
 * cannot be found out is let pass. */
static void test_many_lists(void **state)
{
    enum { MANY = 300 };
    static char own_path[] = "/tmp/kunci-trust.XXXXXX";
    const char *const anchors[] = {root_path, NULL}, *const others[] = {own_path, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors, .others = others, .offline = true, .revocation = KUNCI_REVOCATION_SOFT};
    struct kunci_blob leaf = cert_blob("leaf"), other = crl_blob(2), crls[MANY];
    const struct kunci_path_request request = {
        .cert = leaf, .crls = crls, .crl_count = MANY, .at = now, .now = now};
    struct kunci_err err = KUNCI_ERR_INIT;
    int i, fd = mkstemp(own_path);
    FILE *file = fdopen(fd, "w");
    struct kunci_trust *trust;
    struct kunci_path *path;

    (void)state;
    assert_int_equal(PEM_write_X509_CRL(file, pki_crl_at(pki, 1)), 1);
    fclose(file);
    for (i = 0; i < MANY; i++)
        crls[i] = other;
    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    assert_string_equal(kunci_reason_name(path->reason), "REVOKED_NO_POE");
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    unlink(own_path);
    drop(&leaf);
    drop(&other);
}

/* A list by the authority's new key, behind many by somebody who took its name: that is
 * asked about once. */
static void test_many_signers(void **state)
{
    enum { MANY = 200 };
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    struct kunci_blob leaf = cert_blob("leaf"), rogue = crl_blob(3), right = crl_blob(4),
                      crls[MANY], certs[] = {cert_blob("rogue"), cert_blob("renewed")};
    struct kunci_path_request request = {.cert = leaf,
                                         .certs = certs,
                                         .cert_count = 2,
                                         .crls = crls,
                                         .crl_count = MANY,
                                         .at = now,
                                         .now = now};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path;
    size_t i;

    (void)state;
    for (i = 0; i < MANY; i++)
        crls[i] = rogue;
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    assert_int_equal(path->reason, KUNCI_TRY_LATER);
    kunci_path_free(&path);
    crls[MANY - 1] = right;
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    assert_int_equal(path->reason, KUNCI_REASON_NONE);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    drop(&leaf);
    drop(&rogue);
    drop(&right);
    drop(&certs[0]);
    drop(&certs[1]);
}

/* Half a character would be no UTF-8, and so no JSON. */
static void test_trouble_cut(void **state)
{
    char sentence[601];
    int i;

    (void)state;
    for (i = 0; i + 1 < (int)sizeof sentence - 1; i += 2)
        memcpy(sentence + i, "\303\251", 3);
    for (i = 0; i < 2; i++) {
        struct evidence evidence = {.status = KUNCI_NOT_CHECKED};

        evidence_trouble(&evidence, sentence);
        assert_int_equal(strlen(evidence.trouble), 254);
        evidence = (struct evidence){.status = KUNCI_NOT_CHECKED};
        memmove(sentence + 1, sentence, sizeof sentence - 2);
        sentence[0] = 'x';
        evidence_trouble(&evidence, sentence);
        assert_int_equal(strlen(evidence.trouble), 255);
        memmove(sentence, sentence + 1, sizeof sentence - 1);
    }
}

/* A responder that is not marked as one nobody asks about is good by a CRL. */
static void test_responder_by_crl(void **state)
{
    struct kunci_trust *trust = trust_new(true, KUNCI_REVOCATION_HARD);
    const struct answer_case one = {"", "check", NULL, V_OCSP_CERTSTATUS_GOOD, -1, 0, -1, 1, 0, 0};
    struct kunci_blob ocsp = answer_of(&one), crl = crl_blob(0);
    struct kunci_path *path = judge(trust, &ocsp, &crl, now);

    (void)state;
    assert_int_equal(path->reason, KUNCI_REASON_NONE);
    assert_string_equal(path->steps[0].source, "ocsp");
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    drop(&ocsp);
    drop(&crl);
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
    struct kunci_blob ocsp = answer_of(&one), crl = crl_blob(1);

    (void)state;
    spoil(trust, &ocsp, false);
    spoil(trust, &crl, true);
    kunci_trust_free(&trust);
    drop(&ocsp);
    drop(&crl);
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
        blob = crl_blob(0);
        web_reply(fd, "application/pkix-crl", blob.data, blob.len);
    } else if (strncmp(request->path, "/mid", 4) == 0) {
        serve_mid(fd, strcmp(request->path, "/mid") == 0 ? 0 : 2 << 20);
    } else {
        web_text(fd, "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    drop(&blob);
}

static struct kunci_path *ask(struct kunci_trust *trust, const char *name)
{
    struct kunci_blob cert = cert_blob(name);
    const struct kunci_path_request request = {.cert = cert, .at = now, .now = now};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path = NULL;

    if (kunci_path_check(trust, &request, &path, &err) != KUNCI_OK)
        abort();
    drop(&cert);
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
    "weak root ee extendedKeyUsage=OCSPSigning noCheck=x key:rsa1024\n"
    "by-rsa root ee extendedKeyUsage=OCSPSigning noCheck=x key:rsa2048\n"
    "expired root ee extendedKeyUsage=OCSPSigning noCheck=x to:-2\n"
    "foreign other ee extendedKeyUsage=OCSPSigning noCheck=x\n"
    "by-ocsp root ee authorityInfoAccess=OCSP;URI:%1$s/ocsp\n"
    "by-crl root ee crlDistributionPoints=URI:%1$s/crl\n"
    "by-both root ee authorityInfoAccess=OCSP;URI:%1$s/ocsp crlDistributionPoints=URI:%1$s/crl\n"
    "by-broken root ee authorityInfoAccess=OCSP;URI:%1$s/none crlDistributionPoints=URI:%1$s/no\n"
    "crl root\n"
    "crl root revoke:leaf\n"
    "crl other\n"
    "rogue root ca subject:/CN=root sign:rogue authorityKeyIdentifier=-\n"
    "renewed root ca subject:/CN=root\n"
    "crl rogue key:rogue\n"
    "crl root key:renewed this:-2\n"
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
        cmocka_unit_test(test_threads),           cmocka_unit_test(test_answers),
        cmocka_unit_test(test_responder_by_crl),  cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_sources),           cmocka_unit_test(test_failure_remembered),
        cmocka_unit_test(test_answers_with_more), cmocka_unit_test(test_crl_algorithm_twice),
        cmocka_unit_test(test_older_error),       cmocka_unit_test(test_trouble_cut),
        cmocka_unit_test(test_many_lists),        cmocka_unit_test(test_many_signers),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
