/* Sessions: shared by threads, lost and opened again, within the token's limit, and
 * across fork. */
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/key.h"

#include <kunci/cert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 16, SIGNATURES = 25, FORKS = 20 };

static struct softhsm *hsm;
static struct kunci_token *token;
static struct kunci_key *key;
static struct kunci_signer *signer;

static enum kunci_rc sign_once(struct kunci_err *err)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    size_t len;

    return kunci_sign_message(signer, "abc", 3, sig, &len, err);
}

static void signs(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(sign_once(&err), KUNCI_OK);
}

static void refused(enum kunci_rc rc)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(sign_once(&err), rc);
}

static void *sign_often(void *context)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    int i;

    (void)context;
    for (i = 0; i < SIGNATURES; i++)
        if (sign_once(&err) != KUNCI_OK)
            return (void *)1;
    return NULL;
}

static void all_threads_sign(void)
{
    pthread_t threads[THREADS];
    void *failed;
    int i;

    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, NULL), 0);
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static unsigned asked(void)
{
    return atomic_load(&hsm->asked[KUNCI_PIN_USER]);
}

/* ---- threads and limits ---- */

static void one_login_for_all(void **state)
{
    (void)state;
    all_threads_sign();
    all_threads_sign();
    assert_int_equal(asked(), 1);
}

static atomic_int open_now, open_most, refuse_beyond;

static CK_RV counting_open(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                           CK_SESSION_HANDLE *out)
{
    int now = atomic_fetch_add(&open_now, 1) + 1;
    CK_RV rv;

    if (now > atomic_load(&refuse_beyond)) {
        atomic_fetch_sub(&open_now, 1);
        return CKR_SESSION_COUNT;
    }
    if (now > atomic_load(&open_most))
        atomic_store(&open_most, now);
    rv = wrapped_real->C_OpenSession(slot, flags, application, notify, out);
    if (rv != CKR_OK)
        atomic_fetch_sub(&open_now, 1);
    return rv;
}

static CK_RV counting_close(CK_SESSION_HANDLE session)
{
    atomic_fetch_sub(&open_now, 1);
    return wrapped_real->C_CloseSession(session);
}

static CK_RV three_sessions(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = wrapped_real->C_GetTokenInfo(slot, info);

    info->ulMaxSessionCount = 3;
    return rv;
}

static void count_sessions(int beyond)
{
    kunci_token_logout(token);
    atomic_store(&open_now, 0);
    atomic_store(&open_most, 0);
    atomic_store(&refuse_beyond, beyond);
    wrapped.C_OpenSession = counting_open;
    wrapped.C_CloseSession = counting_close;
}

static void a_limit_that_is_told_is_kept(void **state)
{
    (void)state;
    count_sessions(INT32_MAX);
    wrapped.C_GetTokenInfo = three_sessions;
    session_lost(token, token->generation); /* the limit is read with the first session */
    all_threads_sign();
    assert_in_range(atomic_load(&open_most), 1, 3);
}

static void a_limit_that_is_met_is_kept(void **state)
{
    (void)state;
    session_lost(token, token->generation);
    count_sessions(2);
    all_threads_sign();
    assert_int_equal(atomic_load(&open_most), 2);
}

static void no_session_at_all(void **state)
{
    (void)state;
    count_sessions(0);
    refused(KUNCI_SESSION_LIMIT);
    unwrap();
    signs();
}

/* ---- losing them ---- */

static void public_calls_go_on(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_list *list;

    (void)state;
    signs();
    assert_int_equal(wrapped_real->C_CloseAllSessions(token->slot), CKR_OK);
    assert_int_equal(kunci_cert_list(token, &list, &err), KUNCI_OK);
    kunci_cert_list_free(&list);
    assert_int_equal(asked(), 1);
}

static void private_calls_ask_once_more(void **state)
{
    (void)state;
    signs();
    assert_int_equal(wrapped_real->C_CloseAllSessions(token->slot), CKR_OK);
    signs();
    assert_int_equal(asked(), 2);
}

static atomic_int answers_left, calls;
static CK_RV answer;

static CK_RV failing_sign(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *sig,
                          CK_ULONG *len)
{
    CK_RV rv = wrapped_real->C_Sign(session, in, in_len, sig, len);

    atomic_fetch_add(&calls, 1);
    return atomic_fetch_sub(&answers_left, 1) > 0 ? answer : rv;
}

