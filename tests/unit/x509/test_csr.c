#include "base/error.h"
#include "lib/soft_signer.h"

#include <kunci/cert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUBJECT "C=ID, O=Dinas Kominfo, CN=Budi"

static const struct kunci_csr_options plain = {.subject = SUBJECT};

static const struct kind {
    enum kunci_key_type type;
    enum kunci_alg from, to;
    const char *public_key;
} kinds[] = {
    {KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512, "RSA 2048"},
    {KUNCI_KEY_RSA3072, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512, "RSA 3072"},
    {KUNCI_KEY_RSA4096, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512, "RSA 4096"},
    {KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512, "P-256"},
    {KUNCI_KEY_P384, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512, "P-384"},
    {KUNCI_KEY_P521, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512, "P-521"},
    {KUNCI_KEY_ED25519, KUNCI_ED25519, KUNCI_ED25519, "Ed25519"},
};

/* Asks the stock openssl whether the request's signature is good. */
static void openssl_verifies(const unsigned char *der, size_t len)
{
    FILE *child = popen("openssl req -inform DER -verify -noout >/dev/null 2>&1", "w");

    assert_non_null(child);
    assert_int_equal(fwrite(der, 1, len, child), len);
    assert_int_equal(pclose(child), 0);
}

static void check_one(EVP_PKEY *key, enum kunci_alg alg, const char *public_key)
{
    struct kunci_signer *signer = soft_signer(key, alg);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    unsigned char *der, *again;
    size_t len, again_len;

    if (kunci_csr_new(signer, &plain, &der, &len, &err) != KUNCI_OK)
        fail_msg("%s: %s %s", kunci_alg_name(alg), err.about, err.detail);
    openssl_verifies(der, len);
    assert_int_equal(kunci_csr_describe(der, len, &info, &err), KUNCI_OK);
    assert_string_equal(info.subject, SUBJECT);
    assert_string_equal(info.public_key, public_key);
    assert_string_equal(info.signature, kunci_alg_name(alg));
    assert_int_equal(strlen(info.sha256), 64);
    assert_null(info.issuer);
    kunci_cert_info_clear(&info);
    assert_int_equal(kunci_csr_read(der, len, &again, &again_len, &err), KUNCI_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, der, len);
    free(again);
    free(der);
    kunci_signer_free(&signer);
}

static void openssl_takes_every_kind(void **state)
{
    const struct kind *kind;
    int alg;

    (void)state;
    for (kind = kinds; kind < kinds + sizeof kinds / sizeof *kinds; kind++) {
        EVP_PKEY *key = soft_key(kind->type);

        for (alg = (int)kind->from; alg <= (int)kind->to; alg++)
            check_one(key, (enum kunci_alg)alg, kind->public_key);
        EVP_PKEY_free(key);
    }
}

/* ---- malformed ones ---- */

static unsigned char *make(size_t *len)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;

    assert_int_equal(kunci_csr_new(signer, &plain, &der, len, &err), KUNCI_OK);
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
    return der;
}

static void refused(const void *bytes, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t der_len;

    assert_int_equal(kunci_csr_read(bytes, len, &der, &der_len, &err), KUNCI_CSR_INVALID);
    assert_null(der);
    assert_true(*err.detail);
}

static void refuses_every_cut(void **state)
{
    size_t len, cut;
    unsigned char *der = make(&len);

    (void)state;
    for (cut = 0; cut < len; cut++) {
        unsigned char *part = malloc(cut + 1); /* so that a read past it is seen */

        memcpy(part, der, cut);
        part = realloc(part, cut ? cut : 1);
        refused(part, cut);
        free(part);
    }
    free(der);
}

static void refuses_every_flipped_byte(void **state)
{
    size_t len, i;
    unsigned char *der = make(&len);

    (void)state;
    for (i = 0; i < len; i++) {
        der[i] ^= 0x55;
        refused(der, len);
        der[i] ^= 0x55;
    }
    free(der);
}

/* A signer whose signatures are another key's. */
static void never_hands_out_a_bad_signature(void **state)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256), *other = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len;

    (void)state;
    signer->context = other;
    assert_int_equal(kunci_csr_new(signer, &plain, &der, &len, &err), KUNCI_KEY_MISMATCH);
    assert_null(der);
    signer->context = key;
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

static void subject_is_checked_before_signing(void **state)
{
    static const struct kunci_csr_options wrong = {.subject = "C=Indonesia"};
    struct kunci_signer nobody = {.alg = KUNCI_ECDSA_SHA256};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len;

    (void)state;
    assert_int_equal(kunci_csr_new(&nobody, &wrong, &der, &len, &err), KUNCI_SUBJECT_INVALID);
    assert_null(der);
}

static void signer_must_name_its_algorithm(void **state)
{
    struct kunci_signer nobody = {.alg = KUNCI_ALG_NONE};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len;

    (void)state;
    assert_int_equal(kunci_csr_new(&nobody, &plain, &der, &len, &err), KUNCI_SIGN_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_takes_every_kind),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_every_flipped_byte),
        cmocka_unit_test(never_hands_out_a_bad_signature),
        cmocka_unit_test(subject_is_checked_before_signing),
        cmocka_unit_test(signer_must_name_its_algorithm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
