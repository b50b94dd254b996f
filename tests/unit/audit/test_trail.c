/* The trail holds as it was written, and whatever is done to it afterwards is found at the
 * row to which it was done. */
#include "audit/line.h"
#include "base/text.h"
#include "lib/ledgers.h"
#include "lib/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ACTS = 288, SEAL_EACH = 24, TAMPERINGS = 400 };

static struct ledger ledger;
static struct ledger_rows whole;

static enum kunci_rc verify(struct audit_report *report, struct kunci_err *err)
{
    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return audit_verify(ledger.store, &ledger.sealers, report, err);
}

/* ---- as it was written ---- */

static void test_whole(void **state)
{
    struct audit_report report;
    struct kunci_err err;

    (void)state;
    ledger_rows_write(ledger.store, &whole);
    assert_int_equal(verify(&report, &err), KUNCI_OK);
    assert_int_equal(report.rows, ACTS + ACTS / SEAL_EACH);
    assert_int_equal(report.seals, ACTS / SEAL_EACH);
    assert_int_equal(report.sealed, report.rows - 1);
    assert_int_equal(report.head.seq, report.rows);
}

static void test_lines(void **state)
{
    static const char first[] = "{\"seq\":1,\"at\":\"2026-11-20T22:01:01Z\",\"node\":\"ams\","
                                "\"event\":\"request.do\",\"by\":\"budi\",\"request\":1,"
                                "\"subject\":\"7a2f\",\"details\":{\"step\":\"verifikasi\","
                                "\"reason\":\"data sesuai é\"},\"prev\":\"";

    (void)state;
    assert_memory_equal(whole.row[0].line, first, sizeof first - 1);
    assert_memory_equal(whole.row[0].line + sizeof first - 1,
                        "0000000000000000000000000000000000000000000000000000000000000000\"}", 66);
    assert_non_null(strstr(whole.row[SEAL_EACH].line, "\"event\":\"seal\""));
}

/* A seal behind a seal says nothing new; nor one of nothing. */
static void test_seal_of_nothing(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct audit_report report;
    struct ledger empty;

    (void)state;
    ledger_up(&empty, "empty");
    assert_int_equal(audit_seal(empty.store, empty.desk->signer, NULL, 1, &err), KUNCI_OK);
    assert_int_equal(audit_verify(empty.store, &empty.sealers, &report, &err), KUNCI_OK);
    assert_int_equal(report.rows, 0);
    ledger_fill(&empty, 3, 3);
    assert_int_equal(audit_seal(empty.store, empty.desk->signer, NULL, 1, &err), KUNCI_OK);
    assert_int_equal(audit_verify(empty.store, &empty.sealers, &report, &err), KUNCI_OK);
    assert_int_equal(report.rows, 4);
    ledger_down(&empty);
}

static void test_undone(void **state)
{
    const struct audit_act act = {.event = "x.y", .at = 1};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct audit_report report;

    (void)state;
    ledger_rows_write(ledger.store, &whole);
    assert_int_equal(store_begin(ledger.store, &err), KUNCI_OK);
    assert_int_equal(audit_add(ledger.store, &act, &err), KUNCI_OK);
    store_rollback(ledger.store);
    assert_int_equal(verify(&report, &err), KUNCI_OK);
    assert_int_equal(report.rows, whole.count);
}

static void test_refused(void **state)
{
    static char long_text[AUDIT_LINE_MAX];
    const struct audit_act long_act = {.event = "x.y", .subject = long_text, .at = 1};
    const struct audit_act act = {.event = "x.y", .at = 1};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ledger_rows rows;

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    ledger_rows_write(ledger.store, &whole);
    assert_int_equal(audit_add(ledger.store, &long_act, &err), KUNCI_FILE_TOO_LARGE);

    /* Where a row stands already, none is written over it. */
    ledger_rows_copy(&whole, &rows);
    rows.head.seq--;
    ledger_rows_write(ledger.store, &rows);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(audit_add(ledger.store, &act, &err), KUNCI_AUDIT_BROKEN);
    ledger_rows_clear(&rows);
}

