#include "base/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/asn1.h>

/* OpenSSL finds in each header what went in, and the shortest form of it. */
static void headers_say_what_follows(void **state)
{
    static const size_t lengths[] = {0,      1,       0x7f,     0x80,      0xff,      0x100,
                                     0xffff, 0x10000, 0xffffff, 0x1000000, 0x7fffffff};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        unsigned char expected[16], *end = expected;
        struct buf buf = {0};

        ASN1_put_object(&end, 1, (int)lengths[i], V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
        der_header(&buf, DER_SEQUENCE, lengths[i]);
        assert_int_equal(buf.len, end - expected);
        assert_memory_equal(buf.data, expected, buf.len);
        buf_clear(&buf);
    }
}

static void more_than_four_gigabytes(void **state)
{
    static const unsigned char expected[] = {0x04, 0x85, 0x01, 0x23, 0x45, 0x67, 0x89};
    struct buf buf = {0};

    (void)state;
    der_header(&buf, 0x04, (size_t)0x123456789);
    assert_int_equal(buf.len, sizeof expected);
    assert_memory_equal(buf.data, expected, sizeof expected);
    buf_clear(&buf);
}

static void what_is_wrapped_follows(void **state)
{
    static const unsigned char expected[] = {0xa1, 5, 0x30, 3, 2, 1, 7};
    struct buf inner = {0}, middle = {0}, outer = {0};

    (void)state;
    der_put(&inner, V_ASN1_INTEGER, "\7", 1);
    der_wrap(&middle, DER_SEQUENCE, &inner);
    der_wrap(&outer, DER_CONTEXT + 1, &middle);
    assert_int_equal(outer.len, sizeof expected);
    assert_memory_equal(outer.data, expected, sizeof expected);
    buf_clear(&inner);
    buf_clear(&middle);
    buf_clear(&outer);
}

static void a_failure_within_is_one_of_the_whole(void **state)
{
    struct buf inner = {.failed = true}, outer = {0};

    (void)state;
    der_wrap(&outer, DER_SEQUENCE, &inner);
    assert_true(outer.failed);
    buf_clear(&outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_say_what_follows),
        cmocka_unit_test(more_than_four_gigabytes),
        cmocka_unit_test(what_is_wrapped_follows),
        cmocka_unit_test(a_failure_within_is_one_of_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
