/* What the listener is made of: addresses, escapes, lengths, buckets. */
#include "net/listen_address.h"
#include "net/listen_bucket.h"
#include "net/listen_text.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void test_addresses(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: none */
    } rows[] = {
        {"127.0.0.1:8443", "127.0.0.1:8443"},
        {"0.0.0.0:80", "0.0.0.0:80"},
        {"127.0.0.1:0", "127.0.0.1:0"},
        {"[::1]:8443", "[::1]:8443"},
        {"[::]:65535", "[::]:65535"},
        {"[2001:DB8:0::1]:1", "[2001:db8::1]:1"},
        {"[::ffff:10.0.0.1]:7", "10.0.0.1:7"},
        {"", NULL},
        {":", NULL},
        {":80", NULL},
        {"127.0.0.1", NULL},
        {"127.0.0.1:", NULL},
        {"127.0.0.1:x", NULL},
        {"127.0.0.1: 80", NULL},
        {"127.0.0.1:+80", NULL},
        {"127.0.0.1:65536", NULL},
        {"127.0.0.1:000080", NULL},
        {"127.0.0.1:99999999999999999999", NULL},
        {"127.0.0:80", NULL},
        {"127.0.0.256:80", NULL},
        {"localhost:80", NULL},
        {"::1:80", NULL},
        {"[::1]", NULL},
        {"[::1]80", NULL},
        {"[::1:80", NULL},
        {"[]:80", NULL},
        {"[:80", NULL},
        {"[127.0.0.1]:80", NULL},
        {"[::1%lo]:80", NULL},
        {"https://127.0.0.1:80", NULL},
        {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80", NULL},
    };
    char written[LISTEN_ADDRESS_MAX];
    struct sockaddr_storage address;
    socklen_t len;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (listen_address_read(rows[i].text, &address, &len) != (rows[i].want != NULL))
            fail_msg("%s", rows[i].text);
        if (!rows[i].want)
            continue;
        listen_address_write((struct sockaddr *)&address, written, true);
        assert_string_equal(written, rows[i].want);
    }
    assert_true(listen_address_read("[::ffff:10.0.0.1]:7", &address, &len));
    listen_address_write((struct sockaddr *)&address, written, false);
    assert_string_equal(written, "10.0.0.1");
}

static void test_escapes(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"/", "/"},
        {"/a%20b", "/a b"},
        {"%2f%2F", "//"},
        {"%C3%A9", "\xc3\xa9"},
        {"\xe2\x82\xac", "\xe2\x82\xac"},
        {"%F0%9F%98%80", "\xf0\x9f\x98\x80"},
        {"%2500", "%00"},
        {"a+b", "a+b"},
        {"%", NULL},
        {"%1", NULL},
        {"%1x", NULL},
        {"%x1", NULL},
        {"%%41", NULL},
        {"a%00b", NULL},
        {"%1f", NULL},
        {"a\tb", NULL},
        {"%7F", NULL},
        {"%C2%85", NULL}, /* a control character of Latin-1 */
        {"%C0%AF", NULL}, /* not the shortest form */
        {"%E0%80%AF", NULL},
        {"%ED%A0%80", NULL}, /* a surrogate */
        {"%F4%90%80%80", NULL},
        {"%F5%80%80%80", NULL},
        {"%80", NULL},
        {"%C3", NULL},
        {"%E2%82", NULL},
        {"%F0%9F%98", NULL},
        {"\xff", NULL},
    };
    char text[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        strcpy(text, rows[i].text);
        if (listen_text_undo(text) != (rows[i].want != NULL))
            fail_msg("%s", rows[i].text);
        if (rows[i].want)
            assert_string_equal(text, rows[i].want);
    }
}

/* Cut at each length, and with each byte changed: it never reads behind its end. */
static void test_escapes_cut(void **state)
{
    static const char whole[] = "/v1/%C3%A9%20\xe2\x82\xac%F0%9F%98%80?";
    size_t len, at;

    (void)state;
    for (len = 0; len < sizeof whole; len++) {
        for (at = 0; at <= len; at++) {
            char *text = strndup(whole, len);

            assert_non_null(text);
            if (at < len)
                text[at] = (char)(text[at] ^ (1 << (at % 8)));
            if (listen_text_undo(text))
                assert_true(strlen(text) <= len);
            free(text);
        }
    }
}

static void test_lengths(void **state)
{
    static const struct {
        const char *text;
        bool right;
        uint64_t want;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"999999999999999999", true, 999999999999999999},
        {"9999999999999999999", false, 0},
        {"99999999999999999999999999999999999999", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1,1", false, 0},
        {"0x10", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t length;

        assert_int_equal(listen_text_length(rows[i].text, &length), rows[i].right);
        if (rows[i].right)
            assert_int_equal(length, rows[i].want);
    }
}

static int taken(struct listen_buckets *buckets, const char *address, int64_t now, int times)
{
    struct sockaddr_storage at;
    socklen_t len;
    int i, count = 0;

    assert_true(listen_address_read(address, &at, &len));
    for (i = 0; i < times; i++)
        count += listen_buckets_take(buckets, (struct sockaddr *)&at, now);
    return count;
}

static void test_buckets(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct listen_buckets *buckets;

    (void)state;
    assert_int_equal(listen_buckets_new(2, 10, &buckets, &err), KUNCI_OK);
    assert_int_equal(taken(buckets, "10.0.0.1:1", 1000, 50), 10);
    assert_int_equal(taken(buckets, "10.0.0.1:2", 1000, 5), 0); /* whatever its port */
    assert_int_equal(taken(buckets, "[::ffff:10.0.0.1]:2", 1000, 5), 0);
    assert_int_equal(taken(buckets, "10.0.0.2:1", 1000, 50), 10);
    assert_int_equal(taken(buckets, "10.0.0.1:1", 1499, 5), 0);
    assert_int_equal(taken(buckets, "10.0.0.1:1", 1500, 5), 1);
    assert_int_equal(taken(buckets, "10.0.0.1:1", 900, 5), 0); /* a clock that went back */
    assert_int_equal(taken(buckets, "10.0.0.1:1", 1000000000000, 50), 10);
    /* One subscriber's many addresses are one. */
    assert_int_equal(taken(buckets, "[2001:db8::1]:1", 1000, 6), 6);
    assert_int_equal(taken(buckets, "[2001:db8::ffff:1]:1", 1000, 6), 4);
    assert_int_equal(taken(buckets, "[2001:db8:0:1::1]:1", 1000, 6), 6);
    assert_int_equal(taken(buckets, "[::1]:1", 1000, 50), 10);
    listen_buckets_free(&buckets);
    assert_null(buckets);
}

/* Any number of addresses: the table stays as it is, and who asks too often is known on. */
static void test_many_buckets(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct listen_buckets *buckets;
    uint32_t i;

    (void)state;
    assert_int_equal(listen_buckets_new(1, 3, &buckets, &err), KUNCI_OK);
    assert_int_equal(taken(buckets, "10.0.0.1:1", 0, 9), 3);
    for (i = 0; i < 200000; i++) {
        at.sin_addr.s_addr = htonl(0x0b000000 + i);
        listen_buckets_take(buckets, (struct sockaddr *)&at, 100);
        if (i % 50 == 0)
            assert_int_equal(taken(buckets, "10.0.0.1:1", 100, 1), 0);
    }
    listen_buckets_free(&buckets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),   cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_escapes_cut), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_buckets),     cmocka_unit_test(test_many_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
