#include "trust/tsa.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "net/fetch.h"
#include "trust/moment.h"
#include "trust/tsa_reply.h"
#include "trust/tsa_token.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* No answer comes near it. */
enum { REPLY_MAX = 1 << 20, NONCE = 16 };

/* ---- the request ---- */

static bool set_imprint(TS_REQ *request, const void *bytes, size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *name = X509_ALGOR_new();
    unsigned digest_len;
    bool set = imprint && name &&
               EVP_Digest(bytes, len, digest, &digest_len, EVP_sha256(), NULL) == 1 &&
               X509_ALGOR_set0(name, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
               TS_MSG_IMPRINT_set_algo(imprint, name) &&
               TS_MSG_IMPRINT_set_msg(imprint, digest, (int)digest_len) &&
               TS_REQ_set_msg_imprint(request, imprint);

    X509_ALGOR_free(name);
    TS_MSG_IMPRINT_free(imprint);
    return set;
}

static bool set_nonce(TS_REQ *request)
{
    unsigned char random[NONCE];
    ASN1_INTEGER *nonce = NULL;
    BIGNUM *number = NULL;
    bool set = RAND_bytes(random, sizeof random) == 1 &&
               (number = BN_bin2bn(random, sizeof random, NULL)) &&
               (nonce = BN_to_ASN1_INTEGER(number, NULL)) && TS_REQ_set_nonce(request, nonce);

    BN_free(number);
    ASN1_INTEGER_free(nonce);
    return set;
}

static bool set_policy(TS_REQ *request, const char *policy)
{
    ASN1_OBJECT *object = policy ? OBJ_txt2obj(policy, 1) : NULL;
    bool set = !policy || (object && TS_REQ_set_policy_id(request, object));

    ASN1_OBJECT_free(object);
    return set;
}

static enum kunci_rc make_request(const char *policy, const void *bytes, size_t len, TS_REQ **out,
                                  struct kunci_err *err)
{
    ERR_clear_error();
    *out = TS_REQ_new();
    if (*out && TS_REQ_set_version(*out, 1) && set_imprint(*out, bytes, len) && set_nonce(*out) &&
        set_policy(*out, policy) && TS_REQ_set_cert_req(*out, 1))
        return KUNCI_OK;
    TS_REQ_free(*out);
    *out = NULL;
    return err_openssl(err, "TS_REQ");
}

/* ---- the answer ---- */

/* What a request and its answer have in common; NULL: it fits, else what does not. */
static const char *misfit(TS_REQ *request, const struct tsa_token *token, const char *policy)
{
    const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(token->info);

    if (!nonce || ASN1_INTEGER_cmp(nonce, TS_REQ_get_nonce(request)) != 0)
        return _("the answer is to another request");
    if (policy && OBJ_cmp(TS_REQ_get_policy_id(request), TS_TST_INFO_get_policy_id(token->info)))
        return _("the answer is under another policy than was asked for");
    if (token->proof.indication != KUNCI_PASSED)
        return _("the timestamp is not sound");
    if (X509_check_purpose(token->proof.cert, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
        return _("the authority's certificate is not made for timestamps");
    return NULL;
}

/* When the authority says it is must lie within its certificate's time. */
static bool is_in_time(const struct tsa_token *token)
{
    return token->time >= moment_of(X509_get0_notBefore(token->proof.cert)) &&
           token->time <= moment_of(X509_get0_notAfter(token->proof.cert));
}

static enum kunci_rc check_token(TS_REQ *request, const char *policy, const void *bytes, size_t len,
                                 const unsigned char *token, size_t token_len,
                                 struct kunci_err *err)
{
    const struct tsa_over over = {.bytes = bytes, .len = len};
    struct tsa_token read;
    const char *wrong;
    enum kunci_rc rc = tsa_token_read(token, token_len, &read, err);

    if (rc == KUNCI_OK && (rc = tsa_token_prove(&read, &over, err)) == KUNCI_OK) {
        wrong = misfit(request, &read, policy);
        if (!wrong && !is_in_time(&read))
            wrong = _("the authority's certificate has expired");
        if (wrong)
            rc = err_set(err, KUNCI_TIMESTAMP_FAILED, NULL, wrong);
    }
    tsa_token_clear(&read);
    ERR_clear_error();
    return rc;
}

/* ---- one authority after the other ---- */

static enum kunci_rc ask(const struct tsa_options *options, const char *url, const void *bytes,
                         size_t len, unsigned char **token, size_t *token_len,
                         struct kunci_err *err)
{
    struct fetch fetch = {.url = url,
                          .type = "application/timestamp-query",
                          .accept = "application/timestamp-reply",
                          .timeout_ms = options->timeout_ms,
                          .largest = REPLY_MAX};
    unsigned char *der = NULL;
    TS_REQ *request = NULL;
    struct buf reply = {0};
    enum kunci_rc rc;
    int der_len = -1;

    if ((rc = make_request(options->policy, bytes, len, &request, err)) != KUNCI_OK)
        return rc;
    if ((der_len = i2d_TS_REQ(request, &der)) < 0) {
        rc = err_openssl(err, "i2d_TS_REQ");
        goto out;
    }
    fetch.body = der;
    fetch.body_len = (size_t)der_len;
    if ((rc = fetch_get(&fetch, &reply, err)) == KUNCI_OK &&
        (rc = tsa_reply_read((const unsigned char *)reply.data, reply.len, token, token_len,
                             err)) == KUNCI_OK)
        rc = check_token(request, options->policy, bytes, len, *token, *token_len, err);
    if (rc != KUNCI_OK) {
        free(*token);
        *token = NULL;
    }
out:
    TS_REQ_free(request);
    OPENSSL_free(der);
    buf_clear(&reply);
    return rc;
}

/* What is said of one that gave none: its own words, else the error's sentence. */
static void describe(const struct kunci_err *one, char *to, size_t size)
{
    size_t len;

    if (*one->detail) {
        text_printable(to, size, one->detail, strlen(one->detail));
        return;
    }
    kunci_err_sentence(one, to, size);
    len = strlen(to);
    if (len && to[len - 1] == '.')
        to[len - 1] = '\0';
}

enum kunci_rc tsa_stamp(const struct tsa_options *options, const void *bytes, size_t len,
                        unsigned char **token, size_t *token_len, struct kunci_err *err)
{
    char trouble[256] = "";
    struct buf tried = {0};
    const char *const *url;
    enum kunci_rc rc = KUNCI_TIMESTAMP_FAILED;

    *token = NULL;
    *token_len = 0;
    for (url = options->urls; rc != KUNCI_OK && rc != KUNCI_NO_MEMORY && *url; url++) {
        struct kunci_err one = KUNCI_ERR_INIT;

        rc = ask(options, *url, bytes, len, token, token_len, &one);
        if (rc != KUNCI_OK)
            describe(&one, trouble, sizeof trouble);
        buf_printf(&tried, "%s%s", tried.len ? ", " : "", *url);
    }
    if (rc == KUNCI_NO_MEMORY || (rc != KUNCI_OK && tried.failed))
        rc = err_no_memory(err);
    else if (rc != KUNCI_OK)
        rc = err_set(err, KUNCI_TIMESTAMP_FAILED, tried.data, trouble);
    buf_clear(&tried);
    return rc;
}
