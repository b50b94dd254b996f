/* The signer: each algorithm with each type of key, as OpenSSL verifies it. */
#include "lib/softhsm.h"
#include "lib/wrapped.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char message[] = "Surat Keputusan Nomor 12";

static const enum kunci_key_type types[] = {KUNCI_KEY_RSA2048, KUNCI_KEY_P256, KUNCI_KEY_P384,
                                            KUNCI_KEY_P521, KUNCI_KEY_ED25519};
enum { TYPES = sizeof types / sizeof *types };

static struct softhsm *hsm;
static struct kunci_key *keys[TYPES];
static struct kunci_err err;

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

static bool verifies(const struct kunci_signer *signer, const unsigned char *sig, size_t len)
{
    const char *hash = kunci_alg_hash(signer->alg);
    const unsigned char *der = signer->spki;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &der, (long)signer->spki_len);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context;
    bool good;

    assert_int_equal(EVP_DigestVerifyInit_ex(digest, &context, hash, NULL, NULL, key, NULL), 1);
    if (signer->alg >= KUNCI_PSS_SHA256 && signer->alg <= KUNCI_PSS_SHA512) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    good = EVP_DigestVerify(digest, sig, len, (const unsigned char *)message, sizeof message) == 1;
    EVP_MD_CTX_free(digest);
    EVP_PKEY_free(key);
    return good;
}

static void sign_and_verify(struct kunci_key *key, enum kunci_alg alg)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_signer *signer;
    size_t len;

    assert_int_equal(kunci_key_signer(key, alg, &signer, fresh()), KUNCI_OK);
    assert_int_equal(kunci_sign_message(signer, message, sizeof message, sig, &len, &err),
                     KUNCI_OK);
    assert_true(verifies(signer, sig, len));
    sig[len / 2] ^= 1;
    assert_false(verifies(signer, sig, len));
    kunci_signer_free(&signer);
}

static bool fits(enum kunci_key_type type, enum kunci_alg alg)
{
    if (type == KUNCI_KEY_RSA2048)
        return alg <= KUNCI_PSS_SHA512;
    if (type == KUNCI_KEY_ED25519)
        return alg == KUNCI_ED25519;
    return alg >= KUNCI_ECDSA_SHA256 && alg <= KUNCI_ECDSA_SHA512;
}

static void every_algorithm_with_every_key(void **state)
{
    struct kunci_signer *signer;
    enum kunci_alg alg;
    size_t i;

    (void)state;
    for (i = 0; i < TYPES; i++) {
        sign_and_verify(keys[i], KUNCI_ALG_NONE);
        for (alg = KUNCI_RSA_SHA256; alg <= KUNCI_ED25519; alg++) {
            if (fits(types[i], alg))
                sign_and_verify(keys[i], alg);
            else
                assert_int_equal(kunci_key_signer(keys[i], alg, &signer, fresh()),
                                 KUNCI_SIGN_UNSUPPORTED);
        }
    }
}

static void a_digest_of_the_wrong_length(void **state)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX], digest[31] = {0};
    struct kunci_signer *signer;
    size_t len;

    (void)state;
    assert_int_equal(kunci_key_signer(keys[0], KUNCI_RSA_SHA256, &signer, fresh()), KUNCI_OK);
    assert_int_equal(signer->sign(signer, digest, sizeof digest, sig, &len, &err),
                     KUNCI_SIGN_UNSUPPORTED);
    kunci_signer_free(&signer);
}

/* ---- a token that knows the bare RSA operation only ---- */

static CK_MECHANISM_TYPE used;

static CK_RV bare_only(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    if (mechanism->mechanism != CKM_RSA_X_509)
        return CKR_MECHANISM_INVALID;
    used = mechanism->mechanism;
    return wrapped_real->C_SignInit(session, mechanism, key);
}

static void padded_here_where_the_token_cannot(void **state)
{
    enum kunci_alg alg;

    (void)state;
    wrap(hsm->modules);
    wrapped.C_SignInit = bare_only;
    for (alg = KUNCI_RSA_SHA256; alg <= KUNCI_PSS_SHA512; alg++) {
        used = 0;
        sign_and_verify(keys[0], alg);
        assert_int_equal(used, CKM_RSA_X_509);
    }
    unwrap();
}

static CK_RV nothing(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)session, (void)mechanism, (void)key;
    return CKR_MECHANISM_INVALID;
}

static void a_token_that_cannot_sign(void **state)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_signer *signer;
    size_t i, len;

    (void)state;
    wrap(hsm->modules);
    wrapped.C_SignInit = nothing;
    for (i = 0; i < TYPES; i++) {
        assert_int_equal(kunci_key_signer(keys[i], KUNCI_ALG_NONE, &signer, fresh()), KUNCI_OK);
        assert_int_equal(kunci_sign_message(signer, message, sizeof message, sig, &len, &err),
                         KUNCI_TOKEN_UNABLE);
        kunci_signer_free(&signer);
    }
    unwrap();
}

/* A signer needs its modules, not its key. */
static void outlives_its_key(void **state)
{
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_P256, "short-lived");
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_signer *signer;
    size_t len;

    (void)state;
    assert_int_equal(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, fresh()), KUNCI_OK);
    kunci_key_free(&key);
    assert_int_equal(kunci_sign_message(signer, message, sizeof message, sig, &len, &err),
                     KUNCI_OK);
    assert_true(verifies(signer, sig, len));
    kunci_signer_free(&signer);
}

static int set_up(void **state)
{
    size_t i;

    (void)state;
    hsm = softhsm_up(1);
    for (i = 0; i < TYPES; i++)
        keys[i] = softhsm_key(hsm, types[i], kunci_key_type_name(types[i]));
    return 0;
}

static int tear_down(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < TYPES; i++)
        kunci_key_free(&keys[i]);
    softhsm_down(&hsm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_with_every_key),
        cmocka_unit_test(a_digest_of_the_wrong_length),
        cmocka_unit_test(padded_here_where_the_token_cannot),
        cmocka_unit_test(a_token_that_cannot_sign),
        cmocka_unit_test(outlives_its_key),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
