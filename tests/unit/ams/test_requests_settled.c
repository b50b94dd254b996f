/* What was decided upon stays what it was, and what stood behind it has to hold still when
 * the certificate is issued. */
#include "lib/office.h"
#include "lib/place.h"
#include "lib/soft_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LETTER "surat-rekomendasi"

static struct office_renewal one;
static EVP_PKEY *rinas;

static void run_sql(const char *sql)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(store_do(small_ca_store, sql, NO_VALUES, &err), KUNCI_OK);
}

static int end(void **state)
{
    (void)state;
    office_renewal_drop(&one);
    one = (struct office_renewal){.id = 0};
    EVP_PKEY_free(rinas);
    rinas = NULL;
    run_sql("UPDATE accounts SET state = 'active'");
    return 0;
}

static json_t *advance(enum who who, const char *fields)
{
    return office_event(who, one.id,
                        json_pack("{ss so*}", "verb", "advance", "fields",
                                  fields ? json_loads(fields, 0, NULL) : NULL));
}

/* RINA's first certificate, up to its verification. */
static void hand_in(void)
{
    static const char said[] =
        "{\"letter\":{\"nik\":\"9901011708850001\",\"name\":\"Budi Santoso\"},"
        "\"card\":{\"nik\":\"9901011708850001\",\"name\":\"Budi Santoso\"}}";

    rinas = soft_key(KUNCI_KEY_P256);
    office_expect(
        office_begin(RINA, json_pack("{ss ss s{so so}}", "key", office_key(), "kind", "issuance",
                                     "advance", "fields", json_loads(said, 0, NULL), "csr",
                                     office_csr(officials[RINA].subject, rinas))));
    one.id = office_id();
    office_expect(office_attach(RINA, one.id, LETTER, "a letter"));
    office_expect(advance(RINA, NULL));
    assert_string_equal(office_text("step"), "verifikasi");
}

static void expect_letter(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *bytes;
    size_t len;

    assert_int_equal(
        requests_document(&office, &officials[RINA].actor, one.id, LETTER, &bytes, &len, &err),
        KUNCI_OK);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(bytes, text, len);
    free(bytes);
}

/* ---- what was decided upon ---- */

static void letters_after_the_certificate(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(office_decide(AGUS, one.id, "done", NULL));
    assert_string_equal(office_text("step"), "tulis");
    office_refuse(office_attach(RINA, one.id, LETTER, "another letter"), KUNCI_FLOW_CONDITION,
                  NULL);
    expect_letter("a letter");
    office_expect(office_attach(RINA, one.id, LETTER, "a letter")); /* a run that goes on */
}

static void letters_between_two_decisions(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(
        office_event(AGUS, one.id, json_pack("{ss ss}", "verb", "ask", "role", "pemohon")));
    office_refuse(office_attach(RINA, one.id, LETTER, "another letter"), KUNCI_FLOW_CONDITION,
                  NULL);
    office_refuse(advance(RINA, "{\"letter\":{\"name\":\"Rina Wijaya\"}}"), KUNCI_FLOW_CONDITION,
                  NULL);
    office_expect(advance(RINA, "{\"letter\":{\"name\":\"Budi Santoso\"}}"));
    expect_letter("a letter");
}

static void letters_after_a_rejection(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(office_decide(AGUS, one.id, "reject", "It is not signed."));
    office_expect(office_attach(RINA, one.id, LETTER, "another letter"));
    expect_letter("another letter");
}

/* ---- what a certificate is issued on ---- */

static void accounts_disabled_meanwhile(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    run_sql("UPDATE accounts SET state = 'disabled' WHERE name = 'rina'");
    office_refuse(office_decide(AGUS, one.id, "done", NULL), KUNCI_RIGHT_NONE, NULL);
    assert_string_equal((office_show(AGUS, one.id), office_text("step")), "terbit");
    office_expect(office_decide(AGUS, one.id, "reject", "He has left."));
}

/* Whoever stole the token may have handed in a renewal by it. */
static void old_keys_revoked_meanwhile(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    office_expect(office_decide(SITI, one.id, "done", NULL));
    assert_int_equal(
        ca_revoke(small_ca_store, officials[BUDI].serial, CA_KEY_COMPROMISE, office.now, 0, &err),
        KUNCI_OK);
    office_refuse(office_decide(AGUS, one.id, "done", NULL), KUNCI_CERT_STATE, "revoked");
}

/* Time has passed, and nothing else: what it proved while it was valid stays proved. */
static void old_keys_expired_meanwhile(void **state)
{
    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office.now += 30 * 86400;
    office_expect(office_decide(AGUS, one.id, "done", NULL));
}

/* ---- what time brings ---- */

/* One that fails is put off, and those behind it have their turn. */
static void one_that_fails_by_itself(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t done = 0;
    int64_t first;

    (void)state;
    hand_in();
    first = one.id;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    run_sql("UPDATE requests SET due_at = 1 WHERE role IS NOT NULL AND kind = 'issuance'");
    run_sql("UPDATE requests SET due_at = 2 WHERE role IS NOT NULL AND kind = 'renewal'");
    run_sql("CREATE TRIGGER refuse_one BEFORE INSERT ON flow_events WHEN NEW.line LIKE"
            " '%\"penerbitan\"%' BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    office.now += 200 * 86400;
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(requests_tick(&office, 50, &done, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    run_sql("DROP TRIGGER refuse_one");
    assert_int_equal(done, 2);
    office_show(SITI, first);
    assert_string_equal(office_text("state"), "verifying");
    office_show(SITI, one.id);
    assert_string_equal(office_text("state"), "timed-out");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, office_clean, end)
    const struct CMUnitTest tests[] = {
        TEST(letters_after_the_certificate), TEST(letters_between_two_decisions),
        TEST(letters_after_a_rejection),     TEST(accounts_disabled_meanwhile),
        TEST(old_keys_revoked_meanwhile),    TEST(old_keys_expired_meanwhile),
        TEST(one_that_fails_by_itself),
    };

    return cmocka_run_group_tests(tests, office_up, office_down);
}
