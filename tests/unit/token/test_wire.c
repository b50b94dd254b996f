/* Messages between two processes: what is written comes back, and of one that was cut
 * or spoiled nothing is read that is not there. */
#include "token/worker_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned char locked[WIRE_PACKET];

static struct wire writer(void)
{
    struct wire wire = {.data = locked, .locked = locked, .room = WIRE_PACKET};

    wire_begin(&wire, WIRE_CREATE);
    return wire;
}

/* Bytes that end where their memory does, so that a sanitizer sees what is read beyond;
 * its room is a packet, as it never grows. */
static struct wire reader(const unsigned char *bytes, size_t len)
{
    unsigned char *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    return (struct wire){.data = copy, .len = len, .room = WIRE_PACKET, .locked = copy};
}

static void set_length(struct wire *wire)
{
    struct wire_head head;

    memcpy(&head, wire->data, sizeof head);
    head.length = wire->len;
    memcpy(wire->data, &head, sizeof head);
}

/* ---- a message with each kind of field ---- */

static CK_ULONG number = 4711;
static CK_ATTRIBUTE attributes[] = {
    {CKA_LABEL, (char[]){"tte"}, 3}, {CKA_MODULUS_BITS, &number, sizeof number}, {CKA_ID, NULL, 0}};
static CK_MECHANISM mechanism = {CKM_RSA_PKCS_PSS, &number, sizeof number};

static struct wire write_all(void)
{
    struct wire wire = writer();

    wire_put_number(&wire, UINT64_MAX);
    wire_put_bytes(&wire, "thirteen byte", 13);
    wire_put_bytes(&wire, NULL, 99);
    wire_put_bytes(&wire, "", 0);
    wire_put_bytes(&wire, "exactly!", 8);
    wire_put_template(&wire, attributes, 3, true);
    wire_put_mechanism(&wire, &mechanism);
    set_length(&wire);
    return wire;
}

/* Whatever is pointed to is read, so that a sanitizer sees it. */
static unsigned touch(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    unsigned sum = 0;
    size_t i;

    for (i = 0; bytes && i < len; i++)
        sum += at[i];
    return sum;
}

/* Answers whether all of it was sound. */
static bool read_all(struct wire *wire)
{
    CK_ATTRIBUTE got[WIRE_ATTRIBUTE_MAX];
    struct wire_head head;
    CK_MECHANISM how;
    volatile unsigned sum = 0;
    CK_ULONG count, i;
    char exactly[8];
    size_t len;
    int fields;

    if (!wire_open(wire, &head))
        return false;
    wire_get_number(wire);
    for (fields = 0; fields < 3; fields++) {
        const void *bytes = wire_get_bytes(wire, &len);

        assert_true(bytes || len == 0);
        sum += touch(bytes, len);
    }
    wire_get_exactly(wire, exactly, sizeof exactly);
    wire_get_template(wire, got, &count);
    assert_true(count <= WIRE_ATTRIBUTE_MAX);
    for (i = 0; i < count; i++)
        sum += touch(got[i].pValue, got[i].ulValueLen);
    wire_get_mechanism(wire, &how);
    sum += touch(how.pParameter, how.ulParameterLen);
    return wire_is_done(wire);
}

static void comes_back(void **state)
{
    struct wire wire = write_all();
    CK_ATTRIBUTE got[WIRE_ATTRIBUTE_MAX];
    struct wire_head head;
    CK_MECHANISM how;
    char exactly[8];
    CK_ULONG count;
    size_t len;

    (void)state;
    assert_true(wire_open(&wire, &head));
    assert_int_equal(head.call, WIRE_CREATE);
    assert_true(wire_get_number(&wire) == UINT64_MAX);
    assert_memory_equal(wire_get_bytes(&wire, &len), "thirteen byte", 13);
    assert_int_equal(len, 13);
    assert_null(wire_get_bytes(&wire, &len));
    assert_int_equal(len, 0);
    assert_non_null(wire_get_bytes(&wire, &len));
    assert_int_equal(len, 0);
    wire_get_exactly(&wire, exactly, sizeof exactly);
    assert_memory_equal(exactly, "exactly!", 8);
    wire_get_template(&wire, got, &count);
    assert_int_equal(count, 3);
    assert_int_equal(got[0].type, CKA_LABEL);
    assert_int_equal(got[0].ulValueLen, 3);
    assert_memory_equal(got[0].pValue, "tte", 3);
    assert_int_equal((uintptr_t)got[1].pValue % sizeof number, 0);
    assert_int_equal(*(CK_ULONG *)got[1].pValue, number);
    assert_null(got[2].pValue);
    assert_false(wire_is_done(&wire));
    wire_get_mechanism(&wire, &how);
    assert_int_equal(how.mechanism, CKM_RSA_PKCS_PSS);
    assert_memory_equal(how.pParameter, &number, sizeof number);
    assert_true(wire_is_done(&wire));
    wire_wipe(&wire);
    assert_int_equal(touch(locked, sizeof locked), 0);
}

