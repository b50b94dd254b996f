#include "lib/soft_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_lead_back(void **state)
{
    int alg;

    (void)state;
    for (alg = KUNCI_RSA_SHA256; alg <= KUNCI_ED25519; alg++)
        assert_int_equal(kunci_alg_by_name(kunci_alg_name((enum kunci_alg)alg)), alg);
    assert_int_equal(kunci_alg_by_name("ecdsa-sha256"), KUNCI_ECDSA_SHA256);
    assert_int_equal(kunci_alg_by_name("MD5"), KUNCI_ALG_NONE);
    assert_int_equal(kunci_alg_by_name(""), KUNCI_ALG_NONE);
}

static void unknown_numbers_are_none(void **state)
{
    (void)state;
    assert_string_equal(kunci_alg_name((enum kunci_alg)99), kunci_alg_name(KUNCI_ALG_NONE));
    assert_null(kunci_alg_hash((enum kunci_alg)99));
}

static void hash_is_the_one_in_the_name(void **state)
{
    int alg;

    (void)state;
    for (alg = KUNCI_RSA_SHA256; alg < KUNCI_ED25519; alg++)
        assert_string_equal(kunci_alg_hash((enum kunci_alg)alg),
                            strchr(kunci_alg_name((enum kunci_alg)alg), '-') + 1);
    assert_null(kunci_alg_hash(KUNCI_ED25519));
}

/* Keeps what it is asked to sign. */
static enum kunci_rc keep(struct kunci_signer *signer, const void *in, size_t in_len,
                          unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    (void)signer;
    (void)err;
    memcpy(sig, in, in_len);
    *sig_len = in_len;
    return KUNCI_OK;
}

static void message_is_hashed_first(void **state)
{
    struct kunci_signer signer = {.sign = keep};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    size_t len;
    int alg;

    (void)state;
    for (alg = KUNCI_RSA_SHA256; alg < KUNCI_ED25519; alg++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        size_t digest_len;

        signer.alg = (enum kunci_alg)alg;
        assert_true(
            EVP_Q_digest(NULL, kunci_alg_hash(signer.alg), NULL, "kunci", 5, digest, &digest_len));
        assert_int_equal(kunci_sign_message(&signer, "kunci", 5, sig, &len, &err), KUNCI_OK);
        assert_int_equal(len, digest_len);
        assert_memory_equal(sig, digest, len);
    }
    signer.alg = KUNCI_ED25519;
    assert_int_equal(kunci_sign_message(&signer, "kunci", 5, sig, &len, &err), KUNCI_OK);
    assert_int_equal(len, 5);
    assert_memory_equal(sig, "kunci", 5);
}

static void signer_is_freed_once(void **state)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);

    (void)state;
    EVP_PKEY_free(key);
    kunci_signer_free(&signer);
    assert_null(signer);
    kunci_signer_free(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_back),
        cmocka_unit_test(unknown_numbers_are_none),
        cmocka_unit_test(hash_is_the_one_in_the_name),
        cmocka_unit_test(message_is_hashed_first),
        cmocka_unit_test(signer_is_freed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
