/* Requests from their beginning to their end, with real keys and signatures. */
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

#define THE_KEY "0123456789abcdef0123456789abcdef"

static void expect_step(const json_t *done, const char *state, const char *step)
{
    office_expect(done);
    assert_string_equal(office_text("state"), state);
    assert_string_equal(office_text("step"), step);
}

static char *status_of(const char *serial, int *reason)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_row row;
    static const char *const names[] = {"active", "suspended", "revoked"};
    char *name;

    assert_int_equal(ca_find(small_ca_store, serial, &row, &err), KUNCI_OK);
    name = (char *)(uintptr_t)names[row.status];
    *reason = row.reason;
    ca_row_clear(&row);
    return name;
}

static int64_t count(const char *sql)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t number;

    assert_int_equal(store_query(small_ca_store, sql, NO_VALUES, &rows, &err), KUNCI_OK);
    assert_true(rows_next(&rows, &err));
    number = rows_int(&rows, 0);
    rows_end(&rows);
    return number;
}

/* ---- a renewal ---- */

static void renewed_by_kapuas(void **state)
{
    struct office_renewal one;
    char issued[CA_SERIAL];
    int reason;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    expect_step(office_show(BUDI, one.id), "verifying", "verifikasi");
    assert_true(json_is_false(json_object_get(office_show(BUDI, one.id), "yours")));
    expect_step(office_decide(SITI, one.id, "done", NULL), "verifying", "setuju");
    expect_step(office_decide(SITI, one.id, "done", NULL), "executed", "selesai");
    snprintf(issued, sizeof issued, "%s", office_text("issued"));
    assert_string_equal(status_of(issued, &reason), "active");
    assert_string_equal(status_of(officials[BUDI].serial, &reason), "active");
    expect_step(office_prove(&one, one.key), "closed", "");
    assert_string_equal(status_of(officials[BUDI].serial, &reason), "revoked");
    assert_int_equal(reason, CA_SUPERSEDED);
    assert_int_equal(office_changed, 2);
    assert_int_equal(json_array_size(json_object_get(office_show(SITI, one.id), "decisions")), 2);
    office_renewal_drop(&one);
}

static void renewed_without_anybody(void **state)
{
    char rule[] = "renewal=otomatis", *rules[] = {rule, NULL};
    struct office_renewal one;
    int reason;

    (void)state;
    office_settings.rules = rules;
    office_renewal_time();
    office_renew(&one, "{}");
    expect_step(office_show(BUDI, one.id), "executed", "tulis");
    expect_step(office_prove(&one, one.key), "closed", "");
    assert_string_equal(status_of(officials[BUDI].serial, &reason), "revoked");
    office_renewal_drop(&one);
}

static void begun_again_is_the_same(void **state)
{
    int64_t id, events;

    (void)state;
    office_renewal_time();
    office_expect(office_begin(BUDI, json_pack("{ss ss}", "key", THE_KEY, "kind", "renewal")));
    id = office_id();
    events = count("SELECT count(*) FROM flow_events");
    office_expect(office_begin(BUDI, json_pack("{ss ss}", "key", THE_KEY, "kind", "renewal")));
    assert_int_equal(office_id(), id);
    assert_int_equal(count("SELECT count(*) FROM flow_events"), events);
    assert_null(office_begin(BUDI, json_pack("{ss ss}", "key", THE_KEY, "kind", "revocation")));
    assert_int_equal(office_err.rc, KUNCI_REQUEST_CONFLICT);
    assert_null(office_begin(BUDI, json_pack("{ss ss}", "key", office_key(), "kind", "renewal")));
    assert_int_equal(office_err.rc, KUNCI_REQUEST_CONFLICT);
    office_expect(office_event(BUDI, id, json_pack("{ss}", "verb", "withdraw")));
    assert_string_equal(office_text("state"), "withdrawn");
    office_expect(office_begin(BUDI, json_pack("{ss ss}", "key", office_key(), "kind", "renewal")));
    assert_int_not_equal(office_id(), id);
}

