/* Which halves belong together, where another program's ids and labels lie. */
#include "lib/evp_uses.h"
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/key.h"

#include <kunci/cert.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PUBLIC, PRIVATE };

static struct softhsm *hsm;
static struct kunci_token *token;
static CK_SESSION_HANDLE session; /* the holder is logged in */
static struct kunci_err err;

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

/* ---- another program ---- */

static void make_pair(CK_MECHANISM_TYPE how, CK_ATTRIBUTE *kind, CK_ULONG kind_count,
                      const char *name, CK_OBJECT_HANDLE pair[2])
{
    CK_MECHANISM mechanism = {how, NULL, 0};
    CK_BBOOL yes = CK_TRUE;
    char text[32];
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, sizeof yes},
                              {CKA_LABEL, text, strlen(name)},
                              {CKA_ID, text, strlen(name)},
                              {CKA_PRIVATE, &yes, sizeof yes},
                              {CKA_SIGN, &yes, sizeof yes}};
    CK_ATTRIBUTE public[8];

    strcpy(text, name);
    memcpy(public, private, 3 * sizeof *private);
    memcpy(public + 3, kind, kind_count * sizeof *kind);
    assert_int_equal(wrapped_real->C_GenerateKeyPair(session, &mechanism, public, 3 + kind_count,
                                                     private, 5, &pair[PUBLIC], &pair[PRIVATE]),
                     CKR_OK);
}

/* Its name is both label and id. The private half of a curve's key does not tell its
 * public key in SoftHSM, that of an RSA key does. */
static void make_p256(const char *name, CK_OBJECT_HANDLE pair[2])
{
    static unsigned char oid[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    CK_ATTRIBUTE curve = {CKA_EC_PARAMS, oid, sizeof oid - 1};

    make_pair(CKM_EC_KEY_PAIR_GEN, &curve, 1, name, pair);
}

static void make_rsa(const char *name, CK_OBJECT_HANDLE pair[2])
{
    static unsigned char exponent[] = {1, 0, 1};
    static CK_ULONG bits = 2048;
    CK_ATTRIBUTE size[] = {{CKA_MODULUS_BITS, &bits, sizeof bits},
                           {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent}};

    make_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, size, 2, name, pair);
}

static void set(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, const char *value)
{
    char copy[32];
    CK_ATTRIBUTE attribute = {type, copy, strlen(value)};

    strcpy(copy, value);
    assert_int_equal(wrapped_real->C_SetAttributeValue(session, object, &attribute, 1), CKR_OK);
}

static void destroy(CK_OBJECT_HANDLE object)
{
    assert_int_equal(wrapped_real->C_DestroyObject(session, object), CKR_OK);
}

/* Of this key, under this name. */
static void certify(const struct kunci_key *key, const char *name)
{
    const unsigned char *spki = key->half.spki;
    EVP_PKEY *subject = d2i_PUBKEY(NULL, &spki, (long)key->half.spki_len);
    EVP_PKEY *issuer = EVP_EC_gen("P-256");
    X509 *made = use_certificate(subject);
    unsigned char *der = NULL;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    char text[32];
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, sizeof yes},
                               {CKA_LABEL, text, strlen(name)},
                               {CKA_ID, text, strlen(name)},
                               {CKA_SUBJECT, text, strlen(name)},
                               {CKA_VALUE, NULL, 0}};
    CK_OBJECT_HANDLE object;

    strcpy(text, name);
    assert_true(X509_sign(made, issuer, EVP_sha256()) > 0);
    template[6].ulValueLen = (CK_ULONG)i2d_X509(made, &der);
    template[6].pValue = der;
    assert_int_equal(wrapped_real->C_CreateObject(session, template, 7, &object), CKR_OK);
    OPENSSL_free(der);
    X509_free(made);
    EVP_PKEY_free(issuer);
    EVP_PKEY_free(subject);
}

static bool exists(CK_OBJECT_HANDLE object)
{
    CK_OBJECT_CLASS class;
    CK_ATTRIBUTE attribute = {CKA_CLASS, &class, sizeof class};

    return wrapped_real->C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK;
}

/* ---- what kunci makes of it ---- */