static void signing_answers(CK_RV rv, int times)
{
    atomic_store(&calls, 0);
    atomic_store(&answers_left, times);
    answer = rv;
    wrapped.C_Sign = failing_sign;
}

static void taken_out_and_put_back(void **state)
{
    static const CK_RV lost[] = {CKR_DEVICE_REMOVED, CKR_SESSION_HANDLE_INVALID,
                                 CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_ERROR, CKR_SESSION_CLOSED};
    size_t i;

    (void)state;
    signs();
    for (i = 0; i < sizeof lost / sizeof *lost; i++) {
        unsigned before = asked();

        signing_answers(lost[i], 1);
        signs();
        assert_int_equal(atomic_load(&calls), 2);
        assert_int_equal(asked(), before + 1);
    }
}

static void gone_for_good(void **state)
{
    (void)state;
    signing_answers(CKR_DEVICE_REMOVED, 100);
    refused(KUNCI_TOKEN_REMOVED);
    assert_int_equal(atomic_load(&calls), 2);
    signing_answers(CKR_GENERAL_ERROR, 100);
    refused(KUNCI_MODULE_FAILED);
    assert_int_equal(atomic_load(&calls), 1);
    unwrap();
    signs();
}

static void a_login_that_ended_is_made_again(void **state)
{
    (void)state;
    signs();
    assert_int_equal(wrapped_real->C_Logout(token->idle[0]), CKR_OK);
    signs();
    assert_int_equal(asked(), 2);
}

/* What a careless module, or a kill in between, leaves behind. */
static void a_session_with_work_half_done_is_replaced(void **state)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};

    (void)state;
    signs();
    assert_int_equal(wrapped_real->C_SignInit(token->idle[0], &mechanism, key->handle), CKR_OK);
    signs();
    assert_int_equal(asked(), 1);
}

static CK_RV another_token(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = wrapped_real->C_GetTokenInfo(slot, info);

    memcpy(info->serialNumber, "another         ", sizeof info->serialNumber);
    return rv;
}

static void another_token_in_the_slot_is_not_used(void **state)
{
    (void)state;
    signs();
    wrapped.C_GetTokenInfo = another_token;
    signing_answers(CKR_DEVICE_REMOVED, 1);
    refused(KUNCI_TOKEN_REMOVED);
    assert_int_equal(asked(), 1);
    unwrap();
    signs();
}

static CK_RV no_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public,
                         CK_ULONG public_count, CK_ATTRIBUTE *private, CK_ULONG private_count,
                         CK_OBJECT_HANDLE *public_out, CK_OBJECT_HANDLE *private_out)
{
    (void)session, (void)mechanism, (void)public, (void)public_count, (void)private,
        (void)private_count, (void)public_out, (void)private_out;
    atomic_fetch_add(&calls, 1);
    return CKR_DEVICE_REMOVED;
}

static void a_key_is_never_made_twice(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key *made;

    (void)state;
    atomic_store(&calls, 0);
    wrapped.C_GenerateKeyPair = no_key_pair;
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "twice", &made, &err),
                     KUNCI_TOKEN_REMOVED);
    assert_int_equal(atomic_load(&calls), 1);
    unwrap();
    err = (struct kunci_err)KUNCI_ERR_INIT;
    signs();
    assert_int_equal(wrapped_real->C_CloseAllSessions(token->slot), CKR_OK);
    assert_int_equal(kunci_key_new(token, KUNCI_KEY_P256, "once", &made, &err), KUNCI_OK);
    assert_int_equal(kunci_key_delete(made, &err), KUNCI_OK);
    kunci_key_free(&made);
}

/* ---- fork ---- */

/* The child's own verdict, as its assertions would be the parent's. */
static int in_child(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned before = asked();

    if (kunci_token_logged_in(token))
        return 1;
    if (sign_once(&err) != KUNCI_OK)
        return 2;
    return asked() == before + 1 ? 0 : 3;
}

static void fork_and_check(void)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(in_child());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_child_begins_anew(void **state)
{
    (void)state;
    signs();
    fork_and_check();
    signs();
    assert_int_equal(asked(), 1); /* the parent's login is its own */
}

