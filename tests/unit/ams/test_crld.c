/* Revocation lists, as the stock openssl reads them. */
#include "ams/crld.h"
#include "ams/meta.h"
#include "lib/place.h"
#include "lib/small_ca.h"
#include "trust/crl.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define BUDI         "C=ID, O=Dinas Contoh, CN=Budi Santoso"
#define DAY          ((int64_t)24 * 60 * 60)

static void make(enum crld_list list, int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    if (crld_make(small_ca, small_ca_store, list, now, ".", NULL, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s", kunci_err_name(err.rc), err.about, err.detail);
    place_shell("openssl crl -inform DER -in %s -out list.pem", crld_file(list));
    place_shell("openssl crl -in list.pem -noout -text >text 2>&1");
}

/* What openssl says of a certificate with the lists of both authorities. */
static void is_judged(const char *pem, const char *words)
{
    place_shell("openssl verify -crl_check -CAfile root.pem -untrusted issuing.pem -CRLfile "
                "list.pem %s >said 2>&1; grep -q '%s' said",
                pem, words);
}

static void has_entry(const char *serial, bool wanted)
{
    place_shell("%s grep -qi 'Serial Number: %s' text", wanted ? "" : "!", serial);
}

/* ---- */

static void lists_nobody_at_first(void **state)
{
    char serial[CA_SERIAL];

    (void)state;
    small_ca_issue(BUDI, small_ca_now(), "budi.pem", serial);
    make(CRLD_ISSUING, small_ca_now());
    place_shell("grep -q 'No Revoked Certificates' text");
    place_shell("openssl crl -in list.pem -noout -CAfile issuing.pem 2>&1 | grep -q OK");
    is_judged("budi.pem", "budi.pem: OK");
}

static void is_the_roots_too(void **state)
{
    (void)state;
    make(CRLD_ROOT, small_ca_now());
    place_shell("openssl crl -in list.pem -noout -CAfile root.pem 2>&1 | grep -q OK");
    place_shell("grep -q 'ecdsa-with-SHA384' text");
    place_shell("openssl verify -crl_check -CAfile root.pem -CRLfile list.pem issuing.pem "
                ">said 2>&1");
}

static void has_a_number_and_a_week(void **state)
{
    const int64_t now = small_ca_now();

    (void)state;
    make(CRLD_ISSUING, now);
    place_shell("openssl crl -in list.pem -noout -crlnumber >number");
    make(CRLD_ISSUING, now);
    place_shell("openssl crl -in list.pem -noout -crlnumber >number2; "
                "[ $(($(cut -d= -f2 number2))) = $((1 + $(cut -d= -f2 number))) ]");
    place_shell("a=$(date -d \"$(openssl crl -in list.pem -noout -lastupdate | cut -d= -f2)\" "
                "+%%s); b=$(date -d \"$(openssl crl -in list.pem -noout -nextupdate | "
                "cut -d= -f2)\" +%%s); [ $((b - a)) = 604800 ] && [ $a = %lld ]",
                (long long)now);
    place_shell("openssl x509 -in issuing.pem -noout -ext subjectKeyIdentifier | tail -1 | "
                "tr -d ' ' >ski; grep -A1 'Authority Key' text | tr -d ' ' | grep -qf ski");
}

static void names_every_reason(void **state)
{
    static const struct {
        int reason;
        const char *words;
    } rows[] = {{CA_KEY_COMPROMISE, "Key Compromise"},
                {CA_CA_COMPROMISE, "CA Compromise"},
                {CA_AFFILIATION_CHANGED, "Affiliation Changed"},
                {CA_SUPERSEDED, "Superseded"},
                {CA_CESSATION, "Cessation Of Operation"},
                {CA_PRIVILEGE_WITHDRAWN, "Privilege Withdrawn"},
                {CA_AA_COMPROMISE, "AA Compromise"}};
    const int64_t now = small_ca_now();
    char serial[COUNT(rows) + 1][CA_SERIAL];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        small_ca_issue(BUDI, now, "budi.pem", serial[i]);
        small_ca_revoke(serial[i], rows[i].reason, now, i == 0 ? 1790000000 : 0);
    }
    small_ca_issue(BUDI, now, "budi.pem", serial[i]);
    small_ca_revoke(serial[i], CA_UNSPECIFIED, now, 0);
    make(CRLD_ISSUING, now);
    for (i = 0; i < COUNT(rows); i++)
        place_shell("grep -iA5 'Serial Number: %s' text | grep -q '%s'", serial[i], rows[i].words);
    place_shell("grep -iA8 'Serial Number: %s' text | grep -A1 'Invalidity Date' | "
                "grep -q 'Sep 21 14:13:20 2026 GMT'",
                serial[0]);
    /* One without a reason says so by saying nothing. */
    place_shell("! grep -iA3 'Serial Number: %s' text | sed -n '2,3p' | grep -q Reason",
                serial[COUNT(rows)]);
    is_judged("budi.pem", "certificate revoked");
}

static void lists_what_is_suspended_while_it_is(void **state)
{
    const int64_t now = small_ca_now();
    char serial[CA_SERIAL];

    (void)state;
    small_ca_issue(BUDI, now, "held.pem", serial);
    small_ca_suspend(serial, now);
    make(CRLD_ISSUING, now);
    place_shell("grep -iA4 'Serial Number: %s' text | grep -q 'Certificate Hold'", serial);
    is_judged("held.pem", "certificate revoked");
    small_ca_resume(serial);
    make(CRLD_ISSUING, now);
    has_entry(serial, false);
    is_judged("held.pem", "held.pem: OK");
}

/* A certificate that is expired is told of once more, and then no longer. */
static void forgets_what_is_expired(void **state)
{
    const int64_t now = small_ca_now(), later = now + 800 * DAY;
    char before[CA_SERIAL], after[CA_SERIAL];

    (void)state;
    small_ca_issue(BUDI, now, NULL, before);
    small_ca_issue(BUDI, now, NULL, after);
    small_ca_revoke(before, CA_SUPERSEDED, now + DAY, 0);
    make(CRLD_ISSUING, now + 2 * DAY);
    has_entry(before, true);
    make(CRLD_ISSUING, later);
    has_entry(before, true);
    make(CRLD_ISSUING, later + DAY);
    has_entry(before, false);
    /* Revoked when it was expired, it is told of, too. */
    small_ca_revoke(after, CA_KEY_COMPROMISE, later + 2 * DAY - 1, 0);
    make(CRLD_ISSUING, later + 2 * DAY);
    has_entry(after, true);
    make(CRLD_ISSUING, later + 3 * DAY);
    has_entry(after, false);
}

/* One that was numbered and never published does not count as told. */
static void counts_only_what_was_published(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct crld_turn turn;
    int64_t at, then;

    (void)state;
    assert_int_equal(crld_published(small_ca_store, CRLD_ISSUING, &at, &err), KUNCI_OK);
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(crld_begin(small_ca_store, CRLD_ISSUING, at + DAY, &turn, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(turn.before, at);
    assert_int_equal(crld_published(small_ca_store, CRLD_ISSUING, &then, &err), KUNCI_OK);
    assert_int_equal(then, at);
}

static void writes_years_beyond_2049(void **state)
{
    static const struct {
        int64_t at;
        const char *raw, *words;
    } rows[] = {{2524607999, "UTCTIME", "Dec 31 23:59:59 2049 GMT"},
                {2524608000, "GENERALIZEDTIME", "Jan  1 00:00:00 2050 GMT"}};
    const int64_t now = small_ca_now();
    char serial[CA_SERIAL];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        small_ca_issue(BUDI, now, NULL, serial);
        small_ca_revoke(serial, CA_SUPERSEDED, rows[i].at, 0);
        make(CRLD_ISSUING, rows[i].at);
        place_shell("grep -q 'Last Update: %s' text", rows[i].words);
        place_shell("grep -iA1 'Serial Number: %s' text | grep -q '%s'", serial, rows[i].words);
        place_shell("openssl asn1parse -in list.pem | grep -q '%s *:.*'", rows[i].raw);
        place_shell("openssl crl -in list.pem -noout -CAfile issuing.pem 2>&1 | grep -q OK");
    }
}

/* Who has the old list open goes on reading it; nothing else is left in the folder. */
static void takes_the_old_ones_place_at_once(void **state)
{
    char old[4096], still[4096];
    ssize_t len;
    int fd = open("issuing.crl", O_RDONLY);

    (void)state;
    len = read(fd, old, sizeof old);
    make(CRLD_ISSUING, small_ca_now());
    assert_int_equal(pread(fd, still, sizeof still, 0), len);
    assert_memory_equal(old, still, (size_t)len);
    close(fd);
    place_shell("[ -z \"$(ls -A | grep '^[.]')\" ]");
    place_shell("[ $(stat -c %%a issuing.crl) = 644 ]");
}

static void refuses_a_folder_that_cannot_be_written(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(crld_make(small_ca, small_ca_store, CRLD_ISSUING, small_ca_now(),
                               "there/is/none", NULL, &err),
                     KUNCI_FILE_WRITE);
    assert_string_equal(err.about, "there/is/none");
}

/* Kunci's own reader finds in a long list what is there, and its signature is right. */
static void is_read_by_kunci(void **state)
{
    enum { MANY = 3000 };
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    struct crl *crl;
    bool no_memory;
    size_t len;
    int i;

    (void)state;
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    for (i = 0; i < MANY; i++) {
        char serial[CA_SERIAL];

        snprintf(serial, sizeof serial, "%02x000000000000000000000000000000%08x",
                 i % 2 ? 0x7f : 0x8f, i);
        assert_int_equal(
            store_do(small_ca_store,
                     "INSERT INTO certificates (serial, profile, subject, key_hash, der, "
                     "not_before, not_after, status, revoked_at, reason, issued_at) VALUES "
                     "($1, 'holder', '', x'00', x'00', 0, 9000000000, 'revoked', $2, 1, 0)",
                     VALUES(OF_TEXT(serial), OF_INT(1790000000)), &err),
            KUNCI_OK);
    }
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    make(CRLD_ISSUING, small_ca_now());
    place_shell("openssl crl -in list.pem -noout -CAfile issuing.pem 2>&1 | grep -q OK");
    place_shell("[ $(grep -c 'Serial Number' text) -ge %d ]", MANY);
    has_entry("8F00000000000000000000000000000000000BB6", true);

    der = place_file("issuing.crl", &len);
    assert_non_null(crl = crl_read(der, len, &no_memory));
    assert_false(crl->unknown);
    crl_free(&crl);
    free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_nobody_at_first),
        cmocka_unit_test(is_the_roots_too),
        cmocka_unit_test(has_a_number_and_a_week),
        cmocka_unit_test(names_every_reason),
        cmocka_unit_test(lists_what_is_suspended_while_it_is),
        cmocka_unit_test(is_read_by_kunci),
        cmocka_unit_test(takes_the_old_ones_place_at_once),
        cmocka_unit_test(refuses_a_folder_that_cannot_be_written),
        cmocka_unit_test(forgets_what_is_expired),
        cmocka_unit_test(counts_only_what_was_published),
        cmocka_unit_test(writes_years_beyond_2049),
    };

    return cmocka_run_group_tests_name("ams/crld", tests, small_ca_up, small_ca_down);
}