/* What the private half signs, the public key verifies. */
static bool signs_as_it_says(struct kunci_key *key)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct kunci_signer *signer;
    const unsigned char *der;
    EVP_PKEY *public;
    size_t len;
    bool fits;

    assert_int_equal(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, fresh()), KUNCI_OK);
    assert_int_equal(kunci_sign_message(signer, "abc", 3, sig, &len, &err), KUNCI_OK);
    der = signer->spki;
    public = d2i_PUBKEY(NULL, &der, (long)signer->spki_len);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, public), 1);
    fits = EVP_DigestVerify(context, sig, len, (const unsigned char *)"abc", 3) == 1;
    EVP_PKEY_free(public);
    EVP_MD_CTX_free(context);
    kunci_signer_free(&signer);
    return fits;
}

static struct kunci_key *found(const char *select)
{
    struct kunci_key *key;

    assert_int_equal(kunci_key_find(token, select, &key, fresh()), KUNCI_OK);
    return key;
}

static bool is_right(const char *select)
{
    struct kunci_key *key = found(select);
    bool right = signs_as_it_says(key);

    kunci_key_free(&key);
    return right;
}

/* Every private key of the token is listed once, and with the right public half. */
static void list_is_right(size_t pairs)
{
    struct kunci_key_list *list;
    size_t right = 0, i;

    assert_int_equal(kunci_key_list(token, &list, fresh()), KUNCI_OK);
    for (i = 0; i < kunci_key_list_count(list); i++)
        right += signs_as_it_says(kunci_key_list_at(list, i));
    assert_int_equal(kunci_key_list_count(list), pairs);
    assert_int_equal(right, pairs);
    kunci_key_list_free(&list);
}

/* ---- names that lie ---- */

static void each_has_the_others_id(void **state)
{
    CK_OBJECT_HANDLE one[2], two[2];

    (void)state;
    make_p256("11", one);
    make_p256("22", two);
    set(one[PUBLIC], CKA_ID, "22");
    set(two[PUBLIC], CKA_ID, "11");
    assert_true(is_right("11"));
    assert_true(is_right("22"));
    assert_true(is_right("pkcs11:id=11"));
    assert_true(is_right("pkcs11:id=22"));
    list_is_right(2);
}

static void each_has_the_others_label(void **state)
{
    CK_OBJECT_HANDLE one[2], two[2];

    (void)state;
    make_p256("one", one);
    make_p256("two", two);
    set(one[PUBLIC], CKA_LABEL, "two");
    set(two[PUBLIC], CKA_LABEL, "one");
    assert_true(is_right("one"));
    assert_true(is_right("two"));
    list_is_right(2);
}

static void all_have_one_id(void **state)
{
    CK_OBJECT_HANDLE pairs[3][2];
    int i;

    (void)state;
    make_p256("one", pairs[0]);
    make_p256("two", pairs[1]);
    make_rsa("three", pairs[2]);
    for (i = 0; i < 3; i++) {
        set(pairs[i][PUBLIC], CKA_ID, "same");
        set(pairs[i][PRIVATE], CKA_ID, "same");
    }
    assert_true(is_right("one"));
    assert_true(is_right("two"));
    assert_true(is_right("three"));
    list_is_right(3);
}

static void a_stranger_with_its_id(void **state)
{
    CK_OBJECT_HANDLE mine[2], other[2];
    struct kunci_key *key;

    (void)state;
    make_p256("mine", mine);
    make_p256("other", other);
    destroy(mine[PUBLIC]);
    set(other[PUBLIC], CKA_ID, "mine");
    key = found("mine");
    assert_false(key->has_public);
    assert_null(key->half.spki);
    kunci_key_free(&key);
}

static void deleted_is_the_right_half(void **state)
{
    CK_OBJECT_HANDLE one[2], two[2];
    struct kunci_key *key;

    (void)state;
    make_p256("11", one);
    make_p256("22", two);
    set(one[PUBLIC], CKA_ID, "22");
    set(two[PUBLIC], CKA_ID, "11");
    key = found("pkcs11:id=11");
    assert_int_equal(kunci_key_delete(key, fresh()), KUNCI_OK);
    kunci_key_free(&key);
    assert_false(exists(one[PUBLIC]) || exists(one[PRIVATE]));
    assert_true(exists(two[PUBLIC]) && exists(two[PRIVATE]));
}

