#include "lib/evp_uses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/cmp.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 24, SIGNATURES_A_THREAD = 8 };

const char use_message[USE_MESSAGE_LEN + 1] = "Surat Keputusan Nomor 12";
static char folder[128];

void use_folder(const char *dir)
{
    snprintf(folder, sizeof folder, "%s", dir);
}

/* ---- helpers ---- */

BIO *use_file(const char *name)
{
    char path[256];
    BIO *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = BIO_new_file(path, "w");
    assert_non_null(file);
    return file;
}

/* Runs openssl in the test's folder; true where its output has the words. */
static bool openssl_says(const char *arguments, const char *words)
{
    char command[512];

    snprintf(command, sizeof command, "cd %s && openssl %s 2>&1 | grep -q '%s'", folder, arguments,
             words);
    return system(command) == 0;
}

X509 *use_certificate(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name;

    assert_non_null(cert);
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 86400));
    name = X509_get_subject_name(cert);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"Budi", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(cert, name), 1);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    return cert;
}

/* A key in software, made while ours is there too. */
static EVP_PKEY *software_key(X509 **cert)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_non_null(key);
    *cert = use_certificate(key);
    assert_true(X509_sign(*cert, key, EVP_sha256()) > 0);
    return key;
}

/* The public key as software has it, from the encoding. */
static EVP_PKEY *public_of(const struct subject *s)
{
    unsigned char *der = NULL;
    const unsigned char *at;
    int len = i2d_PUBKEY(s->key, &der);
    EVP_PKEY *public;

    assert_true(len > 0);
    at = der;
    public = d2i_PUBKEY(NULL, &at, len);
    assert_non_null(public);
    OPENSSL_free(der);
    return public;
}

bool use_verifies(const struct subject *s, const unsigned char *signature, size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *public = public_of(s);
    bool ok = EVP_DigestVerifyInit(context, NULL, s->hash, NULL, public) == 1 &&
              EVP_DigestVerify(context, signature, len, (const unsigned char *)use_message,
                               sizeof use_message) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    return ok;
}

/* Signs by one subject's key and verifies by the other's. */
static bool signs_for(const struct subject *signer, const struct subject *owner)
{
    const unsigned char *in = (const unsigned char *)use_message;
    unsigned char signature[KUNCI_SIGNATURE_MAX];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = 0;
    bool ok = EVP_DigestSignInit(context, NULL, signer->hash, NULL, signer->key) == 1 &&
              EVP_DigestSign(context, NULL, &len, in, sizeof use_message) == 1 &&
              len <= sizeof signature &&
              EVP_DigestSign(context, signature, &len, in, sizeof use_message) == 1;

    EVP_MD_CTX_free(context);
    return ok && use_verifies(owner, signature, len);
}

/* ---- the uses: each answers whether OpenSSL did it; a wrong result is a
 * failure of the test, whatever the table says ---- */

static bool one_shot(const struct subject *s)
{
    return signs_for(s, s);
}

static bool streaming(const struct subject *s)
{
    unsigned char signature[KUNCI_SIGNATURE_MAX];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = EVP_DigestSignInit(context, NULL, s->hash, NULL, s->key) == 1 &&
              EVP_DigestSignUpdate(context, use_message, 10) == 1 &&
              EVP_DigestSignUpdate(context, use_message + 10, sizeof use_message - 10) == 1 &&
              EVP_DigestSignFinal(context, signature, &len) == 1;

    EVP_MD_CTX_free(context);
    if (ok)
        assert_true(use_verifies(s, signature, len));
    return ok;
}

static bool request(const struct subject *s)
{
    X509_REQ *req = X509_REQ_new();
    EVP_PKEY *public = public_of(s);
    bool ok = X509_REQ_set_pubkey(req, s->key) == 1 && X509_REQ_sign(req, s->key, s->hash) > 0;

    if (ok) {
        assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
        assert_int_equal(X509_REQ_verify(req, public), 1);
    }
    EVP_PKEY_free(public);
    X509_REQ_free(req);
    return ok;
}

