/* Keys on the token: made as they should be, found by what people say, paired by
 * public key, deleted and nothing else. */
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct softhsm *hsm;
static struct kunci_token *token;
static struct kunci_err err;

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

static enum kunci_rc find(const char *select)
{
    struct kunci_key *key;
    enum kunci_rc rc = kunci_key_find(token, select, &key, fresh());

    kunci_key_free(&key);
    return rc;
}

/* Objects on the token of this label, of any class. */
static size_t objects(const char *label)
{
    struct object_list all = {.items = NULL};
    struct session session;
    size_t found = 0, i;

    assert_int_equal(session_take(token, &session, fresh()), KUNCI_OK);
    assert_int_equal(object_all(&session, &all), CKR_OK);
    for (i = 0; i < all.count; i++)
        found += strcmp(all.items[i].label, label) == 0;
    object_list_clear(&all);
    session_give(token, &session, CKR_OK);
    return found;
}

/* ---- making ---- */

static void made_as_it_should_be(void **state)
{
    enum kunci_key_type type = *(const enum kunci_key_type *)*state;
    const char *label = kunci_key_type_name(type);
    struct kunci_key_info info;
    struct kunci_key *key;

    assert_int_equal(kunci_key_new(token, type, label, &key, fresh()), KUNCI_OK);
    assert_int_equal(kunci_key_info(key, &info, &err), KUNCI_OK);
    assert_int_equal(info.type, type);
    assert_string_equal(info.label, label);
    assert_true(info.has_private && info.has_public && info.sensitive && info.always_sensitive);
    assert_true(info.never_extractable && info.sign && info.made_on_token && info.id_conforms);
    assert_false(info.extractable || info.decrypt || info.derive || info.always_authenticate);
    assert_false(info.has_certificate);
    kunci_key_free(&key);

    assert_int_equal(kunci_key_new(token, type, label, &key, fresh()), KUNCI_KEY_EXISTS);
    assert_int_equal(objects(label), 2);
}

static CK_RV no_mechanism(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    (void)slot, (void)type, (void)info;
    return CKR_MECHANISM_INVALID;
}

static void a_type_that_the_token_lacks(void **state)
{
    struct kunci_key *key;
    unsigned types;

    (void)state;
    assert_int_equal(kunci_token_key_types(token, &types, fresh()), KUNCI_OK);
    assert_int_equal(types, 0x7f);
    wrapped.C_GetMechanismInfo = no_mechanism;
    assert_int_equal(kunci_token_key_types(token, &types, fresh()), KUNCI_OK);
    assert_int_equal(types, 0);
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "none", &key, fresh()), KUNCI_KEY_TYPE);
    unwrap();
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_OTHER, "none", &key, fresh()), KUNCI_KEY_TYPE);
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "", &key, fresh()), KUNCI_USAGE_VALUE);
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "a\nb", &key, fresh()),
                     KUNCI_USAGE_VALUE);
}

static CK_RV read_only(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                       CK_ULONG count)
{
    (void)session, (void)object, (void)template, (void)count;
    return CKR_ATTRIBUTE_READ_ONLY;
}

static void a_pair_without_its_id_is_not_left_behind(void **state)
{
    struct kunci_key *key;

    (void)state;
    wrapped.C_SetAttributeValue = read_only;
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "half", &key, fresh()),
                     KUNCI_TOKEN_UNABLE);
    unwrap();
    assert_int_equal(objects("half"), 0);
}

/* ---- finding ---- */

static void found_by_what_people_say(void **state)
{
    struct kunci_key_info info;
    struct kunci_key *key;
    char *uri;

    (void)state;
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "tte", &key, fresh()), KUNCI_OK);
    assert_int_equal(kunci_key_info(key, &info, &err), KUNCI_OK);
    assert_int_equal(kunci_key_uri(key, &uri, &err), KUNCI_OK);
    kunci_key_free(&key);
    assert_int_equal(find("tte"), KUNCI_OK);
    assert_int_equal(find(info.id), KUNCI_OK);
    assert_int_equal(find(uri), KUNCI_OK);
    assert_int_equal(find("tt"), KUNCI_KEY_NOT_FOUND);
    assert_int_equal(find("0123456789012345678901234567890123456789"), KUNCI_KEY_NOT_FOUND);
    assert_int_equal(find("pkcs11:token=other;object=tte"), KUNCI_KEY_NOT_FOUND);
    assert_int_equal(find("pkcs11:object=tte;type=cert"), KUNCI_KEY_NOT_FOUND);
    assert_int_equal(find("pkcs11:object=tte;object=tte"), KUNCI_URI_REPEATED);
    assert_int_equal(find(NULL), KUNCI_KEY_AMBIGUOUS);
    free(uri);
}