/* ---- certificates ---- */

static void a_certificate_for_want_of_a_public_key(void **state)
{
    CK_OBJECT_HANDLE mine[2], other[2];
    struct kunci_key_info info;
    struct kunci_key *key;

    (void)state;
    make_p256("mine", mine);
    make_p256("other", other);
    key = found("other");
    certify(key, "mine"); /* and one that lies */
    kunci_key_free(&key);
    key = found("mine");
    certify(key, "mine");
    kunci_key_free(&key);
    destroy(mine[PUBLIC]);
    object_index_clear(&token->index); /* one certificate of this name was known */
    key = found("mine");
    assert_true(signs_as_it_says(key));
    assert_int_equal(kunci_key_info(key, &info, &err), KUNCI_OK);
    assert_true(info.has_certificate);
    assert_false(info.has_public);
    kunci_key_free(&key);
    list_is_right(2);
}

static void a_certificate_without_its_key(void **state)
{
    struct kunci_cert_list *list;
    CK_OBJECT_HANDLE mine[2];
    struct kunci_key *key;

    (void)state;
    make_p256("mine", mine);
    key = found("mine");
    certify(key, "mine");
    kunci_key_free(&key);
    destroy(mine[PUBLIC]);
    destroy(mine[PRIVATE]);
    make_p256("mine", mine);
    assert_int_equal(kunci_cert_list(token, &list, fresh()), KUNCI_OK);
    assert_int_equal(kunci_cert_list_count(list), 1);
    assert_false(kunci_cert_has_key(kunci_cert_list_at(list, 0)));
    kunci_cert_list_free(&list);
    list_is_right(1);
}

/* ---- another key of the same name ---- */

typedef void maker(const char *name, CK_OBJECT_HANDLE pair[2]);

static void replace(maker *make, struct kunci_key **key, CK_OBJECT_HANDLE pair[2])
{
    make("name", pair);
    *key = found("name");
    destroy(pair[PUBLIC]);
    destroy(pair[PRIVATE]);
    make("name", pair);
}

static void is_not_taken_for_it(void **state)
{
    static maker *const makers[] = {make_p256, make_rsa};
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_signer *signer;
    CK_OBJECT_HANDLE pair[2];
    struct kunci_key *key;
    size_t i, len;

    (void)state;
    for (i = 0; i < 2; i++) {
        replace(makers[i], &key, pair);
        assert_int_equal(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, fresh()), KUNCI_OK);
        assert_int_equal(kunci_sign_message(signer, "abc", 3, sig, &len, &err),
                         KUNCI_KEY_NOT_FOUND);
        assert_int_equal(kunci_key_delete(key, fresh()), KUNCI_KEY_NOT_FOUND);
        assert_true(exists(pair[PUBLIC]) && exists(pair[PRIVATE]));
        kunci_signer_free(&signer);
        kunci_key_free(&key);
        destroy(pair[PUBLIC]);
        destroy(pair[PRIVATE]);
    }
}

/* A login later the old handles mean nothing. */
static void is_found_again_after_a_login(void **state)
{
    CK_OBJECT_HANDLE pair[2];
    struct kunci_key *key;

    (void)state;
    make_p256("kept", pair);
    key = found("kept");
    kunci_token_logout(token);
    assert_true(signs_as_it_says(key));
    kunci_key_free(&key);
}

/* ---- each test has a token of its own ---- */

static int set_up(void **state)
{
    (void)state;
    hsm = softhsm_up(1);
    token = softhsm_token(hsm, 1);
    wrap(hsm->modules);
    assert_int_equal(kunci_token_login(token, NULL, fresh()), KUNCI_OK);
    session = token->idle[0];
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    softhsm_down(&hsm);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_has_the_others_id),
        TEST(each_has_the_others_label),
        TEST(all_have_one_id),
        TEST(a_stranger_with_its_id),
        TEST(deleted_is_the_right_half),
        TEST(a_certificate_for_want_of_a_public_key),
        TEST(a_certificate_without_its_key),
        TEST(is_not_taken_for_it),
        TEST(is_found_again_after_a_login),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