/* ---- tampered with ---- */

static void set_line(struct ledger_row *row, char *line)
{
    free(row->line);
    row->line = line;
}

static void hash_row(struct ledger_row *row)
{
    audit_hash(row->line, strlen(row->line), row->hash);
}

/* Another value of a member of the line. */
static void rewrite(struct ledger_row *row, const char *name, json_t *value)
{
    json_t *line = json_loads(row->line, 0, NULL);

    assert_int_equal(json_object_set_new(line, name, value), 0);
    set_line(row, json_dumps(line, JSON_COMPACT));
    json_decref(line);
}

/* Everything from a row on as it would be, had it always been so. */
static void chain_from(struct ledger_rows *rows, size_t at)
{
    char prev[AUDIT_HEX];
    size_t i;

    for (i = at; i < rows->count; i++) {
        if (i > 0) {
            text_hex(prev, rows->row[i - 1].hash, AUDIT_HASH);
            rewrite(&rows->row[i], "prev", json_string(prev));
        }
        rows->row[i].seq = (int64_t)i + 1;
        rewrite(&rows->row[i], "seq", json_integer(rows->row[i].seq));
        hash_row(&rows->row[i]);
    }
    rows->head.seq = (int64_t)rows->count;
    text_hex(rows->head.hash, rows->row[rows->count - 1].hash, AUDIT_HASH);
}

static void remove_row(struct ledger_rows *rows, size_t at)
{
    free(rows->row[at].line);
    memmove(&rows->row[at], &rows->row[at + 1], (--rows->count - at) * sizeof *rows->row);
}

static void insert_row(struct ledger_rows *rows, size_t at)
{
    memmove(&rows->row[at + 1], &rows->row[at], (rows->count++ - at) * sizeof *rows->row);
    rows->row[at].line = strdup(rows->row[at + 1].line);
}

static void renumber(struct ledger_rows *rows)
{
    size_t i;

    for (i = 0; i < rows->count; i++)
        rows->row[i].seq = (int64_t)i + 1;
}

static void flip(struct ledger_row *row)
{
    size_t at = (size_t)rand() % strlen(row->line);
    char bit = (char)(1 << rand() % 7);

    row->line[at] = (char)(row->line[at] ^ bit ? row->line[at] ^ bit : 'x');
}

/* Each is done at a place counted from 0. */
static void byte_changed(struct ledger_rows *rows, size_t at)
{
    flip(&rows->row[at]);
}

static void hash_changed(struct ledger_rows *rows, size_t at)
{
    rows->row[at].hash[rand() % AUDIT_HASH] ^= (unsigned char)(1 + rand() % 255);
}

static void byte_and_hash_changed(struct ledger_rows *rows, size_t at)
{
    flip(&rows->row[at]);
    hash_row(&rows->row[at]);
}

static void name_changed(struct ledger_rows *rows, size_t at)
{
    rewrite(&rows->row[at], "by", json_string("tamu"));
    hash_row(&rows->row[at]);
}

static void removed(struct ledger_rows *rows, size_t at)
{
    remove_row(rows, at);
}

static void removed_and_closed(struct ledger_rows *rows, size_t at)
{
    remove_row(rows, at);
    renumber(rows);
    rows->head.seq--;
}

static void swapped(struct ledger_rows *rows, size_t at)
{
    size_t other = at + 1 + (size_t)rand() % (rows->count - at - 1);
    struct ledger_row row = rows->row[at];

    rows->row[at] = rows->row[other];
    rows->row[other] = row;
    renumber(rows);
}

static void added(struct ledger_rows *rows, size_t at)
{
    char prev[AUDIT_HEX];

    insert_row(rows, at);
    if (at > 0) {
        text_hex(prev, rows->row[at - 1].hash, AUDIT_HASH);
        rewrite(&rows->row[at], "prev", json_string(prev));
    }
    rewrite(&rows->row[at], "by", json_string("tamu"));
    hash_row(&rows->row[at]);
    renumber(rows);
    rows->head.seq++;
}

