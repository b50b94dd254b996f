/* What goes through the socket of a module's process: calls side by side or one at a
 * time, much at once, and handles of a process that is gone. */
#include "lib/apart.h"
#include "lib/measure.h"
#include "token/worker_inside.h"

#include <kunci/cert.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { BIG = 20000, MANY = 1000 };

static struct kunci_err err;

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

/* ---- side by side ---- */

/* How long two signatures take, each of which waits: two threads against one. */
static double two_against_one(void)
{
    struct apart_signed both[2] = {{.wanted = 1}, {.wanted = 1}}, one = {.wanted = 2};
    double began, together;

    apart_sign_in_threads(both, 2); /* a session for each is open */
    faulty_plan("slow 300 C_Sign\n");
    began = measure_wall();
    apart_sign_in_threads(both, 2);
    together = measure_wall() - began;
    began = measure_wall();
    apart_sign_in_threads(&one, 1);
    began = measure_wall() - began;
    faulty_plan("clear\n");
    assert_int_equal(both[0].good + both[1].good + one.good, 4);
    return together / began;
}

static void calls_run_side_by_side(void **state)
{
    double ratio = two_against_one();

    (void)state;
    if (ratio >= 0.8)
        fail_msg("%.2f", ratio);
}

static void serial_ones_do_not(void **state)
{
    (void)state;
    assert_true(two_against_one() > 0.9);
}

/* The module itself says so when it is started: other threads may have sockets by then. */
static void nor_those_that_turn_out_to_be(void **state)
{
    (void)state;
    apart_worker()->serial = true;
    assert_true(two_against_one() > 0.9);
    apart_worker()->serial = false;
}

/* ---- the module's own functions ---- */

static CK_SESSION_HANDLE open_session(void)
{
    CK_FUNCTION_LIST *f = worker_functions(apart_worker());
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;
    CK_SESSION_HANDLE session;

    assert_int_equal(f->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    assert_int_equal(
        f->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session),
        CKR_OK);
    return session;
}

static void kill_it(void)
{
    siginfo_t how;

    assert_int_equal(kill(apart_pid(), SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)apart_pid(), &how, WEXITED | WNOWAIT), 0);
}

static void old_handles_are_not_new_ones(void **state)
{
    CK_FUNCTION_LIST *f = worker_functions(apart_worker());
    CK_SESSION_HANDLE old = open_session(), fresh_one;
    CK_SESSION_INFO info;
    int i;

    (void)state;
    assert_int_equal(f->C_GetSessionInfo(old, &info), CKR_OK);
    kill_it();
    assert_int_not_equal(f->C_GetSessionInfo(old, &info), CKR_OK);
    assert_int_equal(f->C_Initialize(NULL), CKR_OK);
    for (i = 0; i < 20; i++) { /* one of them has the number that the old one had */
        fresh_one = open_session();
        assert_int_not_equal(fresh_one, old);
        assert_int_equal(f->C_GetSessionInfo(fresh_one, &info), CKR_OK);
    }
    assert_int_equal(f->C_GetSessionInfo(old, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(f->C_CloseSession(old), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(f->C_CloseSession(fresh_one), CKR_OK);
    assert_int_equal(f->C_GetSessionInfo(fresh_one, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(f->C_GetSessionInfo(0, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(f->C_GetSessionInfo(~0UL, &info), CKR_SESSION_HANDLE_INVALID);
}

/* ---- much ---- */

static CK_OBJECT_HANDLE put_object(CK_SESSION_HANDLE session, unsigned char *value, size_t len,
                                   bool lasts)
{
    CK_FUNCTION_LIST *f = worker_functions(apart_worker());
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_BBOOL token = lasts ? CK_TRUE : CK_FALSE, no = CK_FALSE;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &data, sizeof data},
                               {CKA_TOKEN, &token, sizeof token},
                               {CKA_PRIVATE, &no, sizeof no},
                               {CKA_VALUE, value, len}};
    CK_OBJECT_HANDLE object;

    assert_int_equal(f->C_CreateObject(session, template, 4, &object), CKR_OK);
    return object;
}

static void big_values_come_back(void **state)
{
    static unsigned char put[BIG], got[BIG + 8];
    static const size_t lengths[] = {0, 1, 4000, 8100, 8192, 8200, 16384, BIG};
    CK_FUNCTION_LIST *f = worker_functions(apart_worker());
    CK_SESSION_HANDLE session = open_session();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof put; i++)
        put[i] = (unsigned char)(i * 7 + i / 256);
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CK_OBJECT_HANDLE object = put_object(session, put, lengths[i], false);
        CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};

        assert_int_equal(f->C_GetAttributeValue(session, object, &value, 1), CKR_OK);
        assert_int_equal(value.ulValueLen, lengths[i]);
        value.pValue = got;
        value.ulValueLen = sizeof got;
        assert_int_equal(f->C_GetAttributeValue(session, object, &value, 1), CKR_OK);
        assert_int_equal(value.ulValueLen, lengths[i]);
        assert_memory_equal(got, put, lengths[i]);
        if (lengths[i]) {
            value.ulValueLen = lengths[i] - 1;
            assert_int_equal(f->C_GetAttributeValue(session, object, &value, 1),
                             CKR_BUFFER_TOO_SMALL);
        }
    }
    f->C_CloseSession(session);
}

static void all_of_many_are_found(void **state)
{
    CK_FUNCTION_LIST *f = worker_functions(apart_worker());
    CK_SESSION_HANDLE session = open_session();
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &data, sizeof data};
    static CK_OBJECT_HANDLE found[MANY + 8];
    unsigned char value = 1;
    CK_ULONG count = 0, more = 1;
    int i;

    (void)state;
    for (i = 0; i < MANY; i++)
        put_object(session, &value, 1, false);
    assert_int_equal(f->C_FindObjectsInit(session, &wanted, 1), CKR_OK);
    for (; more; count += more)
        assert_int_equal(f->C_FindObjects(session, found + count, MANY + 8 - count, &more), CKR_OK);
    assert_int_equal(f->C_FindObjectsFinal(session), CKR_OK);
    assert_int_equal(count, MANY);
    f->C_CloseSession(session);
}

/* A certificate with a comment of this length, signed by the key's own stand-in. */
static size_t big_certificate(struct kunci_key *key, unsigned char **der)
{
    EVP_PKEY *issuer = EVP_EC_gen("P-256"), *subject;
    const unsigned char *spki;
    char comment[BIG + 1];
    X509 *made = X509_new();
    X509_EXTENSION *extension;
    size_t len;
    int made_len;

    memset(comment, 'k', BIG);
    comment[BIG] = '\0';
    assert_int_equal(kunci_key_spki(key, &spki, &len, fresh()), KUNCI_OK);
    subject = d2i_PUBKEY(NULL, &spki, (long)len);
    extension = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, comment);
    assert_true(issuer && subject && made && extension && X509_set_version(made, 2) == 1);
    assert_true(X509_set_pubkey(made, subject) == 1 && X509_add_ext(made, extension, -1) == 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), 3600));
    assert_true(X509_sign(made, issuer, EVP_sha256()) > 0);
    made_len = i2d_X509(made, der);
    assert_true(made_len > BIG);
    X509_EXTENSION_free(extension);
    X509_free(made);
    EVP_PKEY_free(subject);
    EVP_PKEY_free(issuer);
    return (size_t)made_len;
}

