/* Certificates on the token: written beside their key, once, and nothing else. */
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/token.h"

#include <kunci/cert.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct softhsm *hsm;
static struct kunci_token *token;
static struct kunci_err err;

struct der {
    unsigned char *bytes;
    size_t len;
};
static struct der first, second, strange; /* of the token's keys, and of none */

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

static enum kunci_rc import(const struct der *der)
{
    struct kunci_cert *cert;
    enum kunci_rc rc = kunci_cert_import(token, der->bytes, der->len, &cert, fresh());

    kunci_cert_free(&cert);
    return rc;
}

static size_t listed(void)
{
    struct kunci_cert_list *list;
    size_t count;

    assert_int_equal(kunci_cert_list(token, &list, fresh()), KUNCI_OK);
    count = kunci_cert_list_count(list);
    kunci_cert_list_free(&list);
    return count;
}

static void written_beside_its_key(void **state)
{
    struct kunci_key_info info;
    struct kunci_cert *cert;
    struct kunci_key *key;
    const unsigned char *der;
    size_t len;

    (void)state;
    assert_int_equal(kunci_cert_import(token, first.bytes, first.len, &cert, fresh()), KUNCI_OK);
    assert_int_equal(kunci_key_find(token, "first", &key, &err), KUNCI_OK);
    assert_int_equal(kunci_key_info(key, &info, &err), KUNCI_OK);
    assert_true(info.has_certificate);
    assert_string_equal(kunci_cert_label(cert), "first");
    assert_string_equal(kunci_cert_id(cert), info.id);
    assert_true(kunci_cert_has_key(cert));
    der = kunci_cert_der(cert, &len);
    assert_int_equal(len, first.len);
    assert_memory_equal(der, first.bytes, len);
    kunci_key_free(&key);
    kunci_cert_free(&cert);
}

/* Where another program has given the pair an id of its own. */
static void found_by_public_key_whatever_the_id(void **state)
{
    (void)state;
    assert_int_equal(import(&second), KUNCI_OK);
    assert_int_equal(listed(), 2);
}

static void not_written(void **state)
{
    struct der garbage = {(unsigned char *)(uintptr_t) "garbage", 7},
               cut = {first.bytes, first.len - 1};

    (void)state;
    assert_int_equal(import(&first), KUNCI_CERT_EXISTS);
    assert_int_equal(import(&strange), KUNCI_CERT_NO_KEY);
    assert_int_equal(import(&garbage), KUNCI_CERT_INVALID);
    assert_int_equal(import(&cut), KUNCI_CERT_INVALID);
    assert_int_equal(listed(), 2);
}

static void found_by_what_people_say(void **state)
{
    struct kunci_cert *cert;
    char *uri;

    (void)state;
    assert_int_equal(kunci_cert_find(token, "first", &cert, fresh()), KUNCI_OK);
    assert_int_equal(kunci_cert_uri(cert, &uri, &err), KUNCI_OK);
    kunci_cert_free(&cert);
    assert_int_equal(kunci_cert_find(token, uri, &cert, fresh()), KUNCI_OK);
    kunci_cert_free(&cert);
    free(uri);
    assert_int_equal(kunci_cert_find(token, "third", &cert, fresh()), KUNCI_CERT_NOT_FOUND);
    assert_int_equal(kunci_cert_find(token, NULL, &cert, fresh()), KUNCI_CERT_AMBIGUOUS);
    assert_int_equal(kunci_cert_find(token, "pkcs11:object=first;type=private", &cert, fresh()),
                     KUNCI_CERT_NOT_FOUND);
}

static void read_without_a_pin(void **state)
{
    (void)state;
    kunci_token_logout(token);
    atomic_store(&hsm->asked[KUNCI_PIN_USER], 0);
    assert_int_equal(listed(), 2);
    assert_int_equal(atomic_load(&hsm->asked[KUNCI_PIN_USER]), 0);
}

static void deleted_and_nothing_else(void **state)
{
    struct kunci_cert *cert;
    struct kunci_key *key;

    (void)state;
    assert_int_equal(kunci_cert_find(token, "first", &cert, fresh()), KUNCI_OK);
    assert_int_equal(kunci_cert_delete(cert, fresh()), KUNCI_OK);
    assert_int_equal(listed(), 1);
    assert_int_equal(kunci_key_find(token, "first", &key, fresh()), KUNCI_OK);
    kunci_key_free(&key);
    assert_int_equal(kunci_cert_delete(cert, fresh()), KUNCI_CERT_NOT_FOUND);
    kunci_cert_free(&cert);
}