static void forks_while_others_sign(void **state)
{
    pthread_t threads[4];
    void *failed;
    int i;

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator knows no fork: a child of many threads may stand still in it */
#endif
    signs();
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, NULL), 0);
    for (i = 0; i < FORKS; i++)
        fork_and_check();
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

/* ---- a key that asks at each use ---- */

/* Under the always-asking attribute that kunci itself never sets. */
static struct kunci_signer *make_asking_key(void)
{
    static unsigned char oid[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", id[] = {7};
    static CK_UTF8CHAR label[] = "asks";
    CK_BBOOL yes = CK_TRUE;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE public[] = {{CKA_EC_PARAMS, oid, sizeof oid - 1},
                             {CKA_TOKEN, &yes, sizeof yes},
                             {CKA_LABEL, label, sizeof label - 1},
                             {CKA_ID, id, sizeof id}};
    CK_ATTRIBUTE private[] = {
        {CKA_TOKEN, &yes, sizeof yes},        {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SIGN, &yes, sizeof yes},         {CKA_ALWAYS_AUTHENTICATE, &yes, sizeof yes},
        {CKA_LABEL, label, sizeof label - 1}, {CKA_ID, id, sizeof id}};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_signer *made = NULL;
    struct kunci_key *asks = NULL;
    CK_OBJECT_HANDLE handles[2];

    assert_int_equal(wrapped_real->C_GenerateKeyPair(token->idle[0], &mechanism, public, 4, private,
                                                     6, &handles[0], &handles[1]),
                     CKR_OK);
    assert_int_equal(kunci_key_find(token, "asks", &asks, &err), KUNCI_OK);
    assert_int_equal(kunci_key_signer(asks, KUNCI_ALG_NONE, &made, &err), KUNCI_OK);
    kunci_key_free(&asks);
    return made;
}

static void a_key_that_asks_at_each_use(void **state)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_signer *asks;
    size_t len;
    int i;

    (void)state;
    signs();
    asks = make_asking_key();
    for (i = 1; i <= 3; i++) {
        assert_int_equal(kunci_sign_message(asks, "abc", 3, sig, &len, &err), KUNCI_OK);
        assert_int_equal(atomic_load(&hsm->asked[KUNCI_PIN_AGAIN]), i);
    }
    hsm->pin[KUNCI_PIN_AGAIN] = NULL; /* the holder declines */
    assert_int_equal(kunci_sign_message(asks, "abc", 3, sig, &len, &err), KUNCI_PIN_REQUIRED);
    hsm->pin[KUNCI_PIN_AGAIN] = SOFTHSM_PIN;
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(kunci_sign_message(asks, "abc", 3, sig, &len, &err), KUNCI_OK);
    signs(); /* the login for all else was not touched */
    assert_int_equal(asked(), 1);
    kunci_signer_free(&asks);
}

/* ---- */

static int set_up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    hsm = softhsm_up(1);
    token = softhsm_token(hsm, 1);
    key = softhsm_key(hsm, KUNCI_KEY_P256, "tte");
    return kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err) != KUNCI_OK;
}

static int tear_down(void **state)
{
    (void)state;
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    softhsm_down(&hsm);
    return 0;
}

/* Each test begins logged out, with nothing asked and nothing replaced. */
static int begin(void **state)
{
    (void)state;
    wrap(hsm->modules);
    kunci_token_logout(token);
    session_lost(token, token->generation);
    atomic_store(&hsm->asked[KUNCI_PIN_USER], 0);
    atomic_store(&hsm->asked[KUNCI_PIN_AGAIN], 0);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_login_for_all),
        TEST(a_limit_that_is_told_is_kept),
        TEST(a_limit_that_is_met_is_kept),
        TEST(no_session_at_all),
        TEST(public_calls_go_on),
        TEST(private_calls_ask_once_more),
        TEST(taken_out_and_put_back),
        TEST(gone_for_good),
        TEST(a_login_that_ended_is_made_again),
        TEST(a_session_with_work_half_done_is_replaced),
        TEST(another_token_in_the_slot_is_not_used),
        TEST(a_key_is_never_made_twice),
        TEST(a_child_begins_anew),
        TEST(forks_while_others_sign),
        TEST(a_key_that_asks_at_each_use),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
