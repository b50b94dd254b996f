/* The authority made on a token, and certificates that it issues, revokes and finds again:
 * the stock openssl takes them. */
#include "ams/meta.h"
#include "lib/place.h"
#include "lib/small_ca.h"
#include "lib/soft_signer.h"
#include "x509/name.h"
#include "x509/parts.h"

#include <kunci/cert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define BUDI         "C=ID, O=Dinas Contoh, CN=Budi Santoso, serialNumber=123"

static int64_t number_of(const char *sql_name)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    int64_t number;

    assert_int_equal(meta_number(small_ca_store, sql_name, &number, &err), KUNCI_OK);
    return number;
}

/* ---- made ---- */

static void makes_a_root_an_issuer_and_a_key_for_the_trail(void **state)
{
    (void)state;
    place_shell("openssl verify -x509_strict -CAfile root.pem root.pem >said 2>&1");
    place_shell("openssl verify -x509_strict -CAfile root.pem issuing.pem >said 2>&1");
    place_shell("openssl verify -x509_strict -CAfile root.pem -untrusted issuing.pem audit.pem "
                ">said 2>&1");
    place_shell("openssl x509 -in root.pem -noout -text | grep -q secp384r1");
    place_shell("openssl x509 -in issuing.pem -noout -text >text");
    place_shell("grep -q 'C = ID, O = Pemerintah Contoh, CN = Pemerintah Contoh Root CA' text");
    place_shell("grep -q 'URI:" SMALL_CA_URL "/crl/root.crl' text");
    place_shell("grep -q 'CA Issuers - URI:" SMALL_CA_URL "/ca/root.cer' text");
    place_shell("! grep -q OCSP text");
    place_shell("grep -q 'ASN1 OID: prime256v1' text");
    place_shell("openssl x509 -in audit.pem -noout -ocsp_uri | grep -qx " SMALL_CA_URL "/ocsp");
    assert_string_equal(ca_name(small_ca), "Pemerintah Contoh");
}

static void is_made_once(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const struct ca_plan plan = small_ca_plan();

    (void)state;
    assert_int_equal(ca_make(small_ca_store, &plan, &err), KUNCI_AMS_EXISTS);
    assert_string_equal(err.about, "ams.db");
}

static void opens_without_its_token(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca *ca;
    size_t len;

    (void)state;
    assert_int_equal(ca_open(small_ca_store, NULL, SMALL_CA_URL, &ca, &err), KUNCI_OK);
    assert_non_null(ca_certificate(ca, CA_ROOT, &len));
    assert_null(ca_signer(ca, CA_ISSUING));
    ca_close(&ca);
    assert_int_equal(ca_open(small_ca_store, NULL, NULL, &ca, &err), KUNCI_AMS_UNSET);
    assert_null(ca);
}

static void is_missing_in_an_empty_store(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store;
    struct ca *ca;

    (void)state;
    assert_int_equal(store_open("empty.db", STORE_CREATE, &store, &err), KUNCI_OK);
    assert_int_equal(ca_open(store, NULL, SMALL_CA_URL, &ca, &err), KUNCI_AMS_MISSING);
    store_close(&store);
}

/* Another store's authority on the same token has keys of its own. */
static void shares_a_token_with_another(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const struct ca_plan plan = small_ca_plan();
    struct store *store;
    struct ca *ca;

    (void)state;
    assert_int_equal(store_open("other.db", STORE_CREATE, &store, &err), KUNCI_OK);
    assert_int_equal(ca_make(store, &plan, &err), KUNCI_OK);
    assert_int_equal(ca_open(store, plan.token, SMALL_CA_URL, &ca, &err), KUNCI_OK);
    assert_int_not_equal(ca_signer(ca, CA_ISSUING)->spki_len, 0);
    assert_memory_not_equal(ca_signer(ca, CA_ISSUING)->spki, ca_signer(small_ca, CA_ISSUING)->spki,
                            ca_signer(ca, CA_ISSUING)->spki_len);
    ca_close(&ca);
    store_close(&store);
}

static void set_rogue(struct store *store, bool there)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    assert_int_equal(there ? store_do(store,
                                      "INSERT INTO audit (seq, line, hash) "
                                      "VALUES (1, '{}', x'00')",
                                      NO_VALUES, &err)
                           : store_do(store, "DELETE FROM audit", NO_VALUES, &err),
                     KUNCI_OK);
    assert_int_equal(store_commit(store, &err), KUNCI_OK);
}

/* What belongs to the same transaction fails: nothing is there, and the keys are found
 * again by the next who tries. */
