/* Requests found again: by whose turn it is, in pieces; what time alone brings; and a
 * request within a step of another. */
#include "lib/office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t do_sql(const char *sql)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(store_do(small_ca_store, sql, NO_VALUES, &err), KUNCI_OK);
    return store_changed(small_ca_store);
}

static int64_t number_of(const char *sql)
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

/* How many there are for him, walked through in pieces; each once and in order. */
static unsigned walk(enum who who, struct requests_query query)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned count = 0, pieces = 0;
    json_int_t last = 0;
    json_t *out, *one;
    size_t i;

    do {
        assert_int_equal(requests_list(&office, &officials[who].actor, &query, &out, &err),
                         KUNCI_OK);
        assert_true(json_array_size(json_object_get(out, "requests")) <= (size_t)query.limit);
        json_array_foreach(json_object_get(out, "requests"), i, one)
        {
            assert_true(json_integer_value(json_object_get(one, "id")) > last);
            last = json_integer_value(json_object_get(one, "id"));
            count++;
        }
        query.after = json_integer_value(json_object_get(out, "next"));
        json_decref(out);
        assert_true(pieces++ < 1000);
    } while (query.after);
    return count;
}

/* Copies of the newest request, as if of others. */
static void copy(int64_t id, int copies, const char *institution)
{
    static const char sql[] =
        "INSERT INTO requests (key, account, kind, procedure, version, state, step, role,"
        " institution, certificate, began, touched, due_at, body)"
        " SELECT $1, account, kind, procedure, version, state, step, role, $2, certificate, began,"
        " touched, due_at, replace(body, 'kapuas/dinkes', $2) FROM requests WHERE id = $3";
    struct kunci_err err = KUNCI_ERR_INIT;
    int i;

    for (i = 0; i < copies; i++)
        assert_int_equal(store_do(small_ca_store, sql,
                                  VALUES(OF_TEXT(office_key()), OF_TEXT(institution), OF_INT(id)),
                                  &err),
                         KUNCI_OK);
}

static void those_whose_turn_it_is(void **state)
{
    struct office_renewal one;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    copy(one.id, 60, "kapuas/dinkes");
    copy(one.id, 20, "kapuas-barat");
    copy(one.id, 10, "kapuas");
    copy(one.id, 7, "mamuju/dinas");
    assert_int_equal(walk(SITI, (struct requests_query){.limit = 9}), 71);
    assert_int_equal(walk(AGUS, (struct requests_query){.limit = 50}), 98);
    assert_int_equal(walk(DEWI, (struct requests_query){.limit = 3}), 7);
    assert_int_equal(walk(RINA, (struct requests_query){.limit = 3}), 0);
    assert_int_equal(walk(BUDI, (struct requests_query){.limit = 500}), 0);
    assert_int_equal(walk(BUDI, (struct requests_query){.mine = true, .limit = 10}), 98);
    assert_int_equal(walk(AGUS, (struct requests_query){.limit = 9, .kind = "renewal"}), 98);
    assert_int_equal(walk(AGUS, (struct requests_query){.limit = 9, .kind = "issuance"}), 0);
    do_sql("UPDATE requests SET role = NULL");
    assert_int_equal(walk(AGUS, (struct requests_query){.limit = 9}), 0);
    assert_int_equal(walk(BUDI, (struct requests_query){.mine = true, .limit = 10}), 0);
    assert_true(walk(BUDI, (struct requests_query){.mine = true, .all = true, .limit = 10}) >= 98);
    office_renewal_drop(&one);
}

static unsigned notices_for(enum who who)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned count;
    json_t *out;

    assert_int_equal(requests_notices(&office, &officials[who].actor, 20, &out, &err), KUNCI_OK);
    count = (unsigned)json_array_size(out);
    json_decref(out);
    return count;
}

static void notices_for_those_who_are_meant(void **state)
{
    struct office_renewal one;

    (void)state;
    do_sql("DELETE FROM notices");
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    assert_int_equal(notices_for(SITI), 1);
    assert_int_equal(notices_for(DEWI), 0);
    assert_int_equal(notices_for(BUDI), 0);
    office_expect(office_decide(SITI, one.id, "reject", "No."));
    assert_int_equal(notices_for(BUDI), 1);
    office_renewal_drop(&one);
}

static size_t tick(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t done;

    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(requests_tick(&office, 50, &done, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    return done;
}

/* Reminded, late, escalated and given up: each when it is due, and nothing before. */
static void what_time_alone_brings(void **state)
{
    struct office_renewal one;
    unsigned ticks = 0;
    int64_t events;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    assert_int_equal(tick(), 0);
    while (number_of("SELECT count(*) FROM requests WHERE role IS NOT NULL") && ticks < 10) {
        office.now = number_of("SELECT min(due_at) FROM requests WHERE role IS NOT NULL") - 1;
        assert_int_equal(tick(), 0);
        office.now++;
        events = number_of("SELECT count(*) FROM flow_events");
        assert_int_equal(tick(), 1);
        assert_true(number_of("SELECT count(*) FROM flow_events") > events);
        ticks++;
    }
    assert_int_equal(ticks, 4);
    office_show(BUDI, one.id);
    assert_string_equal(office_text("state"), "timed-out");
    office_renewal_drop(&one);
}

static void one_that_cannot_be_read_keeps_no_other_waiting(void **state)
{
    struct office_renewal one;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    copy(one.id, 1, "kapuas");
    do_sql("UPDATE requests SET body = '{', due_at = due_at - 5 WHERE role IS NOT NULL"
           " AND institution = 'kapuas'");
    office.now = number_of("SELECT max(due_at) FROM requests WHERE role IS NOT NULL");
    assert_int_equal(tick(), 2);
    assert_int_equal(tick(), 0);
    office_renewal_drop(&one);
}

/* The data is wrong: the step calls another procedure, and goes on when that is over. */
static void called_and_come_back(void **state)
{
    struct office_renewal one;
    int64_t called;

    (void)state;
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"wrong\"}");
    assert_string_equal(office_text("step"), "ubah-data");
    assert_string_equal(office_text("calls"), "perubahan-data");
    called = number_of("SELECT max(id) FROM requests");
    assert_int_not_equal(called, one.id);
    assert_null(office_event(BUDI, one.id, json_pack("{ss}", "verb", "withdraw")));
    assert_int_equal(office_err.rc, KUNCI_FLOW_WAITING);
    office_expect(office_event(BUDI, called, json_pack("{ss}", "verb", "withdraw")));
    office_show(BUDI, one.id);
    assert_string_equal(office_text("calls"), "");
    assert_string_equal(office_text("step"), "ubah-data");
    office_renewal_drop(&one);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, office_clean)
    const struct CMUnitTest tests[] = {
        TEST(those_whose_turn_it_is), TEST(notices_for_those_who_are_meant),
        TEST(what_time_alone_brings), TEST(one_that_cannot_be_read_keeps_no_other_waiting),
        TEST(called_and_come_back),
    };

    return cmocka_run_group_tests(tests, office_up, office_down);
}