static bool certificate_verifies(const struct subject *s, X509 *cert)
{
    EVP_PKEY *public = public_of(s);
    bool ok = X509_verify(cert, public) == 1 && X509_verify(cert, s->key) == 1;

    EVP_PKEY_free(public);
    STORE("self.pem", PEM_write_bio_X509, cert);
    return ok && openssl_says("verify -check_ss_sig -CAfile self.pem self.pem", "self.pem: OK");
}

static bool certificate(const struct subject *s)
{
    X509 *cert = use_certificate(s->key);
    bool ok = X509_sign(cert, s->key, s->hash) > 0;

    if (ok)
        assert_true(certificate_verifies(s, cert));
    X509_free(cert);
    return ok;
}

/* One certificate for each way to say the salt, and for another hash in MGF1. */
static bool certificate_pss(const struct subject *s)
{
    static const struct {
        int salt;
        const EVP_MD *(*mgf)(void);
    } ways[] = {{RSA_PSS_SALTLEN_DIGEST, EVP_sha256},
                {RSA_PSS_SALTLEN_AUTO, EVP_sha256},
                {RSA_PSS_SALTLEN_MAX, EVP_sha256},
                {20, EVP_sha256},
                {RSA_PSS_SALTLEN_DIGEST, EVP_sha1}};
    bool ok = true;
    size_t i;

    for (i = 0; ok && i < sizeof ways / sizeof *ways; i++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        X509 *cert = use_certificate(s->key);
        EVP_PKEY_CTX *pkey = NULL;

        ok = EVP_DigestSignInit(context, &pkey, s->hash, NULL, s->key) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, ways[i].salt) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(pkey, ways[i].mgf()) == 1 &&
             X509_sign_ctx(cert, context) > 0;
        if (ok) {
            assert_int_equal(X509_get_signature_nid(cert), NID_rsassaPss);
            assert_true(certificate_verifies(s, cert));
        }
        EVP_MD_CTX_free(context);
        X509_free(cert);
    }
    return ok;
}

static bool revocation_list(const struct subject *s)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    bool ok = X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(crl, X509_get_subject_name(s->cert)) == 1 &&
              X509_CRL_set1_lastUpdate(crl, now) == 1 && X509_CRL_set1_nextUpdate(crl, now) == 1 &&
              X509_CRL_sign(crl, s->key, s->hash) > 0;

    if (ok) {
        assert_int_equal(X509_CRL_verify(crl, X509_get0_pubkey(s->cert)), 1);
        STORE("crl.pem", PEM_write_bio_X509_CRL, crl);
        assert_true(openssl_says("crl -in crl.pem -CAfile cert.pem -noout", "verify OK"));
    }
    ASN1_TIME_free(now);
    X509_CRL_free(crl);
    return ok;
}

static bool cms(const struct subject *s, unsigned signer_flags)
{
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_DETACHED;
    BIO *in = BIO_new_mem_buf(use_message, sizeof use_message), *file;
    CMS_ContentInfo *made = CMS_sign(NULL, NULL, NULL, in, flags);
    CMS_SignerInfo *signer = CMS_add1_signer(made, s->cert, s->key, s->hash, flags | signer_flags);
    bool ok = signer &&
              (!(signer_flags & CMS_KEY_PARAM) ||
               EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(signer),
                                            RSA_PKCS1_PSS_PADDING) == 1) &&
              CMS_final(made, in, NULL, flags) == 1;

    if (ok) {
        STORE("cms.der", i2d_CMS_bio, made);
        file = use_file("use_message");
        assert_int_equal(BIO_write(file, use_message, sizeof use_message), sizeof use_message);
        BIO_free(file);
        assert_true(openssl_says("cms -verify -noverify -binary -inform DER -in cms.der "
                                 "-content use_message -out /dev/null",
                                 "CMS Verification successful"));
    }
    CMS_ContentInfo_free(made);
    BIO_free(in);
    return ok;
}

static bool cms_attributes(const struct subject *s)
{
    return cms(s, 0);
}

static bool cms_bare(const struct subject *s)
{
    return cms(s, CMS_NOATTR);
}

static bool cms_pss(const struct subject *s)
{
    return cms(s, CMS_KEY_PARAM) && cms(s, CMS_KEY_PARAM | CMS_NOATTR);
}

