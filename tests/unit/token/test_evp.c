/* A token's key in OpenSSL: every use there is, by both implementations and with every
 * type of key. */
#include "lib/evp_uses.h"
#include "lib/softhsm.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct softhsm *hsm;

static struct subject subjects[] = {
    {.type = KUNCI_KEY_RSA2048, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_RSA3072, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_RSA4096, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_P256, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_P384, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_P521, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_ED25519, .how = KUNCI_EVP_PROVIDER},
    {.type = KUNCI_KEY_RSA2048, .how = KUNCI_EVP_LIBP11},
    {.type = KUNCI_KEY_RSA3072, .how = KUNCI_EVP_LIBP11},
    {.type = KUNCI_KEY_RSA4096, .how = KUNCI_EVP_LIBP11},
    {.type = KUNCI_KEY_P256, .how = KUNCI_EVP_LIBP11},
    {.type = KUNCI_KEY_P384, .how = KUNCI_EVP_LIBP11},
    {.type = KUNCI_KEY_P521, .how = KUNCI_EVP_LIBP11},
};

enum { USES_MAX = 32, SUBJECTS = sizeof subjects / sizeof *subjects };

struct row {
    const struct use *use;
    struct subject *subject;
    char name[64];
};

static void run_row(void **state)
{
    const struct row *row = *state;
    const struct subject *s = row->subject;
    bool done, wanted = !(row->use->cannot & s->type);

    STORE("cert.pem", PEM_write_bio_X509, s->cert);
    done = row->use->done(s);
    if (done != wanted)
        ERR_print_errors_fp(stderr);
    ERR_clear_error();
    assert_int_equal(done, wanted);
}

/* ---- what is not a row ---- */

static void libp11_has_no_ed25519(void **state)
{
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_ED25519, "refused");
    struct kunci_err err = KUNCI_ERR_INIT;
    EVP_PKEY *pkey = NULL;

    (void)state;
    assert_int_equal(kunci_key_evp(key, KUNCI_EVP_LIBP11, &pkey, &err), KUNCI_EVP_UNSUPPORTED);
    assert_null(pkey);
    assert_string_equal(err.about, "refused");
    kunci_key_free(&key);
}

/* The caller of OpenSSL finds our error's stable name on OpenSSL's queue. */
static void refusal_is_named(void **state)
{
    const EVP_PKEY *pkey = subjects[0].key;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new((EVP_PKEY *)(uintptr_t)pkey, NULL);
    unsigned char in[256] = {0}, signature[256];
    size_t len = sizeof signature;
    unsigned long code;

    (void)state;
    ERR_clear_error();
    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    assert_int_not_equal(EVP_PKEY_sign(context, signature, &len, in, sizeof in), 1);
    code = ERR_peek_last_error();
    assert_string_equal(ERR_lib_error_string(code), "kunci");
    assert_string_equal(ERR_reason_error_string(code), "sign_unsupported");
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
}

/* The copy of a signature that has begun goes its own way. */
static void copied_context(void **state)
{
    const struct subject *s = &subjects[1];
    EVP_MD_CTX *one = EVP_MD_CTX_new(), *other = EVP_MD_CTX_new();
    unsigned char signature[KUNCI_SIGNATURE_MAX];
    size_t len = sizeof signature;

    (void)state;
    assert_int_equal(EVP_DigestSignInit(one, NULL, s->hash, NULL, s->key), 1);
    assert_int_equal(EVP_DigestSignUpdate(one, use_message, 5), 1);
    assert_int_equal(EVP_MD_CTX_copy_ex(other, one), 1);
    assert_int_equal(EVP_DigestSignUpdate(one, "x", 1), 1);
    assert_int_equal(EVP_DigestSignUpdate(other, use_message + 5, sizeof use_message - 5), 1);
    assert_int_equal(EVP_DigestSignFinal(other, signature, &len), 1);
    assert_true(use_verifies(s, signature, len));
    len = sizeof signature;
    assert_int_equal(EVP_DigestSignFinal(one, signature, &len), 1);
    assert_false(use_verifies(s, signature, len));
    EVP_MD_CTX_free(one);
    EVP_MD_CTX_free(other);
}

/* A copy of the EVP_PKEY holds the token's key by itself. */
static void copied_key(void **state)
{
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_P256, "copied");
    struct subject copy = {.hash = EVP_sha256()};
    struct kunci_err err = KUNCI_ERR_INIT;
    EVP_PKEY *first = NULL;

    (void)state;
    assert_int_equal(kunci_key_evp(key, KUNCI_EVP_PROVIDER, &first, &err), KUNCI_OK);
    kunci_key_free(&key);
    copy.key = EVP_PKEY_dup(first);
    assert_non_null(copy.key);
    EVP_PKEY_free(first);
    assert_true(uses[0].done(&copy)); /* signs, and is verified */
    EVP_PKEY_free(copy.key);
}

static int set_up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t i;

    (void)state;
    hsm = softhsm_up(1);
    use_folder(hsm->dir);
    for (i = 0; i < SUBJECTS; i++) {
        struct subject *s = &subjects[i];
        struct kunci_key *key;
        char label[32];

        snprintf(label, sizeof label, "key %zu", i);
        key = softhsm_key(hsm, s->type, label);
        assert_int_equal(kunci_key_evp(key, s->how, &s->key, &err), KUNCI_OK);
        kunci_key_free(&key);
        s->hash = s->type == KUNCI_KEY_ED25519 ? NULL : EVP_sha256();
        s->cert = use_certificate(s->key);
        assert_true(X509_sign(s->cert, s->key, s->hash) > 0);
    }
    return 0;
}

static int tear_down(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUBJECTS; i++) {
        EVP_PKEY_free(subjects[i].key);
        X509_free(subjects[i].cert);
    }
    softhsm_down(&hsm);
    return 0;
}

int main(void)
{
    static const char *const names[] = {
        [KUNCI_EVP_PROVIDER] = "provider", [KUNCI_EVP_LIBP11] = "libp11"};
    static struct row rows[USES_MAX * SUBJECTS];
    static struct CMUnitTest tests[USES_MAX * SUBJECTS + 4] = {
        cmocka_unit_test(libp11_has_no_ed25519),
        cmocka_unit_test(refusal_is_named),
        cmocka_unit_test(copied_context),
        cmocka_unit_test(copied_key),
    };
    size_t i, j, count = 4;

    for (i = 0; i < SUBJECTS; i++)
        for (j = 0; j < use_count; j++) {
            struct row *row = &rows[i * USES_MAX + j];

            if (!(uses[j].by & subjects[i].type))
                continue;
            row->use = &uses[j];
            row->subject = &subjects[i];
            snprintf(row->name, sizeof row->name, "%s, %s: %s", names[subjects[i].how],
                     kunci_key_type_name(subjects[i].type), uses[j].name);
            tests[count].name = row->name;
            tests[count].test_func = run_row;
            tests[count++].initial_state = row;
        }
    return _cmocka_run_group_tests("evp", tests, count, set_up, tear_down);
}