static void added_twice(struct ledger_rows *rows, size_t at)
{
    insert_row(rows, at); /* the row that stands there, and then itself */
    hash_row(&rows->row[at]);
    renumber(rows);
    rows->head.seq++;
}

static void replaced(struct ledger_rows *rows, size_t at)
{
    size_t other = at ? (size_t)rand() % at : at + 5;

    set_line(&rows->row[at], strdup(rows->row[other].line));
    hash_row(&rows->row[at]);
}

static void cut(struct ledger_rows *rows, size_t at)
{
    while (rows->count > at)
        remove_row(rows, rows->count - 1);
}

/* By somebody who knows how the trail is made, but has not its key. */
static void written_anew(struct ledger_rows *rows, size_t at)
{
    rewrite(&rows->row[at], "by", json_string("tamu"));
    chain_from(rows, at);
}

static void removed_and_written_anew(struct ledger_rows *rows, size_t at)
{
    remove_row(rows, at);
    chain_from(rows, at);
}

static void added_and_written_anew(struct ledger_rows *rows, size_t at)
{
    insert_row(rows, at);
    rewrite(&rows->row[at], "by", json_string("tamu"));
    chain_from(rows, at);
}

static const struct tampering {
    const char *name;
    void (*with)(struct ledger_rows *rows, size_t at);
    int found;    /* this many rows behind where it was done; -1: by the next seal */
    bool in_file; /* an export has no hashes beside its lines */
} tamperings[] = {
    {"a byte changed", byte_changed, 0, true},
    {"a hash changed", hash_changed, 0, false},
    {"a byte and the hash changed", byte_and_hash_changed, 0, true},
    {"a name and the hash changed", name_changed, 0, true},
    {"a row removed", removed, 0, true},
    {"a row removed, the others moved up", removed_and_closed, 0, true},
    {"two rows swapped", swapped, 0, true},
    {"a row added", added, 0, true},
    {"a row twice", added_twice, 1, true},
    {"another row in its place", replaced, 0, true},
    {"the end cut off", cut, 0, true},
    {"a row changed, the rest written anew", written_anew, -1, false},
    {"a row removed, the rest written anew", removed_and_written_anew, -1, false},
    {"a row added, the rest written anew", added_and_written_anew, -1, false},
};

/* The rows between the seals around it: "26-50". */
static bool is_between_seals(const char *about, int64_t row)
{
    long long from, to;

    return sscanf(about, "%lld-%lld", &from, &to) == 2 && from <= row && row <= to &&
           to - from <= 2 * (SEAL_EACH + 1); /* a seal may be what was removed */
}

static bool is_right(const struct tampering *tampering, size_t at, const struct kunci_err *err)
{
    int64_t row = (int64_t)at + 1;

    if (tampering->found < 0)
        return is_between_seals(err->about, row) || atoll(err->about) == row;
    return strspn(err->about, "0123456789") == strlen(err->about) &&
           atoll(err->about) == row + tampering->found;
}

/* Through a file, as an export has it: the end is signed of what was there before. */
static enum kunci_rc check_file(const struct ledger_rows *rows, struct kunci_err *err)
{
    struct audit_check *check = NULL;
    struct audit_report report;
    const char *at;
    char *text = audit_end_text(whole.head.seq, whole.head.hash, "2026-11-21T02:37:36Z"), *cms;
    char end[8192];
    enum kunci_rc rc;
    size_t i;

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(audit_sign(ledger.desk->signer, text, &cms, err), KUNCI_OK);
    snprintf(end, sizeof end,
             "{\"end\":%lld,\"hash\":\"%s\",\"at\":\"2026-11-21T02:37:36Z\",\"cms\":\"%s\"}\n",
             (long long)whole.head.seq, whole.head.hash, cms);
    rc = audit_check_new(&ledger.sealers, &check, err);
    for (i = 0; rc == KUNCI_OK && i < rows->count; i++)
        if ((rc = audit_check_add(check, rows->row[i].line, strlen(rows->row[i].line), err)) ==
            KUNCI_OK)
            rc = audit_check_add(check, "\n", 1, err);
    if (rc == KUNCI_OK)
        rc = audit_check_add(check, end, strlen(end), err);
    if (rc == KUNCI_OK)
        rc = audit_check_end(check, &report, &at, err);
    audit_check_free(&check);
    free(cms);
    free(text);
    return rc;
}