static bool ocsp(const struct subject *s)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), s->cert, s->cert);
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    OCSP_RESPONSE *response = NULL;
    bool ok = OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, now, NULL) &&
              OCSP_basic_sign(basic, s->cert, s->key, s->hash, NULL, 0) == 1;

    if (ok) {
        response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
        STORE("ocsp.der", i2d_OCSP_RESPONSE_bio, response);
        assert_true(openssl_says("ocsp -respin ocsp.der -issuer cert.pem -cert cert.pem "
                                 "-VAfile cert.pem -no_nonce",
                                 "Response verify OK"));
    }
    OCSP_RESPONSE_free(response);
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    ASN1_TIME_free(now);
    return ok;
}

static void *serve(void *ssl)
{
    SSL_accept(ssl);
    return NULL;
}

/* The handshake of both sides; the server insists on the client's certificate. */
static bool shake_hands(SSL_CTX *client_context, SSL_CTX *server_context)
{
    SSL *client = SSL_new(client_context), *server = SSL_new(server_context);
    pthread_t thread;
    int ends[2];
    bool ok;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    SSL_set_fd(client, ends[0]);
    SSL_set_fd(server, ends[1]);
    assert_int_equal(pthread_create(&thread, NULL, serve, server), 0);
    ok = SSL_connect(client) == 1;
    shutdown(ends[0], SHUT_WR);
    pthread_join(thread, NULL);
    ok = ok && SSL_is_init_finished(server) && SSL_get_verify_result(server) == X509_V_OK;
    SSL_free(client);
    SSL_free(server);
    close(ends[0]);
    close(ends[1]);
    return ok;
}

/* signatures: what the server takes, NULL for all that OpenSSL has. */
static bool tls(const struct subject *s, int version, const char *signatures)
{
    SSL_CTX *client = SSL_CTX_new(TLS_client_method()), *server = SSL_CTX_new(TLS_server_method());
    X509 *server_cert;
    EVP_PKEY *server_key = software_key(&server_cert);
    bool ok;

    assert_int_equal(SSL_CTX_use_certificate(server, server_cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server, server_key), 1);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(server), s->cert), 1);
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (signatures)
        assert_int_equal(SSL_CTX_set1_client_sigalgs_list(server, signatures), 1);
    SSL_CTX_set_max_proto_version(client, version);
    ok = SSL_CTX_use_certificate(client, s->cert) == 1 &&
         SSL_CTX_use_PrivateKey(client, s->key) == 1 && SSL_CTX_check_private_key(client) == 1 &&
         shake_hands(client, server);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    X509_free(server_cert);
    EVP_PKEY_free(server_key);
    return ok;
}

static bool tls_1_3(const struct subject *s)
{
    return tls(s, TLS1_3_VERSION, NULL);
}

static bool tls_1_2(const struct subject *s)
{
    return tls(s, TLS1_2_VERSION, NULL);
}

static bool tls_1_2_pkcs1(const struct subject *s)
{
    return tls(s, TLS1_2_VERSION, "RSA+SHA256");
}

static OSSL_CMP_MSG *keep_request(OSSL_CMP_CTX *context, const OSSL_CMP_MSG *sent)
{
    *(OSSL_CMP_MSG **)OSSL_CMP_CTX_get_transfer_cb_arg(context) = OSSL_CMP_MSG_dup(sent);
    return NULL;
}