static void a_big_certificate_is_kept(void **state)
{
    struct kunci_cert *cert;
    struct kunci_key *key;
    unsigned char *der = NULL;
    const unsigned char *kept;
    size_t len, kept_len;

    (void)state;
    assert_int_equal(kunci_key_find(apart_token(), "tte", &key, fresh()), KUNCI_OK);
    len = big_certificate(key, &der);
    if (kunci_cert_import(apart_token(), der, len, &cert, fresh()) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
    kunci_cert_free(&cert);
    if (kunci_cert_find(apart_token(), NULL, &cert, fresh()) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
    kept = kunci_cert_der(cert, &kept_len);
    assert_int_equal(kept_len, len);
    assert_memory_equal(kept, der, len);
    kunci_cert_free(&cert);
    kunci_key_free(&key);
    OPENSSL_free(der);
}

/* ---- lies ---- */

/* What it answers is longer than what there is room for, or makes no sense. */
static void wrong_lengths_are_not_believed(void **state)
{
    static const char *const calls[] = {"C_Sign", "C_GetAttributeValue", "C_FindObjects",
                                        "C_GetSlotList", "C_GetMechanismList"};
    struct kunci_key *key;
    unsigned types;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof calls / sizeof *calls; i++) {
        faulty_plan("wrong-length %s\n", calls[i]);
        (void)!apart_sign(&err);
        if (kunci_modules_scan(faulty_hsm->modules, fresh()) == KUNCI_OK &&
            kunci_key_find(apart_token(), "tte", &key, fresh()) == KUNCI_OK)
            kunci_key_free(&key);
        (void)!kunci_token_key_types(apart_token(), &types, fresh());
        faulty_plan("clear\n");
        if (apart_sign(&err) != KUNCI_OK)
            fail_msg("after %s: %s: %s", calls[i], kunci_err_name(err.rc), err.detail);
    }
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    apart_up((struct kunci_module_setting){.deadline_s = 10});
    return 0;
}

static int set_up_serial(void **state)
{
    (void)state;
    apart_up((struct kunci_module_setting){.deadline_s = 10, .serial = true});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    apart_down();
    return 0;
}

int main(void)
{
    const struct CMUnitTest serial[] = {
        cmocka_unit_test(serial_ones_do_not),
        cmocka_unit_test(big_values_come_back),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_run_side_by_side),
        cmocka_unit_test(nor_those_that_turn_out_to_be),
        cmocka_unit_test(old_handles_are_not_new_ones),
        cmocka_unit_test(big_values_come_back),
        cmocka_unit_test(all_of_many_are_found),
        cmocka_unit_test(a_big_certificate_is_kept),
        cmocka_unit_test(wrong_lengths_are_not_believed),
    };
    int failed = cmocka_run_group_tests(serial, set_up_serial, tear_down);

    return failed + cmocka_run_group_tests(tests, set_up, tear_down);
}
