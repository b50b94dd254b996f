/* Holders are told once that a certificate can be renewed. */
#include "ams/expiry.h"
#include "lib/small_ca.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY ((int64_t)24 * 60 * 60)

static const struct kunci_config_ams settings = {.renewal_days = 30};

static void add_account(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(store_do(small_ca_store,
                              "INSERT INTO accounts (id, name, data, made_at)"
                              " VALUES (7, 'budi', '{}', 1)",
                              NO_VALUES, &err),
                     KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
}

/* A certificate of the account's; tells when it ends. */
static int64_t issue(int64_t now, char serial[CA_SERIAL])
{
    struct ca_order order = {.profile = "holder", .account = 7, .now = now};
    unsigned char *request =
        small_ca_request("C=ID, O=Dinas Contoh, CN=Budi Santoso", NULL, &order.csr_len);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_issued issued;
    struct ca_row row;
    int64_t end;

    order.csr = request;
    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_issue(small_ca, small_ca_store, &order, &issued, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(ca_find(small_ca_store, issued.serial, &row, &err), KUNCI_OK);
    memcpy(serial, issued.serial, CA_SERIAL);
    end = row.not_after;
    ca_row_clear(&row);
    free(issued.der);
    free(request);
    return end;
}

static size_t told(int64_t now, size_t most)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t done = 99;

    assert_int_equal(store_begin(small_ca_store, &err), KUNCI_OK);
    assert_int_equal(expiry_tell(small_ca_store, &settings, now, most, &done, &err), KUNCI_OK);
    assert_int_equal(store_commit(small_ca_store, &err), KUNCI_OK);
    return done;
}

static int64_t notices_of(const char *serial)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t count;

    assert_int_equal(store_query(small_ca_store,
                                 "SELECT count(*) FROM notices WHERE certificate = $1"
                                 " AND account = 7 AND message = 'expiring'",
                                 VALUES(OF_TEXT(serial)), &rows, &err),
                     KUNCI_OK);
    assert_true(rows_next(&rows, &err));
    count = rows_int(&rows, 0);
    rows_end(&rows);
    return count;
}

static void tells_each_holder_once(void **state)
{
    char first[CA_SERIAL], second[CA_SERIAL], revoked[CA_SERIAL];
    int64_t now = small_ca_now(), end;

    (void)state;
    add_account();
    end = issue(now, first);
    issue(now, revoked);
    issue(now + 10 * DAY, second);
    small_ca_revoke(revoked, CA_SUPERSEDED, now, 0);
    assert_int_equal(told(end - 30 * DAY - 1, 10), 0);
    assert_int_equal(told(end - 30 * DAY, 10), 1);
    assert_int_equal(told(end - 30 * DAY, 10), 0);
    assert_int_equal(notices_of(first), 1);
    assert_int_equal(told(end - 5 * DAY, 10), 1);
    assert_int_equal(notices_of(second), 1);
    assert_int_equal(notices_of(revoked), 0);
}

static void says_nothing_of_what_is_over(void **state)
{
    char serial[CA_SERIAL];
    int64_t now = small_ca_now(), end = issue(now, serial);

    (void)state;
    assert_int_equal(told(end, 10), 0);
    assert_int_equal(notices_of(serial), 0);
}

static void goes_on_where_there_are_many(void **state)
{
    char serials[3][CA_SERIAL];
    int64_t now = small_ca_now() + 100 * DAY, end = 0;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++)
        end = issue(now, serials[i]);
    assert_int_equal(told(end - DAY, 2), 2);
    assert_int_equal(told(end - DAY, 2), 1);
    for (i = 0; i < 3; i++)
        assert_int_equal(notices_of(serials[i]), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_holder_once),
        cmocka_unit_test(says_nothing_of_what_is_over),
        cmocka_unit_test(goes_on_where_there_are_many),
    };

    return cmocka_run_group_tests_name("ams/expiry", tests, small_ca_up, small_ca_down);
}