static void not_before_its_time_nor_after(void **state)
{
    (void)state;
    assert_null(office_begin(BUDI, json_pack("{ss ss}", "key", office_key(), "kind", "renewal")));
    assert_int_equal(office_err.rc, KUNCI_RENEW_EARLY);
    office_renewal_time();
    office.now += 11 * 86400;
    assert_null(office_begin(BUDI, json_pack("{ss ss}", "key", office_key(), "kind", "renewal")));
    assert_int_equal(office_err.rc, KUNCI_RENEW_LATE);
    assert_null(office_begin(RINA, json_pack("{ss ss}", "key", office_key(), "kind", "renewal")));
    assert_int_equal(office_err.rc, KUNCI_CERT_UNKNOWN);
    assert_null(office_begin(RINA, json_pack("{ss ss ss}", "key", office_key(), "kind", "renewal",
                                             "certificate", officials[BUDI].serial)));
    assert_int_equal(office_err.rc, KUNCI_CERT_UNKNOWN);
}

static void stops_where_an_outcome_is_not_said(void **state)
{
    struct office_renewal one;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{}");
    expect_step(office_show(BUDI, one.id), "draft", "periksa");
    expect_step(
        office_event(BUDI, one.id,
                     json_pack("{ss s{ss}}", "verb", "advance", "outcomes", "periksa", "right")),
        "verifying", "verifikasi");
    office_renewal_drop(&one);
}

/* Rejected, it is handed in again with what his token did before. */
static void rejected_and_handed_in_again(void **state)
{
    struct office_renewal one;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    expect_step(office_decide(SITI, one.id, "reject", "The letter is not signed."), "draft",
                "periksa");
    expect_step(
        office_event(BUDI, one.id,
                     json_pack("{ss s{ss}}", "verb", "advance", "outcomes", "periksa", "right")),
        "verifying", "verifikasi");
    expect_step(office_decide(AGUS, one.id, "done", NULL), "verifying", "setuju");
    expect_step(office_decide(SITI, one.id, "done", NULL), "executed", "selesai");
    expect_step(office_prove(&one, one.key), "closed", "");
    office_renewal_drop(&one);
}

/* ---- a first certificate ---- */

static const char said[] = "{\"letter\":{\"nik\":\"9901011708850001\",\"name\":\"Budi Santoso\"},"
                           "\"card\":{\"nik\":\"9901011708850001\",\"name\":\"Budi Santoso\"}}";

static void first_one_issued(void **state)
{
    struct office_renewal one = {.id = 0};
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    json_t *der;
    size_t len;
    unsigned char *bytes;

    (void)state;
    office_expect(
        office_begin(RINA, json_pack("{ss ss s{so so}}", "key", THE_KEY, "kind", "issuance",
                                     "advance", "fields", json_loads(said, 0, NULL), "csr",
                                     office_csr(officials[RINA].subject, key))));
    one.id = office_id();
    expect_step(office_show(RINA, one.id), "draft", "siapkan");
    office_expect(office_attach(RINA, one.id, "surat-rekomendasi", "a letter"));
    expect_step(office_event(RINA, one.id, json_pack("{ss}", "verb", "advance")), "verifying",
                "verifikasi");
    expect_step(office_decide(SITI, one.id, "done", NULL), "verifying", "terbit");
    assert_null(office_decide(SITI, one.id, "done", NULL)); /* it takes another one */
    assert_int_equal(office_err.rc, KUNCI_FLOW_FOUR_EYES);
    expect_step(office_decide(AGUS, one.id, "done", NULL), "executed", "tulis");
    der = json_object_get(office_show(RINA, one.id), "issued_der");
    bytes = office_bytes(der, &len);
    expect_step(office_event(RINA, one.id,
                             json_pack("{ss so}", "verb", "advance", "proof_new",
                                       office_proof(key, "prove-new", THE_KEY, bytes, len))),
                "closed", "");
    free(bytes);
    EVP_PKEY_free(key);
}

/* ---- a certificate ended, halted and taken up again ---- */

static int64_t hand_in(const char *kind, const char *document, const char *reason)
{
    int64_t id;

    office_expect(office_begin(
        BUDI, json_pack("{ss ss ss}", "key", office_key(), "kind", kind, "reason", reason)));
    id = office_id();
    office_expect(office_attach(BUDI, id, document, "a letter"));
    expect_step(office_event(BUDI, id, json_pack("{ss}", "verb", "advance")), "verifying",
                "verifikasi");
    expect_step(office_decide(SITI, id, "done", NULL), "verifying", "setuju");
    expect_step(office_decide(AGUS, id, "done", NULL), "closed", "");
    return id;
}