static void goes_on_with_the_keys_it_made(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key_list *list;
    const struct ca_plan plan = small_ca_plan();
    struct store *store;
    size_t count;

    (void)state;
    assert_int_equal(store_open("again.db", STORE_CREATE, &store, &err), KUNCI_OK);
    set_rogue(store, true);
    assert_int_equal(ca_make(store, &plan, &err), KUNCI_AUDIT_BROKEN);
    set_rogue(store, false);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(kunci_key_list(plan.token, &list, &err), KUNCI_OK);
    count = kunci_key_list_count(list);
    kunci_key_list_free(&list);
    assert_int_equal(ca_make(store, &plan, &err), KUNCI_OK);
    assert_int_equal(kunci_key_list(plan.token, &list, &err), KUNCI_OK);
    assert_int_equal(kunci_key_list_count(list), count);
    kunci_key_list_free(&list);
    store_close(&store);
}

static void refuses_a_key_that_is_not_its_own(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store;
    struct ca *ca;
    unsigned char *other;
    size_t len;

    (void)state;
    place_shell("cp again.db wrong.db");
    assert_int_equal(store_open("wrong.db", STORE_WRITE, &store, &err), KUNCI_OK);
    assert_int_equal(meta_bytes(store, "ca_audit", &other, &len, &err), KUNCI_OK);
    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    assert_int_equal(meta_put(store, "ca_issuing", OF_BLOB(other, len), &err), KUNCI_OK);
    assert_int_equal(store_commit(store, &err), KUNCI_OK);
    assert_int_equal(ca_open(store, softhsm_token(small_ca_hsm, 1), SMALL_CA_URL, &ca, &err),
                     KUNCI_KEY_MISMATCH);
    assert_null(ca);
    free(other);
    store_close(&store);
}

static void refuses_a_name_no_certificate_can_have(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_plan plan = small_ca_plan();
    struct store *store;

    (void)state;
    assert_int_equal(store_open("long.db", STORE_CREATE, &store, &err), KUNCI_OK);
    plan.organisation =
        "Dinas yang namanya lebih panjang dari apa yang boleh ditulis di sertifikat";
    assert_int_not_equal(ca_make(store, &plan, &err), KUNCI_OK);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    plan.organisation = "";
    assert_int_not_equal(ca_make(store, &plan, &err), KUNCI_OK);
    store_close(&store);
}

/* ---- issued ---- */

static void issues_what_was_asked_for(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_order order = {.profile = "holder", .now = small_ca_now()};
    unsigned char *request = small_ca_request(BUDI, NULL, &order.csr_len);
    struct parts asked, got;
    struct ca_issued issued;
    struct ca_row row;
    char serial[CA_SERIAL];

    (void)state;
    order.csr = request;
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_issue(small_ca, small_ca_store, &order, &issued, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);

    assert_true(parts_of_request(request, order.csr_len, &asked));
    assert_true(parts_of_certificate(issued.der, issued.len, &got));
    assert_int_equal(asked.spki_len, got.spki_len);
    assert_memory_equal(asked.spki, got.spki, got.spki_len);
    assert_true(name_same(asked.subject, got.subject));

    assert_int_equal(strlen(issued.serial), 40);
    assert_true(ca_serial_of(issued.der, issued.len, serial));
    assert_string_equal(serial, issued.serial);
    assert_int_equal(ca_find(small_ca_store, issued.serial, &row, &err), KUNCI_OK);
    assert_int_equal(row.len, issued.len);
    assert_memory_equal(row.der, issued.der, row.len);
    assert_string_equal(row.profile, "holder");
    assert_string_equal(row.subject, BUDI);
    assert_int_equal(row.not_before, order.now);
    assert_int_equal(row.status, CA_ACTIVE);
    assert_int_equal(row.issued_at, order.now);
    ca_row_clear(&row);
    parts_clear(&asked);
    parts_clear(&got);
    free(issued.der);
    free(request);
}

static void openssl_takes_it(void **state)
{
    char serial[CA_SERIAL];

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), "budi.pem", serial);
    place_shell("openssl verify -x509_strict -purpose smimesign -CAfile root.pem "
                "-untrusted issuing.pem budi.pem >said 2>&1");
    place_shell("openssl x509 -in budi.pem -noout -serial | tr A-F a-f | grep -qx serial=%s",
                serial);
    place_shell("openssl x509 -in budi.pem -noout -text >text");
    place_shell("grep -q 'URI:" SMALL_CA_URL "/crl/issuing.crl' text");
    place_shell("grep -q 'OCSP - URI:" SMALL_CA_URL "/ocsp' text");
    place_shell("grep -q 'CA Issuers - URI:" SMALL_CA_URL "/ca/issuing.cer' text");
}