/* Another program's pair of this label and id, by SoftHSM's own functions. */
static void plant_pair(const char *label, const char *id, CK_OBJECT_HANDLE handles[2])
{
    static unsigned char oid[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    CK_BBOOL yes = CK_TRUE;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    char label_copy[32], id_copy[32];
    CK_ATTRIBUTE template[] = {
        {CKA_EC_PARAMS, oid, sizeof oid - 1},   {CKA_TOKEN, &yes, sizeof yes},
        {CKA_SIGN, &yes, sizeof yes},           {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_LABEL, label_copy, strlen(label)}, {CKA_ID, id_copy, strlen(id)}};
    CK_ATTRIBUTE public[4] = {template[0], template[1], template[4], template[5]};

    strcpy(label_copy, label);
    strcpy(id_copy, id);
    assert_int_equal(kunci_token_login(token, NULL, fresh()), KUNCI_OK);
    assert_int_equal(wrapped_real->C_GenerateKeyPair(token->idle[0], &mechanism, public, 4,
                                                     template + 1, 5, &handles[0], &handles[1]),
                     CKR_OK);
}

static void rename_public(CK_OBJECT_HANDLE handle, const char *id)
{
    char copy[32];
    CK_ATTRIBUTE attribute = {CKA_ID, copy, strlen(id)};

    strcpy(copy, id);
    assert_int_equal(wrapped_real->C_SetAttributeValue(token->idle[0], handle, &attribute, 1),
                     CKR_OK);
}

/* What the private half signs fits the public key that it was given. */
static bool pair_is_right(const char *label)
{
    struct kunci_key *key;
    struct session session;
    bool right;

    assert_int_equal(kunci_key_find(token, label, &key, fresh()), KUNCI_OK);
    assert_int_equal(session_take(token, &session, fresh()), KUNCI_OK);
    right = key->half.spki && key_proves(&session, &key->half, &key->half);
    session_give(token, &session, CKR_OK);
    kunci_key_free(&key);
    return right;
}

static void several_of_one_label(void **state)
{
    CK_OBJECT_HANDLE handles[2];

    (void)state;
    plant_pair("double", "1", handles);
    plant_pair("double", "2", handles);
    assert_int_equal(find("double"), KUNCI_KEY_AMBIGUOUS);
    assert_non_null(strstr(err.detail, "double (31)"));
    assert_non_null(strstr(err.detail, "double (32)"));
    assert_int_equal(find("31"), KUNCI_OK);
}

static void ids_that_lie(void **state)
{
    CK_OBJECT_HANDLE one[2], two[2];

    (void)state;
    plant_pair("same-1", "same", one);
    plant_pair("same-2", "same", two);
    assert_true(pair_is_right("same-1"));
    assert_true(pair_is_right("same-2"));

    plant_pair("crossed-1", "c1", one); /* each public half has the other's id */
    plant_pair("crossed-2", "c2", two);
    rename_public(one[0], "c2");
    rename_public(two[0], "c1");
    assert_true(pair_is_right("crossed-1"));
    assert_true(pair_is_right("crossed-2"));
}

static void a_key_without_its_public_half(void **state)
{
    struct kunci_signer *signer;
    CK_OBJECT_HANDLE handles[2];
    struct kunci_key_info info;
    struct kunci_key *key;

    (void)state;
    plant_pair("alone", "alone", handles);
    assert_int_equal(wrapped_real->C_DestroyObject(token->idle[0], handles[0]), CKR_OK);
    assert_int_equal(kunci_key_find(token, "alone", &key, fresh()), KUNCI_OK);
    assert_int_equal(kunci_key_info(key, &info, &err), KUNCI_OK);
    assert_true(info.has_private);
    assert_false(info.has_public || info.id_conforms);
    assert_int_equal(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, fresh()), KUNCI_KEY_NO_PUBLIC);
    assert_int_equal(kunci_key_delete(key, fresh()), KUNCI_OK);
    kunci_key_free(&key);
    assert_int_equal(objects("alone"), 0);
}

