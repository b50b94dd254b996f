/* OCSP answers: accepted by the stock openssl and by kunci's own reader, kept, dropped when
 * something changed, signed ahead. */
#include "ams/ocspd.h"

#include "lib/place.h"
#include "lib/small_ca.h"
#include "trust/ocsp.h"

#include <openssl/pem.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define BUDI         "C=ID, O=Dinas Contoh, CN=Budi Santoso"

static struct ocspd *ocspd;

static int up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    small_ca_up(state);
    assert_int_equal(ocspd_new(small_ca, &ocspd, &err), KUNCI_OK);
    return 0;
}

static int down(void **state)
{
    ocspd_free(&ocspd);
    return small_ca_down(state);
}

struct asked {
    unsigned char *der;
    size_t len;
};

/* What openssl asks. */
static struct asked ask(const char *options)
{
    struct asked asked;

    place_shell("openssl ocsp -issuer issuing.pem %s -reqout asked >/dev/null 2>&1", options);
    asked.der = place_file("asked", &asked.len);
    return asked;
}

static void write_answer(const struct ocspd_answer *answer)
{
    FILE *file = fopen("answer", "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(answer->der, 1, answer->len, file), answer->len);
    fclose(file);
}

static struct ocspd_answer *answer_to(const struct asked *asked, int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ocspd_answer *answer = ocspd_find(ocspd, asked->der, asked->len, now);

    if (!answer &&
        ocspd_sign(ocspd, small_ca_store, asked->der, asked->len, now, &answer, &err) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
    return answer;
}

/* Asks as openssl does with these options, and has it judge the answer: it is signed well,
 * and says so. */
static void is_answered(const char *options, const char *words)
{
    struct asked asked = ask(options);
    struct ocspd_answer *answer = answer_to(&asked, small_ca_now());

    write_answer(answer);
    place_shell("openssl ocsp -issuer issuing.pem %s -respin answer -CAfile root.pem >said 2>&1; "
                "grep -q 'Response verify OK' said && grep -q -e '%s' said || { cat said; false; }",
                options, words);
    ocspd_answer_free(&answer);
    free(asked.der);
}

/* The same of what openssl cannot verify. */
static void is_refused(const unsigned char *der, size_t len, const char *words)
{
    struct ocspd_answer *answer = ocspd_find(ocspd, der, len, small_ca_now());

    assert_non_null(answer);
    assert_int_equal(answer->next_update, 0);
    write_answer(answer);
    place_shell("openssl ocsp -respin answer -noverify -resp_text 2>&1 | grep -q '%s'", words);
    ocspd_answer_free(&answer);
}

static void change(const char *serial)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(ocspd_changed(ocspd, small_ca_store, serial, small_ca_now(), &err), KUNCI_OK);
}

/* ---- answers ---- */

static void says_good(void **state)
{
    char serial[CA_SERIAL];

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), "budi.pem", serial);
    is_answered("-cert budi.pem", "budi.pem: good");
    is_answered("-sha256 -cert budi.pem", "budi.pem: good");
    is_answered("-nonce -cert budi.pem", "budi.pem: good");
    is_answered("-cert audit.pem", "audit.pem: good");
    place_shell("openssl ocsp -respin answer -noverify -resp_text >text 2>&1");
    place_shell(
        "! grep -q 'BEGIN CERTIFICATE' text && grep -q 'Responder Id: [0-9A-F]\\{40\\}' text");
}

static void says_every_reason(void **state)
{
    static const struct {
        int reason;
        const char *words; /* openssl 3.0 has none for the last two */
    } rows[] = {{CA_KEY_COMPROMISE, "Reason: keyCompromise"},
                {CA_CA_COMPROMISE, "Reason: cACompromise"},
                {CA_AFFILIATION_CHANGED, "Reason: affiliationChanged"},
                {CA_SUPERSEDED, "Reason: superseded"},
                {CA_CESSATION, "Reason: cessationOfOperation"},
                {CA_PRIVILEGE_WITHDRAWN, "Reason: (UNKNOWN)"},
                {CA_AA_COMPROMISE, "Reason: (UNKNOWN)"},
                {CA_UNSPECIFIED, "Revocation Time: Sep 21 14:13:20 2026 GMT"}};
    char serial[CA_SERIAL];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        small_ca_issue(BUDI, small_ca_now(), "gone.pem", serial);
        small_ca_revoke(serial, rows[i].reason, 1790000000, 0);
        is_answered("-cert gone.pem", "gone.pem: revoked");
        place_shell("grep -q '%s' said", rows[i].words);
    }
    place_shell("! grep -q Reason said");
}