static void tamper(const struct tampering *tampering, size_t at)
{
    struct audit_report report;
    struct ledger_rows rows;
    struct kunci_err err;

    ledger_rows_copy(&whole, &rows);
    tampering->with(&rows, at);
    ledger_rows_write(ledger.store, &rows);
    if (verify(&report, &err) != KUNCI_AUDIT_BROKEN || !is_right(tampering, at, &err))
        fail_msg("%s at %zu: store: %s %s: %s", tampering->name, at + 1, kunci_err_name(err.rc),
                 err.about, err.detail);
    if (tampering->in_file &&
        (check_file(&rows, &err) != KUNCI_AUDIT_BROKEN || !is_right(tampering, at, &err)))
        fail_msg("%s at %zu: file: %s %s: %s", tampering->name, at + 1, kunci_err_name(err.rc),
                 err.about, err.detail);
    ledger_rows_clear(&rows);
}

/* At random, and at the ends. Of what stands behind the last seal nobody has signed
 * anything: the last row is one. */
static void test_tampered(void **state)
{
    const char *seed = getenv("SEED");
    size_t kinds = sizeof tamperings / sizeof *tamperings, i;

    (void)state;
    srand(seed ? (unsigned)atoi(seed) : 1);
    for (i = 0; i < TAMPERINGS; i++)
        tamper(&tamperings[i % kinds], (size_t)rand() % (whole.count - 1));
    for (i = 0; i < kinds; i++) {
        tamper(&tamperings[i], 0);
        tamper(&tamperings[i], 1);
        tamper(&tamperings[i], whole.count - 2);
    }
    assert_int_equal(check_file(&whole, &(struct kunci_err)KUNCI_ERR_INIT), KUNCI_OK);
}

/* What is signed by another key, however good it is, is no seal. */
static void test_sealed_by_another(void **state)
{
    struct audit_report report;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ledger other;

    (void)state;
    ledger_up(&other, "other");
    ledger_fill(&other, 30, 10);
    assert_int_equal(audit_verify(other.store, &other.sealers, &report, &err), KUNCI_OK);
    assert_int_equal(audit_verify(other.store, &ledger.sealers, &report, &err), KUNCI_AUDIT_BROKEN);
    assert_string_equal(err.about, "1-11");
    ledger_down(&other);
}

static void test_numbers_below(void **state)
{
    struct audit_report report;
    struct ledger_rows rows;
    struct kunci_err err;

    (void)state;
    ledger_rows_copy(&whole, &rows);
    insert_row(&rows, 0);
    rows.row[0].seq = 0;
    hash_row(&rows.row[0]);
    ledger_rows_write(ledger.store, &rows);
    assert_int_equal(verify(&report, &err), KUNCI_AUDIT_BROKEN);
    assert_string_equal(err.about, "0");
    ledger_rows_clear(&rows);
}

static int up(void **state)
{
    (void)state;
    ledger_up(&ledger, "ledger");
    ledger_fill(&ledger, ACTS, SEAL_EACH);
    ledger_rows_read(ledger.store, &whole);
    return 0;
}

static int down(void **state)
{
    ledger_rows_clear(&whole);
    ledger_down(&ledger);
    return place_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_seal_of_nothing),
        cmocka_unit_test(test_undone),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_tampered),
        cmocka_unit_test(test_sealed_by_another),
        cmocka_unit_test(test_numbers_below),
    };

    place_up();
    return cmocka_run_group_tests(tests, up, down);
}