/* An initial request: protection and proof of possession by the same key. */
static bool cmp(const struct subject *s)
{
    OSSL_CMP_CTX *client = OSSL_CMP_CTX_new(NULL, NULL), *server = OSSL_CMP_CTX_new(NULL, NULL);
    X509_NAME *name = X509_get_subject_name(s->cert);
    OSSL_CMP_MSG *sent = NULL;

    assert_int_equal(EVP_PKEY_up_ref(s->key), 1);
    assert_true(
        OSSL_CMP_CTX_set0_newPkey(client, 1, s->key) && OSSL_CMP_CTX_set_log_verbosity(client, 0) &&
        OSSL_CMP_CTX_set1_cert(client, s->cert) && OSSL_CMP_CTX_set1_pkey(client, s->key) &&
        OSSL_CMP_CTX_set1_subjectName(client, name) && OSSL_CMP_CTX_set1_recipient(client, name) &&
        OSSL_CMP_CTX_set_transfer_cb(client, keep_request) &&
        OSSL_CMP_CTX_set_transfer_cb_arg(client, &sent));
    if (s->hash)
        assert_true(
            OSSL_CMP_CTX_set_option(client, OSSL_CMP_OPT_DIGEST_ALGNID, EVP_MD_get_type(s->hash)));
    OSSL_CMP_exec_certreq(client, OSSL_CMP_IR, NULL);
    if (sent) {
        assert_true(OSSL_CMP_CTX_set1_srvCert(server, s->cert));
        assert_int_equal(OSSL_CMP_validate_msg(server, sent), 1);
    }
    OSSL_CMP_CTX_free(client);
    OSSL_CMP_CTX_free(server);
    OSSL_CMP_MSG_free(sent);
    return sent != NULL;
}

static bool belongs_to_certificate(const struct subject *s)
{
    X509 *other = NULL;
    EVP_PKEY *other_key = software_key(&other);

    assert_int_equal(X509_check_private_key(other, s->key), 0);
    assert_int_equal(X509_check_private_key(s->cert, other_key), 0);
    X509_free(other);
    EVP_PKEY_free(other_key);
    return X509_check_private_key(s->cert, s->key) == 1;
}

/* libp11 puts the number 1 where OpenSSL looks for an elliptic curve's private
 * key, so that something is written: it must be good for nothing. */
static bool private_key_comes_out(const struct subject *s)
{
    BIO *file = BIO_new(BIO_s_mem());
    struct subject copy = *s;
    bool ok = PEM_write_bio_PrivateKey(file, s->key, NULL, NULL, 0, NULL, NULL) == 1;

    copy.key = ok ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
    ok = copy.key && signs_for(&copy, s);
    EVP_PKEY_free(copy.key);
    BIO_free(file);
    return ok;
}

static void *sign_often(void *of)
{
    const struct subject *s = of;
    size_t i;

    for (i = 0; i < SIGNATURES_A_THREAD; i++)
        if (!signs_for(s, s))
            return of;
    return NULL;
}

static bool many_threads(const struct subject *s)
{
    pthread_t threads[THREADS];
    struct subject copy = *s;
    void *failed = NULL;
    bool ok = true;
    size_t i;

    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &copy), 0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        ok = ok && !failed;
    }
    return ok;
}

/* ---- the table ---- */

#define RSA (KUNCI_KEY_RSA2048 | KUNCI_KEY_RSA3072 | KUNCI_KEY_RSA4096)
#define ED  KUNCI_KEY_ED25519
#define EC  (KUNCI_KEY_P256 | KUNCI_KEY_P384 | KUNCI_KEY_P521)

const struct use uses[] = {
    {"digest sign, one shot", one_shot, RSA | EC | ED, 0},
    {"digest sign, streaming", streaming, RSA | EC | ED, ED},
    {"request", request, RSA | EC | ED, 0},
    {"certificate", certificate, RSA | EC | ED, 0},
    {"certificate, PSS", certificate_pss, RSA, 0},
    {"revocation list", revocation_list, RSA | EC | ED, 0},
    {"CMS", cms_attributes, RSA | EC | ED, ED},
    {"CMS without attributes", cms_bare, RSA | EC | ED, ED},
    {"CMS, PSS", cms_pss, RSA, 0},
    {"OCSP answer", ocsp, RSA | EC | ED, 0},
    {"TLS 1.3 client", tls_1_3, RSA | EC | ED, 0},
    {"TLS 1.2 client", tls_1_2, RSA | EC | ED, 0},
    {"TLS 1.2 client, PKCS#1", tls_1_2_pkcs1, RSA, 0},
    {"CMP request", cmp, RSA | EC | ED, ED},
    {"belongs to its certificate", belongs_to_certificate, RSA | EC | ED, 0},
    {"private key comes out", private_key_comes_out, RSA | EC | ED, RSA | EC | ED},
    {"many threads", many_threads, RSA | EC | ED, 0},
};

const size_t use_count = sizeof uses / sizeof *uses;