/* Systems differ in the order in which they write a subject: it stays as it was asked. */
static void keeps_the_order_of_the_subject(void **state)
{
    static const char *const subjects[] = {
        "CN=Budi, O=Dinas, C=ID", "C=ID, O=Dinas, CN=Budi",
        "O=Dinas, CN=Budi, C=ID, emailAddress=budi@contoh.go.id"};
    struct kunci_err err = KUNCI_ERR_INIT;
    char serial[CA_SERIAL];
    struct ca_row row;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(subjects); i++) {
        small_ca_issue(subjects[i], small_ca_now(), NULL, serial);
        assert_int_equal(ca_find(small_ca_store, serial, &row, &err), KUNCI_OK);
        assert_string_equal(row.subject, subjects[i]);
        ca_row_clear(&row);
    }
}

/* Nothing is issued, and nothing is in the store, where lint or the profile refuse. */
static void issues_nothing_that_breaks_a_rule(void **state)
{
    static const struct {
        const char *subject, *profile;
        enum kunci_rc rc;
    } rows[] = {{"C=ID, CN=Budi", "holder", KUNCI_LINT_FAILED},
                {"C=ID, O=Dinas, CN=Budi", "operator", KUNCI_LINT_FAILED},
                {"C=ID, O=Dinas, DC=Kapuas, CN=Budi", "holder", KUNCI_LINT_FAILED},
                {"C=ID, O=Dinas, CN=Budi", "tls-server", KUNCI_LINT_FAILED},
                {"C=ID, O=Dinas, CN=Budi", "root", KUNCI_PROFILE_NOT_FOUND}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct ca_order order = {.profile = rows[i].profile, .now = small_ca_now()};
        unsigned char *request = small_ca_request(rows[i].subject, NULL, &order.csr_len);
        struct ca_issued issued;

        order.csr = request;
        assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
        if (ca_issue(small_ca, small_ca_store, &order, &issued, &err) != rows[i].rc)
            fail_msg("%s by %s: %s %s", rows[i].subject, rows[i].profile, kunci_err_name(err.rc),
                     err.detail);
        assert_null(issued.der);
        store_rollback(small_ca_store);
        free(request);
    }
}

static void refuses_requests_that_are_cut(void **state)
{
    size_t len, cut;
    unsigned char *request = small_ca_request(BUDI, NULL, &len);

    (void)state;
    for (cut = 0; cut < len; cut += 7) {
        struct kunci_err err = KUNCI_ERR_INIT;
        const struct ca_order order = {
            .profile = "holder", .csr = request, .csr_len = cut, .now = small_ca_now()};
        struct ca_issued issued;

        assert_int_equal(ca_issue(small_ca, small_ca_store, &order, &issued, &err),
                         KUNCI_CSR_INVALID);
    }
    free(request);
}

static void issues_for_a_server(void **state)
{
    static const char *const names[] = {"dns:ams.contoh.go.id", "ip:127.0.0.1", NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    unsigned char *spki = NULL;
    struct ca_issued issued;
    int len = i2d_PUBKEY(key, &spki);
    FILE *file;

    (void)state;
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_issue_server(small_ca, small_ca_store, spki, (size_t)len, names,
                                     small_ca_now(), &issued, &err),
                     KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    file = fopen("server.der", "wb");
    assert_int_equal(fwrite(issued.der, 1, issued.len, file), issued.len);
    fclose(file);
    place_shell("openssl x509 -inform DER -in server.der -out server.pem");
    place_shell("openssl verify -purpose sslserver -verify_hostname ams.contoh.go.id -CAfile "
                "root.pem -untrusted issuing.pem server.pem >said 2>&1");
    place_shell("openssl verify -purpose sslserver -verify_ip 127.0.0.1 -CAfile "
                "root.pem -untrusted issuing.pem server.pem >said 2>&1");
    free(issued.der);
    OPENSSL_free(spki);
    EVP_PKEY_free(key);
}

/* ---- looked up ---- */

static void knows_public_keys(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    unsigned char *spki = NULL;
    int len = i2d_PUBKEY(key, &spki);
    struct ca_order order = {.profile = "holder", .now = small_ca_now()};
    unsigned char *request = small_ca_request(BUDI, key, &order.csr_len);
    struct ca_issued issued;
    bool known = true;

    (void)state;
    order.csr = request;
    assert_int_equal(ca_key_known(small_ca_store, spki, (size_t)len, &known, &err), KUNCI_OK);
    assert_false(known);
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_issue(small_ca, small_ca_store, &order, &issued, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_key_known(small_ca_store, spki, (size_t)len, &known, &err), KUNCI_OK);
    assert_true(known);
    free(issued.der);
    free(request);
    OPENSSL_free(spki);
    EVP_PKEY_free(key);
}

static void expect_newest(int64_t account, const char *const *conditions, int64_t now,
                          const char *want)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char serial[CA_SERIAL];

    assert_int_equal(ca_newest(small_ca_store, account, conditions, now, 30, serial, &err),
                     KUNCI_OK);
    assert_string_equal(serial, want);
}