/* Whoever asks after ocspd_changed() is told the truth, by whatever hash. */
static void follows_what_changes(void **state)
{
    static const char *const asked[] = {"-cert siti.pem", "-sha256 -cert siti.pem"};
    char serial[CA_SERIAL];
    size_t i;

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), "siti.pem", serial);
    for (i = 0; i < COUNT(asked); i++)
        is_answered(asked[i], "siti.pem: good");
    small_ca_suspend(serial, small_ca_now());
    change(serial);
    for (i = 0; i < COUNT(asked); i++) {
        is_answered(asked[i], "siti.pem: revoked");
        place_shell("grep -q 'Reason: certificateHold' said");
    }
    small_ca_resume(serial);
    change(serial);
    for (i = 0; i < COUNT(asked); i++)
        is_answered(asked[i], "siti.pem: good");
    small_ca_revoke(serial, CA_SUPERSEDED, small_ca_now(), 0);
    change(serial);
    for (i = 0; i < COUNT(asked); i++)
        is_answered(asked[i], "siti.pem: revoked");
}

static void says_what_it_does_not_know(void **state)
{
    (void)state;
    is_answered("-serial 0x4000000000000000000000000000000000000001", "0001: unknown");
    is_answered("-serial 0x8000000000000000000000000000000000000001", "0001: unknown");
    is_answered("-serial 1", "1: unknown");
    is_answered("-serial -5", "-5: unknown");
    is_answered("-serial 0", "0: unknown");
}

static void answers_for_several_at_once(void **state)
{
    char serial[CA_SERIAL];

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), "one.pem", serial);
    small_ca_issue(BUDI, small_ca_now(), "two.pem", serial);
    small_ca_revoke(serial, CA_SUPERSEDED, small_ca_now(), 0);
    is_answered("-cert one.pem -sha256 -cert two.pem -serial 77", "one.pem: good");
    place_shell("grep -q 'two.pem: revoked' said && grep -q '77: unknown' said");
}

static void refuses_what_it_cannot_answer(void **state)
{
    struct asked asked;
    char many[2048] = "";
    int i;

    (void)state;
    place_shell("openssl ocsp -issuer root.pem -cert issuing.pem -reqout asked >said 2>&1");
    asked.der = place_file("asked", &asked.len);
    is_refused(asked.der, asked.len, "unauthorized");
    free(asked.der);
    place_shell("openssl ocsp -issuer issuing.pem -sha512 -serial 1 -reqout asked >said 2>&1");
    asked.der = place_file("asked", &asked.len);
    is_refused(asked.der, asked.len, "unauthorized");
    free(asked.der);
    is_refused((const unsigned char *)"", 0, "malformedrequest");
    is_refused((const unsigned char *)"halo", 4, "malformedrequest");
    for (i = 0; i <= OCSPD_CERTS_MAX; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), " -serial %d", i + 1);
    asked = ask(many);
    is_refused(asked.der, asked.len, "malformedrequest");
    free(asked.der);
    asked = ask("-serial 0x40000000000000000000000000000000000000010203"); /* 22 bytes */
    is_refused(asked.der, asked.len, "malformedrequest");
    free(asked.der);
}

static void has_an_answer_for_every_failure(void **state)
{
    static const struct {
        enum ocspd_refusal why;
        const char *words;
    } rows[] = {{OCSPD_MALFORMED, "malformedrequest"},
                {OCSPD_INTERNAL, "internalerror"},
                {OCSPD_TRY_LATER, "trylater"},
                {OCSPD_UNAUTHORIZED, "unauthorized"}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct ocspd_answer *answer = ocspd_refusal(rows[i].why);

        write_answer(answer);
        place_shell("openssl ocsp -respin answer -noverify -resp_text 2>&1 | grep -q '%s'",
                    rows[i].words);
        ocspd_answer_free(&answer);
    }
}

