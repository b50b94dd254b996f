#include "lib/authority.h"

#include "lib/place.h"
#include "trust/tsa_reply.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <stdlib.h>

char authority_script[PATH_MAX];

int authority_up(void **state)
{
    (void)state;
    snprintf(authority_script, sizeof authority_script, "%s/tests/lib/tsa.sh", place_up());
    place_shell("%s up", authority_script);
    return 0;
}

unsigned char *authority_reply(const char *section, const unsigned char *query, size_t query_len,
                               size_t *len)
{
    FILE *file = fopen("query", "wb");

    if (!file || fwrite(query, 1, query_len, file) != query_len || fclose(file) != 0)
        abort();
    place_shell("%s reply %s <query >reply", authority_script, section);
    return place_file("reply", len);
}

enum kunci_rc authority_stamp(void *context, const unsigned char *bytes, size_t len,
                              unsigned char **token, size_t *token_len, struct kunci_err *err)
{
    FILE *file = fopen("stamped", "wb");
    unsigned char *query, *reply;
    size_t query_len, reply_len;
    enum kunci_rc rc;

    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        abort();
    place_shell("openssl ts -query -data stamped -sha256 -cert -out asked >/dev/null 2>&1");
    query = place_file("asked", &query_len);
    reply = authority_reply(context, query, query_len, &reply_len);
    rc = tsa_reply_read(reply, reply_len, token, token_len, err);
    free(query);
    free(reply);
    return rc;
}

/* ---- at any moment ---- */

static void must(int done)
{
    if (done)
        return;
    ERR_print_errors_fp(stderr);
    abort();
}

static BIO *query_over(const void *bytes, size_t len)
{
    TS_REQ *request = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *hash = X509_ALGOR_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;
    BIO *query = BIO_new(BIO_s_mem());

    must(EVP_Digest(bytes, len, digest, &digest_len, EVP_sha256(), NULL) == 1);
    X509_ALGOR_set_md(hash, EVP_sha256());
    must(TS_MSG_IMPRINT_set_algo(imprint, hash) == 1 &&
         TS_MSG_IMPRINT_set_msg(imprint, digest, (int)digest_len) == 1 &&
         TS_REQ_set_version(request, 1) == 1 && TS_REQ_set_msg_imprint(request, imprint) == 1 &&
         TS_REQ_set_cert_req(request, 1) == 1 && i2d_TS_REQ_bio(query, request) == 1);
    TS_REQ_free(request);
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(hash);
    return query;
}

static int tell_time(struct TS_resp_ctx *context, void *when, long *sec, long *usec)
{
    (void)context;
    *sec = (long)*(int64_t *)when;
    *usec = 0;
    return 1;
}

static ASN1_INTEGER *number(struct TS_resp_ctx *context, void *unused)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    (void)context;
    (void)unused;
    must(serial && ASN1_INTEGER_set(serial, 1) == 1);
    return serial;
}

unsigned char *authority_token(const void *bytes, size_t len, int64_t when, size_t *token_len)
{
    BIO *query = query_over(bytes, len), *cert_in = BIO_new_file("tsa/good.pem", "r"),
        *key_in = BIO_new_file("tsa/good.key", "r");
    X509 *cert = PEM_read_bio_X509(cert_in, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_in, NULL, NULL, NULL);
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
    TS_RESP_CTX *context = TS_RESP_CTX_new();
    unsigned char *token = NULL;
    TS_RESP *reply;
    int got;

    TS_RESP_CTX_set_time_cb(context, tell_time, &when);
    TS_RESP_CTX_set_serial_cb(context, number, NULL);
    must(TS_RESP_CTX_set_signer_cert(context, cert) == 1 &&
         TS_RESP_CTX_set_signer_key(context, key) == 1 &&
         TS_RESP_CTX_set_signer_digest(context, EVP_sha256()) == 1 &&
         TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256()) == 1 &&
         TS_RESP_CTX_set_def_policy(context, policy) == 1 &&
         TS_RESP_CTX_add_md(context, EVP_sha256()) == 1);
    must((reply = TS_RESP_create_response(context, query)) && TS_RESP_get_token(reply));
    must((got = i2d_PKCS7(TS_RESP_get_token(reply), &token)) > 0);
    *token_len = (size_t)got;
    TS_RESP_free(reply);
    TS_RESP_CTX_free(context);
    ASN1_OBJECT_free(policy);
    EVP_PKEY_free(key);
    X509_free(cert);
    BIO_free(query);
    BIO_free(cert_in);
    BIO_free(key_in);
    return token;
}