static void finds_an_accounts_certificates(void **state)
{
    static const char *const active[] = {"active", NULL}, *const suspended[] = {"suspended", NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_row *rows, one;
    struct ca_issued issued;
    size_t count, i;
    int64_t now = small_ca_now();

    (void)state;
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(store_do(small_ca_store,
                              "INSERT INTO accounts (id, name, data, made_at) "
                              "VALUES (7, 'budi', '{}', 1)",
                              NO_VALUES, &err),
                     KUNCI_OK);
    for (i = 0; i < 3; i++) {
        struct ca_order order = {.profile = "holder", .account = 7, .now = now + (int64_t)i};
        unsigned char *request = small_ca_request(BUDI, NULL, &order.csr_len);

        order.csr = request;
        assert_int_equal(ca_issue(small_ca, small_ca_store, &order, &issued, &err), KUNCI_OK);
        free(issued.der);
        free(request);
    }
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_of_account(small_ca_store, 7, &rows, &count, &err), KUNCI_OK);
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].serial, issued.serial);
    assert_int_equal(rows[2].issued_at, now);
    assert_int_equal(rows[1].account, 7);
    expect_newest(7, active, now, issued.serial);
    expect_newest(7, suspended, now, issued.serial);
    assert_int_equal(ca_suspend(small_ca_store, rows[0].serial, now, &err), KUNCI_OK);
    expect_newest(7, active, now, rows[1].serial);
    expect_newest(7, suspended, now, rows[0].serial);
    expect_newest(8, active, now, "");
    ca_rows_free(&rows, count);
    assert_int_equal(ca_of_account(small_ca_store, 8, &rows, &count, &err), KUNCI_OK);
    assert_int_equal(count, 0);
    ca_rows_free(&rows, count);
    assert_int_equal(ca_find(small_ca_store, "4a", &one, &err), KUNCI_CERT_UNKNOWN);
}

static void says_a_condition_as_procedures_do(void **state)
{
    const int64_t day = 24 * 60 * 60;
    static const struct {
        enum ca_status status;
        int reason;
        int64_t days_left;
        const char *want;
    } rows[] = {{CA_ACTIVE, 0, 100, "active"},    {CA_ACTIVE, 0, 30, "expiring"},
                {CA_ACTIVE, 0, -1, "expired"},    {CA_SUSPENDED, 6, 100, "suspended"},
                {CA_SUSPENDED, 6, -1, "expired"}, {CA_REVOKED, 4, 100, "superseded"},
                {CA_REVOKED, 1, 100, "revoked"},  {CA_REVOKED, 1, -1, "revoked"}};
    size_t i;

    (void)state;
    assert_string_equal(ca_condition(NULL, 0, 30), "none");
    for (i = 0; i < COUNT(rows); i++) {
        const struct ca_row row = {.status = rows[i].status,
                                   .reason = rows[i].reason,
                                   .not_after = 1000 * day + rows[i].days_left * day};

        assert_string_equal(ca_condition(&row, 1000 * day, 30), rows[i].want);
    }
}

/* ---- revoked ---- */

static void revokes_for_every_reason_there_is(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char serial[CA_SERIAL];
    struct ca_row row;
    int reason, revoked = 0;

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), NULL, serial);
    for (reason = -1; reason < 12; reason++) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
        if (ca_revoke(small_ca_store, serial, reason, 1800000000, 0, &err) == KUNCI_OK) {
            assert_int_equal(ca_find(small_ca_store, serial, &row, &err), KUNCI_OK);
            assert_int_equal(row.status, CA_REVOKED);
            assert_int_equal(row.reason, reason);
            assert_int_equal(row.revoked_at, 1800000000);
            ca_row_clear(&row);
            assert_int_equal(ca_reason_by_name(ca_reason_name(reason)), reason);
            revoked++;
        } else {
            assert_int_equal(err.rc, KUNCI_CERT_STATE);
            assert_true(reason < 0 || reason > 5);
        }
        store_rollback(small_ca_store);
    }
    assert_int_equal(revoked, 8);
    assert_int_equal(ca_reason_by_name("certificateHold"), -1);
    assert_int_equal(ca_reason_by_name("removeFromCRL"), -1);
    assert_int_equal(ca_reason_by_name(""), -1);
}

