#include "base/error.h"
#include "lib/authority.h"
#include "lib/place.h"
#include "lib/web.h"
#include "trust/tsa.h"
#include "trust/tsa_reply.h"

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const char bytes[] = "a signature's value";

/* ---- an authority that does as its path says ---- */

static void ask_otherwise(TS_REQ *request, const char *how)
{
    static unsigned char other[32];
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);

    if (strcmp(how, "/nonce") == 0 && ASN1_INTEGER_set(nonce, 4711))
        TS_REQ_set_nonce(request, nonce);
    if (strcmp(how, "/imprint") == 0)
        TS_MSG_IMPRINT_set_msg(TS_REQ_get_msg_imprint(request), other, sizeof other);
    if (strcmp(how, "/policy") == 0)
        TS_REQ_set_policy_id(request, policy);
    if (strcmp(how, "/bare") == 0)
        TS_REQ_set_cert_req(request, 0);
    ASN1_OBJECT_free(policy);
    ASN1_INTEGER_free(nonce);
}

static void spoil(unsigned char *reply, size_t *len, const char *how)
{
    if (strcmp(how, "/cut") == 0)
        *len /= 2;
    if (strcmp(how, "/bad") == 0)
        reply[*len - 3] ^= 1; /* within the signature */
}

static void answer(int fd, const struct web_request *asked, void *context)
{
    static char huge[2 << 20];
    const unsigned char *p = asked->body;
    const char *how = asked->path;
    unsigned char *der = NULL, *reply;
    TS_REQ *request;
    size_t len;
    int der_len;

    (void)context;
    if (strcmp(how, "/slow") == 0) { /* who asked is gone: the next one is being answered */
        sleep(2);
        return;
    }
    if (strcmp(how, "/huge") == 0) {
        web_reply(fd, "application/timestamp-reply", huge, sizeof huge);
        return;
    }
    request = d2i_TS_REQ(NULL, &p, (long)asked->body_len);
    ask_otherwise(request, how);
    der_len = i2d_TS_REQ(request, &der);
    reply = authority_reply(strcmp(how, "/expired") == 0 ? "expired" : "good", der, (size_t)der_len,
                            &len);
    spoil(reply, &len, how);
    web_reply(fd, strcmp(how, "/html") == 0 ? "text/html" : "application/timestamp-reply", reply,
              len);
    free(reply);
    OPENSSL_free(der);
    TS_REQ_free(request);
}

static enum kunci_rc ask(struct web *web, const char *first, const char *second, const char *policy,
                         unsigned char **token, size_t *len, struct kunci_err *err)
{
    char one[128], two[128];
    const char *urls[] = {web_url(web, first, one), second ? web_url(web, second, two) : NULL,
                          NULL};
    const struct tsa_options options = {.urls = urls, .policy = policy, .timeout_ms = 1500};

    return tsa_stamp(&options, bytes, sizeof bytes, token, len, err);
}

/* The stock openssl has the last word. */
static void openssl_verifies(const unsigned char *token, size_t len)
{
    FILE *file = fopen("token", "wb"), *data = fopen("data", "wb");

    assert_int_equal(fwrite(token, 1, len, file), len);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, data), sizeof bytes);
    fclose(file);
    fclose(data);
    assert_int_equal(system("openssl ts -verify -token_in -in token -data data "
                            "-CAfile tsa/root.pem >/dev/null 2>&1"),
                     0);
}

