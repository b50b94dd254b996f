/* Messages made in memory, read and proved by OpenSSL. */
#include "cms/message.h"
#include "lib/certified.h"
#include "lib/soft_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>

static const char text[] = "{\"request\":7}";

static CMS_ContentInfo *read_der(const struct buf *der)
{
    const unsigned char *at = (const unsigned char *)der->data;
    CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &at, (long)der->len);

    assert_non_null(info);
    assert_ptr_equal(at, der->data + der->len);
    return info;
}

/* OpenSSL 3.0 cannot verify Ed25519 with attributes in CMS; test_cades does that. */
static const struct row {
    enum kunci_key_type type;
    enum kunci_alg alg;
} rows[] = {
    {KUNCI_KEY_P256, KUNCI_ECDSA_SHA256},
    {KUNCI_KEY_P384, KUNCI_ECDSA_SHA384},
    {KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256},
    {KUNCI_KEY_RSA2048, KUNCI_PSS_SHA256},
};

static void verify(const struct row *row, bool attached, const char *seen, int holds)
{
    EVP_PKEY *key = soft_key(row->type);
    X509 *cert = certified(&(struct certified){"Budi", -60, 3600, "digitalSignature", NULL}, key,
                           NULL, NULL);
    struct kunci_signer *signer = soft_signer(key, row->alg);
    const struct message message = {text, sizeof text - 1, attached};
    struct kunci_err err = KUNCI_ERR_INIT;
    BIO *in = BIO_new_mem_buf(seen, -1), *out = BIO_new(BIO_s_mem());
    unsigned char *der = NULL;
    struct buf made = {0};
    CMS_ContentInfo *info;
    char *content;
    int len = i2d_X509(cert, &der);

    signer->cert = der;
    signer->cert_len = (size_t)len;
    assert_int_equal(message_sign(signer, &message, &made, &err), KUNCI_OK);
    info = read_der(&made);
    assert_int_equal(CMS_verify(info, NULL, NULL, attached ? NULL : in, out,
                                CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY),
                     holds);
    if (holds) {
        assert_int_equal(BIO_get_mem_data(out, &content), sizeof text - 1);
        assert_memory_equal(content, text, sizeof text - 1);
    }
    CMS_ContentInfo_free(info);
    buf_clear(&made);
    BIO_free(in);
    BIO_free(out);
    OPENSSL_free(der);
    kunci_signer_free(&signer);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void test_attached(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        verify(&rows[i], true, "", 1);
}

static void test_detached(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        verify(&rows[i], false, text, 1);
        verify(&rows[i], false, "{\"request\":8}", 0);
    }
}

static void test_needs_certificate(void **state)
{
    static const unsigned char junk[] = {0x30, 0x01, 0x00};
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    const struct message message = {text, sizeof text - 1, true};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf made = {0};

    (void)state;
    assert_int_equal(message_sign(signer, &message, &made, &err), KUNCI_SIGN_NO_CERT);
    signer->cert = junk;
    signer->cert_len = sizeof junk;
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(message_sign(signer, &message, &made, &err), KUNCI_SIGN_NO_CERT);
    assert_int_equal(made.len, 0);
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
}

/* A certificate of another key must not go along with a signature. */
static void test_mismatch(void **state)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256), *other = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    struct kunci_signer *wrong = soft_signer(other, KUNCI_ECDSA_SHA256);
    X509 *cert = certified(&(struct certified){"Budi", -60, 3600, NULL, NULL}, key, NULL, NULL);
    const struct message message = {text, sizeof text - 1, true};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der = NULL;
    struct buf made = {0};
    int len = i2d_X509(cert, &der);

    (void)state;
    wrong->cert = der;
    wrong->cert_len = (size_t)len;
    assert_int_equal(message_sign(wrong, &message, &made, &err), KUNCI_KEY_MISMATCH);
    assert_int_equal(made.len, 0);
    OPENSSL_free(der);
    X509_free(cert);
    kunci_signer_free(&signer);
    kunci_signer_free(&wrong);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attached),
        cmocka_unit_test(test_detached),
        cmocka_unit_test(test_needs_certificate),
        cmocka_unit_test(test_mismatch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