/* What may follow upon what. */
static void goes_from_state_to_state(void **state)
{
    enum act { REVOKE, SUSPEND, RESUME };
    static const struct {
        enum act acts[4];
        size_t count;
        bool last_goes;
        enum ca_status is;
    } rows[] = {{{REVOKE}, 1, true, CA_REVOKED},
                {{SUSPEND}, 1, true, CA_SUSPENDED},
                {{RESUME}, 1, false, CA_ACTIVE},
                {{SUSPEND, RESUME}, 2, true, CA_ACTIVE},
                {{SUSPEND, RESUME, SUSPEND}, 3, true, CA_SUSPENDED},
                {{SUSPEND, SUSPEND}, 2, false, CA_SUSPENDED},
                {{SUSPEND, REVOKE}, 2, true, CA_REVOKED},
                {{SUSPEND, REVOKE, RESUME}, 3, false, CA_REVOKED},
                {{REVOKE, REVOKE}, 2, false, CA_REVOKED},
                {{REVOKE, SUSPEND}, 2, false, CA_REVOKED},
                {{REVOKE, RESUME}, 2, false, CA_REVOKED}};
    char serial[CA_SERIAL];
    size_t i, k;

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), NULL, serial);
    for (i = 0; i < COUNT(rows); i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        enum kunci_rc rc = KUNCI_OK;
        struct ca_row row;

        assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
        for (k = 0; k < rows[i].count; k++) {
            assert_int_equal(rc, KUNCI_OK);
            if (rows[i].acts[k] == REVOKE)
                rc = ca_revoke(small_ca_store, serial, CA_SUPERSEDED, 2000 + (int64_t)k, 0, &err);
            else if (rows[i].acts[k] == SUSPEND)
                rc = ca_suspend(small_ca_store, serial, 2000 + (int64_t)k, &err);
            else
                rc = ca_resume(small_ca_store, serial, &err);
        }
        assert_int_equal(rc, rows[i].last_goes ? KUNCI_OK : KUNCI_CERT_STATE);
        err = (struct kunci_err)KUNCI_ERR_INIT;
        assert_int_equal(ca_find(small_ca_store, serial, &row, &err), KUNCI_OK);
        assert_int_equal(row.status, rows[i].is);
        assert_int_equal(row.revoked_at, rows[i].is == CA_ACTIVE                  ? 0
                                         : rows[i].count == 3 && k == 3 && i == 4 ? 2002
                                                                                  : 2000);
        ca_row_clear(&row);
        store_rollback(small_ca_store);
    }
}

static void knows_nothing_of_others(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(ca_revoke(small_ca_store, "4a4b", 1, 1, 0, &err), KUNCI_CERT_UNKNOWN);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(ca_suspend(small_ca_store, "4a4b", 1, &err), KUNCI_CERT_UNKNOWN);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(ca_resume(small_ca_store, "4a4b", &err), KUNCI_CERT_UNKNOWN);
    assert_int_equal(number_of("there is no such"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_root_an_issuer_and_a_key_for_the_trail),
        cmocka_unit_test(is_made_once),
        cmocka_unit_test(opens_without_its_token),
        cmocka_unit_test(is_missing_in_an_empty_store),
        cmocka_unit_test(shares_a_token_with_another),
        cmocka_unit_test(goes_on_with_the_keys_it_made),
        cmocka_unit_test(refuses_a_key_that_is_not_its_own),
        cmocka_unit_test(refuses_a_name_no_certificate_can_have),
        cmocka_unit_test(issues_what_was_asked_for),
        cmocka_unit_test(openssl_takes_it),
        cmocka_unit_test(keeps_the_order_of_the_subject),
        cmocka_unit_test(issues_nothing_that_breaks_a_rule),
        cmocka_unit_test(refuses_requests_that_are_cut),
        cmocka_unit_test(issues_for_a_server),
        cmocka_unit_test(knows_public_keys),
        cmocka_unit_test(finds_an_accounts_certificates),
        cmocka_unit_test(says_a_condition_as_procedures_do),
        cmocka_unit_test(revokes_for_every_reason_there_is),
        cmocka_unit_test(goes_from_state_to_state),
        cmocka_unit_test(knows_nothing_of_others),
    };

    return cmocka_run_group_tests_name("ams/ca", tests, small_ca_up, small_ca_down);
}