/* Cut, or with a bit turned, it is another request, or none: never anything else. */
static void bears_whatever_it_is_sent(void **state)
{
    struct asked asked = ask("-nonce -cert budi.pem -serial 5");
    const int64_t now = small_ca_now();
    struct ocspd_answer *answer;
    size_t i;

    (void)state;
    for (i = 0; i < asked.len; i++) {
        unsigned char *cut = malloc(i + 1);

        memcpy(cut, asked.der, i);
        answer = ocspd_find(ocspd, cut, i, now);
        assert_ptr_equal(answer, ocspd_refusal(OCSPD_MALFORMED));
        free(cut);
    }
    for (i = 0; i < 8 * asked.len; i++) {
        asked.der[i / 8] ^= (unsigned char)(1 << i % 8);
        answer = ocspd_find(ocspd, asked.der, asked.len, now);
        assert_true(!answer || answer->next_update == 0);
        ocspd_answer_free(&answer);
        asked.der[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    free(asked.der);
}

static X509 *read_cert(const char *name)
{
    BIO *in = BIO_new_file(name, "r");
    X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);

    assert_non_null(cert);
    BIO_free(in);
    return cert;
}

static void is_believed_by_kunci(void **state)
{
    const struct stock stock = {0};
    struct question question = {.cert = read_cert("budi.pem"),
                                .issuer = read_cert("issuing.pem"),
                                .stock = &stock,
                                .at = small_ca_now(),
                                .now = small_ca_now()};
    struct evidence evidence = {.status = KUNCI_NOT_CHECKED};
    struct asked asked = ask("-cert budi.pem");
    struct ocspd_answer *answer = answer_to(&asked, small_ca_now());

    (void)state;
    ocsp_judge(&question, answer->der, answer->len, NULL, &evidence);
    assert_int_equal(evidence.status, KUNCI_GOOD);
    ocspd_answer_free(&answer);
    free(asked.der);
    X509_free(question.cert);
    X509_free(question.issuer);
}

/* ---- kept ---- */

static void keeps_an_answer_for_a_day(void **state)
{
    const int64_t now = small_ca_now();
    struct ocspd_answer *signed_now, *found;
    char serial[CA_SERIAL];
    struct asked asked;

    (void)state;
    small_ca_issue(BUDI, now, "day.pem", serial);
    asked = ask("-cert day.pem");
    assert_null(ocspd_find(ocspd, asked.der, asked.len, now));
    signed_now = answer_to(&asked, now);
    found = ocspd_find(ocspd, asked.der, asked.len, now + OCSPD_LIFE - 1);
    assert_ptr_equal(found, signed_now);
    assert_int_equal(found->next_update - found->this_update, OCSPD_LIFE);
    ocspd_answer_free(&found);
    assert_null(ocspd_find(ocspd, asked.der, asked.len, now + OCSPD_LIFE));
    assert_null(ocspd_find(ocspd, asked.der, asked.len, now - 1));
    ocspd_answer_free(&signed_now);
    found = answer_to(&asked, now + OCSPD_LIFE);
    assert_int_equal(found->this_update, now + OCSPD_LIFE);
    ocspd_answer_free(&found);
    free(asked.der);
}

/* An answer outlives its place in the cache while somebody sends it. */
static void shares_answers(void **state)
{
    const int64_t now = small_ca_now();
    struct ocspd_answer *held;
    char serial[CA_SERIAL];
    struct asked asked;

    (void)state;
    small_ca_issue(BUDI, now, "held.pem", serial);
    asked = ask("-cert held.pem");
    held = answer_to(&asked, now);
    small_ca_revoke(serial, CA_SUPERSEDED, now, 0);
    change(serial);
    write_answer(held);
    place_shell("openssl ocsp -issuer issuing.pem -cert held.pem -respin answer -CAfile root.pem "
                "2>&1 | grep -q 'held.pem: good'");
    ocspd_answer_free(&held);
    is_answered("-cert held.pem", "held.pem: revoked");
    free(asked.der);
}

/* ---- ahead ---- */

static size_t sign_ahead(struct ocspd *of, int64_t now, size_t limit)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t done;

    assert_int_equal(ocspd_ahead(of, small_ca_store, now, limit, &done, &err), KUNCI_OK);
    return done;
}

static int64_t certificates(int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t count;

    assert_int_equal(store_query(small_ca_store,
                                 "SELECT COUNT(*) FROM certificates WHERE not_after >= $1",
                                 VALUES(OF_INT(now)), &rows, &err),
                     KUNCI_OK);
    assert_true(rows_next(&rows, &err));
    count = rows_int(&rows, 0);
    rows_end(&rows);
    return count;
}