/* What was known of this name was the key alone. */
static void found_once_it_is_written(void **state)
{
    struct kunci_cert *cert;
    struct kunci_key *key;

    (void)state;
    kunci_token_logout(token);
    assert_int_equal(kunci_key_find(token, "first", &key, fresh()), KUNCI_OK);
    kunci_key_free(&key);
    assert_int_equal(import(&first), KUNCI_OK);
    assert_int_equal(kunci_cert_find(token, "first", &cert, fresh()), KUNCI_OK);
    assert_int_equal(kunci_cert_delete(cert, fresh()), KUNCI_OK);
    kunci_cert_free(&cert);
}

static CK_RV full(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
                  CK_OBJECT_HANDLE *out)
{
    (void)session, (void)template, (void)count, (void)out;
    return CKR_DEVICE_MEMORY;
}

static void a_full_token(void **state)
{
    (void)state;
    wrap(hsm->modules);
    wrapped.C_CreateObject = full;
    assert_int_equal(import(&first), KUNCI_TOKEN_FULL);
    unwrap();
}

/* ---- */

/* Nobody checks who signed it. */
static struct der certify(EVP_PKEY *subject)
{
    EVP_PKEY *issuer = EVP_EC_gen("P-256");
    struct der der = {NULL, 0};
    X509 *made = X509_new();

    assert_true(issuer && made && X509_set_pubkey(made, subject) == 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                                                (const unsigned char *)"Budi", -1, -1, 0),
                     1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), 3600));
    assert_true(X509_sign(made, issuer, EVP_sha256()) > 0);
    der.len = (size_t)i2d_X509(made, &der.bytes);
    X509_free(made);
    EVP_PKEY_free(issuer);
    return der;
}

static struct der certify_key(struct kunci_key *key)
{
    const unsigned char *spki;
    struct der der;
    EVP_PKEY *pkey;
    size_t len;

    assert_int_equal(kunci_key_spki(key, &spki, &len, fresh()), KUNCI_OK);
    pkey = d2i_PUBKEY(NULL, &spki, (long)len);
    assert_non_null(pkey);
    der = certify(pkey);
    EVP_PKEY_free(pkey);
    return der;
}

/* Gives both halves of a pair an id that kunci would not. */
static void rename_pair(void)
{
    static unsigned char id[] = "another program's";
    CK_ATTRIBUTE attribute = {CKA_ID, id, sizeof id - 1};
    CK_ATTRIBUTE label = {CKA_LABEL, (char[]){"second"}, 6};
    struct module *module = &hsm->modules->modules[0];
    CK_SESSION_HANDLE session = token->idle[0];
    CK_OBJECT_HANDLE handles[2];
    CK_ULONG count = 0;

    assert_int_equal(module->f->C_FindObjectsInit(session, &label, 1), CKR_OK);
    assert_int_equal(module->f->C_FindObjects(session, handles, 2, &count), CKR_OK);
    assert_int_equal(module->f->C_FindObjectsFinal(session), CKR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(module->f->C_SetAttributeValue(session, handles[0], &attribute, 1), CKR_OK);
    assert_int_equal(module->f->C_SetAttributeValue(session, handles[1], &attribute, 1), CKR_OK);
}

static int set_up(void **state)
{
    EVP_PKEY *other = EVP_EC_gen("P-256");
    struct kunci_key *key;

    (void)state;
    hsm = softhsm_up(1);
    token = softhsm_token(hsm, 1);
    key = softhsm_key(hsm, KUNCI_KEY_P256, "first");
    first = certify_key(key);
    kunci_key_free(&key);
    key = softhsm_key(hsm, KUNCI_KEY_P256, "second");
    second = certify_key(key);
    kunci_key_free(&key);
    rename_pair();
    strange = certify(other);
    EVP_PKEY_free(other);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    OPENSSL_free(first.bytes);
    OPENSSL_free(second.bytes);
    OPENSSL_free(strange.bytes);
    softhsm_down(&hsm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_beside_its_key),
        cmocka_unit_test(found_by_public_key_whatever_the_id),
        cmocka_unit_test(not_written),
        cmocka_unit_test(found_by_what_people_say),
        cmocka_unit_test(read_without_a_pin),
        cmocka_unit_test(deleted_and_nothing_else),
        cmocka_unit_test(found_once_it_is_written),
        cmocka_unit_test(a_full_token),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