static void ended_halted_and_taken_up_again(void **state)
{
    int reason;

    (void)state;
    hand_in("suspension", "surat-permohonan", "suspended");
    assert_string_equal(status_of(officials[BUDI].serial, &reason), "suspended");
    assert_null(
        office_begin(BUDI, json_pack("{ss ss}", "key", office_key(), "kind", "suspension")));
    assert_int_equal(office_err.rc, KUNCI_CERT_STATE);
    hand_in("resumption", "persetujuan-atasan", "The token is back.");
    assert_string_equal(status_of(officials[BUDI].serial, &reason), "active");
    hand_in("revocation", "persetujuan-atasan", "lost");
    assert_string_equal(status_of(officials[BUDI].serial, &reason), "revoked");
    assert_int_equal(reason, CA_KEY_COMPROMISE);
    assert_null(
        office_begin(BUDI, json_pack("{ss ss}", "key", office_key(), "kind", "revocation")));
    assert_int_equal(office_err.rc, KUNCI_CERT_STATE);
}

/* ---- who may ---- */

static void ones_own_case_and_other_places(void **state)
{
    struct kunci_flow_grant grant = {"op", "", NULL, 0, 0};
    struct requests_actor before = officials[BUDI].actor;
    struct office_renewal one;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    assert_null(office_show(DEWI, one.id));
    assert_int_equal(office_err.rc, KUNCI_REQUEST_UNKNOWN);
    assert_null(office_show(RINA, one.id));
    assert_int_equal(office_err.rc, KUNCI_REQUEST_UNKNOWN);
    officials[BUDI].actor.flow.grants = &grant;
    officials[BUDI].actor.flow.grant_count = 1;
    assert_null(office_decide(BUDI, one.id, "done", NULL));
    assert_int_equal(office_err.rc, KUNCI_FLOW_NO_RIGHT);
    officials[BUDI].actor = before;
    assert_null(office_event(SITI, one.id, json_pack("{ss}", "verb", "withdraw")));
    assert_int_equal(office_err.rc, KUNCI_FLOW_NO_RIGHT);
    assert_null(office_event(SITI, one.id, json_pack("{ss}", "verb", "advance")));
    assert_int_equal(office_err.rc, KUNCI_FLOW_NO_RIGHT);
    office_renewal_drop(&one);
}

static void asked_and_answered(void **state)
{
    struct office_renewal one;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    office_expect(
        office_event(SITI, one.id, json_pack("{ss ss}", "verb", "ask", "role", "pemohon")));
    assert_string_equal(office_text("role"), "pemohon");
    office_expect(office_event(BUDI, one.id, json_pack("{ss}", "verb", "answer")));
    assert_string_equal(office_text("role"), "op");
    office_renewal_drop(&one);
}

/* ---- what is written ---- */

static void nothing_of_a_person_in_the_trail(void **state)
{
    (void)state;
    assert_true(count("SELECT count(*) FROM audit") > 20);
    assert_int_equal(count("SELECT count(*) FROM audit WHERE line LIKE '%9901011708850001%'"
                           " OR line LIKE '%contoh.go.id%' OR line LIKE '%not signed%'"),
                     0);
    assert_true(count("SELECT count(*) FROM audit WHERE line LIKE '%certificate.issued%'") >= 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, office_clean)
    const struct CMUnitTest tests[] = {
        TEST(renewed_by_kapuas),
        TEST(renewed_without_anybody),
        TEST(begun_again_is_the_same),
        TEST(not_before_its_time_nor_after),
        TEST(stops_where_an_outcome_is_not_said),
        TEST(rejected_and_handed_in_again),
        TEST(first_one_issued),
        TEST(ended_halted_and_taken_up_again),
        TEST(ones_own_case_and_other_places),
        TEST(asked_and_answered),
        TEST(nothing_of_a_person_in_the_trail),
    };

    return cmocka_run_group_tests(tests, office_up, office_down);
}