static void signs_ahead_what_is_due(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const int64_t now = small_ca_now(), half = now + OCSPD_LIFE / 2;
    const size_t all = (size_t)certificates(now);
    struct ocspd *fresh;
    struct ocspd_answer *answer;
    struct asked asked = ask("-cert budi.pem"), other = ask("-sha256 -cert budi.pem");

    (void)state;
    assert_int_equal(ocspd_new(small_ca, &fresh, &err), KUNCI_OK);
    assert_int_equal(sign_ahead(fresh, now, 3), 3);
    assert_int_equal(sign_ahead(fresh, now, 1000), all - 3);
    assert_int_equal(sign_ahead(fresh, now, 1000), 0);
    answer = ocspd_find(fresh, asked.der, asked.len, now);
    assert_non_null(answer);
    ocspd_answer_free(&answer);

    /* By another hash from when somebody has asked by it. */
    assert_null(ocspd_find(fresh, other.der, other.len, now));
    assert_int_equal(ocspd_sign(fresh, small_ca_store, other.der, other.len, now, &answer, &err),
                     KUNCI_OK);
    ocspd_answer_free(&answer);
    assert_int_equal(sign_ahead(fresh, half - 1, 1000), 0);
    assert_int_equal(sign_ahead(fresh, half + 60, 1000), all + 1);
    answer = ocspd_find(fresh, other.der, other.len, half + 60);
    assert_int_equal(answer->this_update, half + 60);
    ocspd_answer_free(&answer);

    /* Of those that are expired nothing is signed. */
    assert_int_equal(sign_ahead(fresh, now + 800 * OCSPD_LIFE, 1000),
                     certificates(now + 800 * OCSPD_LIFE));
    ocspd_free(&fresh);
    free(asked.der);
    free(other.der);
}

/* ---- many at once ---- */

enum { READERS = 3 };

struct crowd {
    struct asked asked;
    int64_t now;
    volatile int over;
};

static void *keep_asking(void *context)
{
    struct crowd *crowd = context;
    struct ocspd_answer *answer;

    while (!__atomic_load_n(&crowd->over, __ATOMIC_ACQUIRE))
        if ((answer = ocspd_find(ocspd, crowd->asked.der, crowd->asked.len, crowd->now))) {
            if (answer->der[0] != 0x30)
                abort();
            ocspd_answer_free(&answer);
        }
    return NULL;
}

static void is_asked_by_many_while_it_changes(void **state)
{
    struct crowd crowd = {.now = small_ca_now()};
    pthread_t readers[READERS];
    char serial[CA_SERIAL];
    int i;

    (void)state;
    small_ca_issue(BUDI, crowd.now, "busy.pem", serial);
    crowd.asked = ask("-cert busy.pem");
    for (i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, keep_asking, &crowd), 0);
    for (i = 0; i < 50; i++)
        change(serial);
    __atomic_store_n(&crowd.over, 1, __ATOMIC_RELEASE);
    for (i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    free(crowd.asked.der);
}

static void a_path_asks_as_a_body_does(void **state)
{
    unsigned char got[OCSPD_REQUEST_MAX];
    struct asked asked = ask("-cert budi.pem");
    char *path;
    size_t len;

    (void)state;
    place_shell("base64 -w0 asked | sed 's|+|%%2B|g; s|/|%%2F|g; s|=|%%3D|g' >path");
    path = (char *)place_file("path", &len);
    path[len] = '\0';
    assert_true(ocspd_path_read(path, got, &len));
    assert_int_equal(len, asked.len);
    assert_memory_equal(got, asked.der, len);
    free(path);
    free(asked.der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_good),
        cmocka_unit_test(says_every_reason),
        cmocka_unit_test(follows_what_changes),
        cmocka_unit_test(says_what_it_does_not_know),
        cmocka_unit_test(answers_for_several_at_once),
        cmocka_unit_test(refuses_what_it_cannot_answer),
        cmocka_unit_test(has_an_answer_for_every_failure),
        cmocka_unit_test(bears_whatever_it_is_sent),
        cmocka_unit_test(is_believed_by_kunci),
        cmocka_unit_test(keeps_an_answer_for_a_day),
        cmocka_unit_test(shares_answers),
        cmocka_unit_test(signs_ahead_what_is_due),
        cmocka_unit_test(is_asked_by_many_while_it_changes),
        cmocka_unit_test(a_path_asks_as_a_body_does),
    };

    return cmocka_run_group_tests_name("ams/ocspd", tests, up, down);
}