static void a_timestamp_is_had(void **state)
{
    struct web *web = web_start(answer, NULL);
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *token;
    size_t len;

    (void)state;
    if (ask(web, "/good", NULL, NULL, &token, &len, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    openssl_verifies(token, len);
    free(token);
    if (ask(web, "/good", NULL, "1.2.3.4.5", &token, &len, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    openssl_verifies(token, len);
    free(token);
    web_stop(&web);
}

static void a_bad_authority_is_found_and_the_next_one_asked(void **state)
{
    static const struct {
        const char *path, *policy;
    } bad[] = {
        {"/nonce", NULL}, {"/imprint", NULL}, {"/policy", "1.2.3.4.5"}, {"/cut", NULL},
        {"/huge", NULL},  {"/slow", NULL},    {"/html", NULL},          {"/bad", NULL},
        {"/bare", NULL},  {"/expired", NULL}, {"/good", "9.9.9"},
    };
    struct web *web = web_start(answer, NULL);
    unsigned char *token;
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct kunci_err err = KUNCI_ERR_INIT, fine = KUNCI_ERR_INIT;

        if (ask(web, bad[i].path, NULL, bad[i].policy, &token, &len, &err) !=
            KUNCI_TIMESTAMP_FAILED)
            fail_msg("%s: %s", bad[i].path, kunci_err_name(err.rc));
        assert_null(token);
        assert_true(*err.detail && strstr(err.about, bad[i].path));
        if (strcmp(bad[i].path, "/good") == 0)
            continue;
        assert_int_equal(ask(web, bad[i].path, "/good", bad[i].policy, &token, &len, &fine),
                         KUNCI_OK);
        free(token);
    }
    web_stop(&web);
}

/* busybox httpd and a CGI script. */
static void a_real_web_server_will_do(void **state)
{
    const char *urls[] = {"http://127.0.0.1:1/", NULL, NULL};
    const struct tsa_options options = {.urls = urls, .timeout_ms = 10000};
    struct kunci_err err = KUNCI_ERR_INIT;
    char line[8192], url[64];
    unsigned char *token;
    int port = 20000 + getpid() % 20000, status;
    size_t len;

    (void)state;
    snprintf(line, sizeof line,
             "mkdir -p www/cgi-bin && cat >www/cgi-bin/tsa <<'END' && chmod +x www/cgi-bin/tsa\n"
             "#!/bin/sh\nprintf 'Content-Type: application/timestamp-reply\\r\\n\\r\\n'\n"
             "cd ../.. && exec %s reply\nEND\n"
             "busybox httpd -f -p 127.0.0.1:%d -h www & echo $! >httpd.pid; sleep 1",
             authority_script, port);
    assert_int_equal(system(line), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/cgi-bin/tsa", port);
    urls[1] = url;
    if (tsa_stamp(&options, bytes, sizeof bytes, &token, &len, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    openssl_verifies(token, len);
    free(token);
    status = system("kill $(cat httpd.pid)");
    assert_int_equal(status, 0);
}

/* ---- judging ---- */

static struct kunci_trust *trust_in(const char *file)
{
    const char *const anchors[] = {file, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors, .revocation = KUNCI_REVOCATION_OFF, .offline = true};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust;

    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    return trust;
}

static struct tsa_verdict judge(struct kunci_trust *trust, const unsigned char *token, size_t len,
                                const char *over, int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct tsa_verdict verdict;
    const struct tsa_over what = {.bytes = over, .len = sizeof bytes};

    if (tsa_check(trust, token, len, &what, now, &verdict, &err) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
    kunci_path_free(&verdict.path);
    return verdict;
}

static unsigned char *stamp(const char *section, size_t *len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *token;
    char name[16];

    snprintf(name, sizeof name, "%s", section);
    assert_int_equal(
        authority_stamp(name, (const unsigned char *)bytes, sizeof bytes, &token, len, &err),
        KUNCI_OK);
    return token;
}

static void a_token_is_judged(void **state)
{
    struct kunci_trust *trust = trust_in("tsa/root.pem");
    unsigned char *token, *late;
    const int64_t now = time(NULL), years = 20LL * 365 * 86400;
    size_t len, late_len;
    char other[sizeof bytes] = "another";
    struct tsa_verdict verdict;

    (void)state;
    token = stamp("good", &len);
    verdict = judge(trust, token, len, bytes, now);
    assert_int_equal(verdict.indication, KUNCI_PASSED);
    assert_in_range(verdict.time, now - 60, now + 60);
    /* The authority's certificate was good then, whatever came later. */
    assert_int_equal(judge(trust, token, len, bytes, now + years).indication, KUNCI_PASSED);
    assert_int_equal(judge(trust, token, len, bytes, now - 86400).reason,
                     KUNCI_TIMESTAMP_ORDER_FAILURE);
    assert_int_equal(judge(trust, token, len, other, now).reason, KUNCI_HASH_FAILURE);
    late = stamp("expired", &late_len);
    assert_int_equal(judge(trust, late, late_len, bytes, now).reason, KUNCI_OUT_OF_BOUNDS_NO_POE);
    kunci_trust_free(&trust);
    trust = trust_in("tsa/good.pem"); /* it has not issued itself, but is believed */
    assert_int_equal(judge(trust, token, len, bytes, now).indication, KUNCI_PASSED);
    assert_int_equal(judge(trust, late, late_len, bytes, now).reason,
                     KUNCI_NO_CERTIFICATE_CHAIN_FOUND);
    kunci_trust_free(&trust);
    free(token);
    free(late);
}

/* ---- tokens that openssl ts makes none of ---- */

static X509_EXTENSION *odd_extension(int critical)
{
    ASN1_OBJECT *type = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *odd = X509_EXTENSION_create_by_OBJ(NULL, type, critical, value);

    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(type);
    assert_non_null(odd);
    return odd;
}

/* Puts what is asked for into the token. */
static int take_extension(TS_RESP_CTX *context, X509_EXTENSION *asked, void *data)
{
    (void)data;
    return TS_TST_INFO_add_ext(TS_RESP_CTX_get_tst_info(context), asked, -1);
}

static ASN1_INTEGER *serial_number(TS_RESP_CTX *context, void *data)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    (void)context;
    (void)data;
    ASN1_INTEGER_set(serial, 4711);
    return serial;
}

static TS_RESP_CTX *own_authority(void)
{
    TS_RESP_CTX *context = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
    BIO *cert = BIO_new_file("tsa/good.pem", "r"), *key = BIO_new_file("tsa/good.key", "r");
    X509 *signer = PEM_read_bio_X509(cert, NULL, NULL, NULL);
    EVP_PKEY *signer_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

    assert_true(TS_RESP_CTX_set_signer_cert(context, signer) &&
                TS_RESP_CTX_set_signer_key(context, signer_key) &&
                TS_RESP_CTX_set_signer_digest(context, EVP_sha256()) &&
                TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256()) &&
                TS_RESP_CTX_set_def_policy(context, policy) &&
                TS_RESP_CTX_add_md(context, EVP_sha256()));
    TS_RESP_CTX_set_serial_cb(context, serial_number, NULL);
    TS_RESP_CTX_set_extension_cb(context, take_extension, NULL);
    EVP_PKEY_free(signer_key);
    X509_free(signer);
    BIO_free(cert);
    BIO_free(key);
    ASN1_OBJECT_free(policy);
    return context;
}

static TS_REQ *odd_request(int critical)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_EXTENSION *odd = odd_extension(critical);
    X509_ALGOR *name = X509_ALGOR_new();
    TS_REQ *request = TS_REQ_new();

    EVP_Digest(bytes, sizeof bytes, digest, NULL, EVP_sha256(), NULL);
    assert_true(X509_ALGOR_set0(name, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
                TS_MSG_IMPRINT_set_algo(imprint, name) &&
                TS_MSG_IMPRINT_set_msg(imprint, digest, 32) && TS_REQ_set_version(request, 1) &&
                TS_REQ_set_msg_imprint(request, imprint) && TS_REQ_set_cert_req(request, 1) &&
                TS_REQ_add_ext(request, odd, -1));
    X509_EXTENSION_free(odd);
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(name);
    return request;
}

static struct tsa_verdict judge_odd(struct kunci_trust *trust, int critical)
{
    TS_RESP_CTX *context = own_authority();
    TS_REQ *request = odd_request(critical);
    BIO *query = BIO_new(BIO_s_mem());
    unsigned char *token = NULL;
    struct tsa_verdict verdict;
    TS_RESP *reply;
    int len;

    assert_int_equal(i2d_TS_REQ_bio(query, request), 1);
    reply = TS_RESP_create_response(context, query);
    assert_non_null(reply);
    assert_non_null(TS_RESP_get_token(reply));
    len = i2d_PKCS7(TS_RESP_get_token(reply), &token);
    verdict = judge(trust, token, (size_t)len, bytes, time(NULL));
    OPENSSL_free(token);
    TS_RESP_free(reply);
    TS_REQ_free(request);
    TS_RESP_CTX_free(context);
    BIO_free(query);
    return verdict;
}

static void what_is_critical_has_to_be_known(void **state)
{
    struct kunci_trust *trust = trust_in("tsa/root.pem");

    (void)state;
    assert_int_equal(judge_odd(trust, 0).indication, KUNCI_PASSED);
    assert_int_equal(judge_odd(trust, 1).reason, KUNCI_FORMAT_FAILURE);
    kunci_trust_free(&trust);
}

/* As it comes out of a reply: whether that is believed, and when it says it is. */
static int64_t time_of_reply(struct kunci_trust *trust, const unsigned char *reply, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct tsa_verdict verdict = {.indication = KUNCI_FAILED};
    unsigned char *token;
    size_t token_len;

    if (tsa_reply_read(reply, len, &token, &token_len, &err) == KUNCI_OK)
        verdict = judge(trust, token, token_len, bytes, time(NULL));
    else
        assert_true(err.rc == KUNCI_TIMESTAMP_FAILED && *err.detail);
    free(token);
    return verdict.indication == KUNCI_PASSED ? verdict.time : 0;
}

static void no_cut_and_no_changed_reply_is_believed(void **state)
{
    struct kunci_trust *trust = trust_in("tsa/root.pem");
    unsigned char *token, *reply = malloc(1 << 16);
    size_t len, token_len, i;
    FILE *file;
    int64_t right;

    (void)state;
    token = stamp("good", &token_len);
    file = fopen("reply", "rb");
    len = fread(reply, 1, 1 << 16, file);
    fclose(file);
    right = time_of_reply(trust, reply, len);
    assert_int_not_equal(right, 0);
    for (i = 0; i < len; i++) {
        unsigned char *part = malloc(i + 1); /* so that a read past it is seen */

        memcpy(part, reply, i);
        part = realloc(part, i ? i : 1);
        assert_int_equal(time_of_reply(trust, part, i), 0);
        free(part);
    }
    for (i = 0; i < len; i++) {
        int64_t told;

        reply[i] ^= 0x55;
        told = time_of_reply(trust, reply, len);
        assert_true(told == 0 || told == right);
        reply[i] ^= 0x55;
    }
    kunci_trust_free(&trust);
    free(token);
    free(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timestamp_is_had),
        cmocka_unit_test(a_bad_authority_is_found_and_the_next_one_asked),
        cmocka_unit_test(a_real_web_server_will_do),
        cmocka_unit_test(a_token_is_judged),
        cmocka_unit_test(what_is_critical_has_to_be_known),
        cmocka_unit_test(no_cut_and_no_changed_reply_is_believed),
    };

    return cmocka_run_group_tests(tests, authority_up, place_down);
}
