/* The store fails at each of its statements in turn, as a disk does: what was begun is
 * undone whole, and the same call made again does all of it. */
#include "lib/office.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);

static long steps_left = -1; /* until one fails; -1: none does */

int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
    if (steps_left > 0 && --steps_left == 0) {
        steps_left = -1;
        sqlite3_reset(statement);
        return SQLITE_IOERR;
    }
    return __real_sqlite3_step(statement);
}

/* All that a request is, and what others are told of it, in one line. */
static void look(char *to, size_t size)
{
    static const char sql[] =
        "SELECT (SELECT group_concat(id || state || ifnull(step, '') || ifnull(role, '') ||"
        " ifnull(issued, '') || body) FROM requests) ||"
        " '/' || (SELECT count(*) FROM documents) || '/' || (SELECT count(*) FROM decisions) ||"
        " '/' || (SELECT count(*) FROM flow_events) || '/' || (SELECT count(*) FROM notices) ||"
        " '/' || (SELECT count(*) FROM audit) || '/' ||"
        " (SELECT group_concat(serial || status) FROM certificates)";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;

    assert_int_equal(store_query(small_ca_store, sql, NO_VALUES, &rows, &err), KUNCI_OK);
    assert_true(rows_next(&rows, &err));
    assert_true((size_t)snprintf(to, size, "%s", rows_text(&rows, 0) ? rows_text(&rows, 0) : "") <
                size);
    rows_end(&rows);
}

static enum kunci_rc call(json_t *body, int64_t id, enum who who, long fails_at)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    json_t *out = NULL;
    bool created;
    enum kunci_rc rc;

    steps_left = fails_at;
    rc = store_begin(small_ca_store, &err);
    if (rc == KUNCI_OK)
        rc = id ? requests_event(&office, &officials[who].actor, id, body, &out, &err)
                : requests_begin(&office, &officials[who].actor, body, &created, &out, &err);
    if (rc == KUNCI_OK)
        rc = store_commit(small_ca_store, &err);
    steps_left = -1;
    if (rc != KUNCI_OK)
        store_rollback(small_ca_store);
    json_decref(out);
    return rc;
}

/* Answers after how many statements it was done. */
static long fail_everywhere(json_t *body, int64_t id, enum who who)
{
    enum { ROOM = 1 << 20 };
    char *before = malloc(ROOM), *after = malloc(ROOM);
    long at;

    look(before, ROOM);
    for (at = 1; call(body, id, who, at) != KUNCI_OK; at++) {
        look(after, ROOM);
        assert_string_equal(before, after);
        assert_true(at < 2000);
    }
    look(after, ROOM);
    assert_string_not_equal(before, after);
    json_decref(body);
    free(before);
    free(after);
    return at;
}

static json_t *decision(enum who who, int64_t id)
{
    json_t *text = office_decision(who, id, "done", NULL);
    char step[64];

    snprintf(step, sizeof step, "%s", office_text("step"));
    return json_pack("{ss ss so}", "verb", "do", "step", step, "decision",
                     office_signed(who, text));
}

static json_t *proof_new(const struct office_renewal *one)
{
    size_t len;
    unsigned char *der =
        office_bytes(json_object_get(office_show(BUDI, one->id), "issued_der"), &len);
    json_t *body = json_pack("{ss so}", "verb", "advance", "proof_new",
                             office_proof(one->key, "prove-new", one->request_key, der, len));

    free(der);
    return body;
}

static void undone_whole(void **state)
{
    struct office_renewal one;
    json_t *csr, *begin;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}"); /* for its keys and evidence */
    office_expect(office_event(BUDI, one.id, json_pack("{ss}", "verb", "withdraw")));
    snprintf(one.request_key, sizeof one.request_key, "%s", office_key());
    csr = office_base64(one.csr, one.csr_len);
    begin = json_pack(
        "{ss ss s{s{ss} so so}}", "key", one.request_key, "kind", "renewal", "advance", "outcomes",
        "periksa", "right", "csr", csr, "proof_old",
        office_proof(officials[BUDI].key, "prove-old", one.request_key, one.csr, one.csr_len));
    assert_true(fail_everywhere(json_incref(begin), 0, BUDI) > 30);
    office_expect(office_begin(BUDI, begin));
    one.id = office_id();
    assert_string_equal(office_text("step"), "verifikasi");
    assert_true(fail_everywhere(decision(SITI, one.id), one.id, SITI) > 20);
    assert_true(fail_everywhere(decision(SITI, one.id), one.id, SITI) > 20);
    assert_true(fail_everywhere(proof_new(&one), one.id, BUDI) > 20);
    office_show(BUDI, one.id);
    assert_string_equal(office_text("state"), "closed");
    office_renewal_drop(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(undone_whole, office_clean)};

    return cmocka_run_group_tests(tests, office_up, office_down);
}