static void a_key_that_another_program_deleted(void **state)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_signer *signer;
    CK_OBJECT_HANDLE handles[2];
    struct kunci_key *key;
    size_t len;

    (void)state;
    plant_pair("fleeting", "f", handles);
    assert_int_equal(kunci_key_find(token, "fleeting", &key, fresh()), KUNCI_OK);
    assert_int_equal(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err), KUNCI_OK);
    assert_int_equal(kunci_sign_message(signer, "abc", 3, sig, &len, &err), KUNCI_OK);
    assert_int_equal(wrapped_real->C_DestroyObject(token->idle[0], handles[1]), CKR_OK);
    assert_int_equal(kunci_sign_message(signer, "abc", 3, sig, &len, &err), KUNCI_KEY_NOT_FOUND);
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    assert_int_equal(find("fleeting"), KUNCI_KEY_NOT_FOUND);
}

/* ---- listing and deleting ---- */

static void listed_in_pairs(void **state)
{
    struct kunci_key_list *list;
    struct kunci_key_info info;
    size_t found = 0, i;

    (void)state;
    assert_int_equal(kunci_key_list(token, &list, fresh()), KUNCI_OK);
    for (i = 0; i < kunci_key_list_count(list); i++) {
        assert_int_equal(kunci_key_info(kunci_key_list_at(list, i), &info, &err), KUNCI_OK);
        if (strcmp(info.label, "p384") == 0) {
            assert_true(info.has_private && info.has_public);
            found++;
        }
    }
    assert_int_equal(found, 1);
    kunci_key_list_free(&list);
}

static void deleted_and_nothing_else(void **state)
{
    struct kunci_key *key, *again;
    size_t before = objects("p256");

    (void)state;
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "goes", &key, fresh()), KUNCI_OK);
    kunci_token_logout(token); /* its handles are worthless now */
    assert_int_equal(kunci_key_delete(key, fresh()), KUNCI_OK);
    assert_int_equal(objects("goes"), 0);
    assert_int_equal(objects("p256"), before);
    assert_int_equal(kunci_key_delete(key, fresh()), KUNCI_KEY_NOT_FOUND);
    kunci_key_free(&key);
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "goes", &again, fresh()), KUNCI_OK);
    kunci_key_free(&again);
}

static int set_up(void **state)
{
    (void)state;
    hsm = softhsm_up(1);
    token = softhsm_token(hsm, 1);
    wrap(hsm->modules);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    softhsm_down(&hsm);
    return 0;
}

int main(void)
{
    static enum kunci_key_type types[] = {KUNCI_KEY_RSA2048, KUNCI_KEY_RSA3072, KUNCI_KEY_RSA4096,
                                          KUNCI_KEY_P256,    KUNCI_KEY_P384,    KUNCI_KEY_P521,
                                          KUNCI_KEY_ED25519};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(made_as_it_should_be, &types[0]),
        cmocka_unit_test_prestate(made_as_it_should_be, &types[1]),
        cmocka_unit_test_prestate(made_as_it_should_be, &types[2]),
        cmocka_unit_test_prestate(made_as_it_should_be, &types[3]),
        cmocka_unit_test_prestate(made_as_it_should_be, &types[4]),
        cmocka_unit_test_prestate(made_as_it_should_be, &types[5]),
        cmocka_unit_test_prestate(made_as_it_should_be, &types[6]),
        cmocka_unit_test(a_type_that_the_token_lacks),
        cmocka_unit_test(a_pair_without_its_id_is_not_left_behind),
        cmocka_unit_test(found_by_what_people_say),
        cmocka_unit_test(several_of_one_label),
        cmocka_unit_test(ids_that_lie),
        cmocka_unit_test(a_key_without_its_public_half),
        cmocka_unit_test(a_key_that_another_program_deleted),
        cmocka_unit_test(listed_in_pairs),
        cmocka_unit_test(deleted_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