static void room_alone_comes_back(void **state)
{
    struct wire wire = writer();
    struct wire_head head;

    (void)state;
    wire_put_template(&wire, attributes, 3, false);
    set_length(&wire);
    assert_true(wire_open(&wire, &head));
    assert_int_equal(wire_get_number(&wire), 3);
    assert_int_equal(wire_get_number(&wire), CKA_LABEL);
    assert_int_equal(wire_get_number(&wire), 3);
    assert_int_equal(wire_get_number(&wire), 1);
    wire_wipe(&wire);
}

/* ---- spoiled ---- */

static void cut_anywhere(void **state)
{
    struct wire whole = write_all();
    size_t len;

    (void)state;
    for (len = 0; len <= whole.len; len++) {
        struct wire cut = reader(whole.data, len);

        if (len >= sizeof(struct wire_head))
            set_length(&cut); /* else its head would say so */
        assert_int_equal(read_all(&cut), len == whole.len);
        assert_int_equal(cut.failed, len != whole.len);
        assert_true(cut.at <= cut.len);
        free(cut.data);
    }
    wire_wipe(&whole);
}

static void too_long(void **state)
{
    struct wire whole = write_all();

    (void)state;
    wire_put_number(&whole, 0);
    set_length(&whole);
    assert_false(read_all(&whole));
    wire_wipe(&whole);
}

static void spoiled_anywhere(void **state)
{
    static const unsigned char masks[] = {0x01, 0x08, 0x80, 0xff};
    struct wire whole = write_all();
    size_t at, mask;

    (void)state;
    for (at = 0; at < whole.len; at++)
        for (mask = 0; mask < sizeof masks; mask++) {
            struct wire spoiled = reader(whole.data, whole.len);

            spoiled.data[at] ^= masks[mask];
            read_all(&spoiled);
            assert_true(spoiled.at <= spoiled.len);
            free(spoiled.data);
        }
    wire_wipe(&whole);
}

static void what_failed_stays_so(void **state)
{
    struct wire whole = write_all();
    struct wire_head head;
    char few[3] = "ab";
    size_t len;

    (void)state;
    assert_true(wire_open(&whole, &head));
    wire_get_number(&whole);
    wire_get_exactly(&whole, few, sizeof few); /* thirteen are there */
    assert_true(whole.failed);
    assert_string_equal(few, "ab");
    assert_int_equal(wire_get_number(&whole), 0);
    assert_null(wire_get_bytes(&whole, &len));
    assert_int_equal(len, 0);
    assert_false(wire_is_done(&whole));
    wire_put_number(&whole, 1);
    assert_true(whole.failed);
    wire_wipe(&whole);
    assert_false(whole.failed);
}

/* ---- large ---- */

static void grows_and_comes_back(void **state)
{
    size_t len = 3 * WIRE_PACKET + 5, got;
    unsigned char *bytes = malloc(len);
    struct wire wire = writer();
    struct wire_head head;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    wire_put_bytes(&wire, bytes, len);
    set_length(&wire);
    assert_true(wire.data != locked);
    assert_int_equal(touch(locked, sizeof locked), 0); /* nothing was left behind */
    assert_true(wire_open(&wire, &head));
    assert_memory_equal(wire_get_bytes(&wire, &got), bytes, len);
    assert_int_equal(got, len);
    assert_true(wire_is_done(&wire));
    wire_wipe(&wire);
    assert_ptr_equal(wire.data, locked);
    free(bytes);
}

static void not_without_bounds(void **state)
{
    static CK_ATTRIBUTE many[WIRE_ATTRIBUTE_MAX + 1];
    CK_ATTRIBUTE got[WIRE_ATTRIBUTE_MAX];
    struct wire wire = writer();
    struct wire_head head;
    CK_ULONG count;

    (void)state;
    wire_put_bytes(&wire, "x", (size_t)WIRE_MAX + 1);
    assert_true(wire.failed);
    wire_begin(&wire, WIRE_CREATE);
    wire_put_template(&wire, many, WIRE_ATTRIBUTE_MAX + 1, true);
    assert_true(wire.failed);
    wire_begin(&wire, WIRE_CREATE);
    wire_put_number(&wire, WIRE_ATTRIBUTE_MAX + 1);
    set_length(&wire);
    assert_true(wire_open(&wire, &head));
    wire_get_template(&wire, got, &count);
    assert_true(wire.failed);
    assert_int_equal(count, 0);
    wire_wipe(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),           cmocka_unit_test(room_alone_comes_back),
        cmocka_unit_test(cut_anywhere),         cmocka_unit_test(too_long),
        cmocka_unit_test(spoiled_anywhere),     cmocka_unit_test(what_failed_stays_so),
        cmocka_unit_test(grows_and_comes_back), cmocka_unit_test(not_without_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
