#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_keeps_what_it_has(void **state)
{
    struct buf buf = {0};
    char *data;
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        buf_printf(&buf, "%03d", i);
        buf_text(&buf, ",");
        buf_add(&buf, "\0", 1);
        assert_int_equal(buf.len, 5 * (i + 1));
        assert_int_equal(buf.data[buf.len], '\0');
    }
    data = buf_take(&buf);
    assert_non_null(data);
    for (i = 0; i < 1000; i++)
        assert_int_equal(atoi(data + 5 * i), i);
    assert_int_equal(buf.len, 0);
    assert_null(buf.data);
    free(data);
}

static void every_length_is_ended(void **state)
{
    char bytes[300];
    size_t len;

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    for (len = 0; len < sizeof bytes; len++) {
        struct buf added = {0}, printed = {0};

        buf_add(&added, bytes, len);
        assert_int_equal(strlen(added.data), len);
        buf_printf(&printed, "%.*s", (int)len, bytes);
        assert_string_equal(printed.data, added.data);
        buf_clear(&added);
        buf_clear(&printed);
    }
}

static void an_empty_one_is_an_empty_text(void **state)
{
    struct buf buf = {0};
    char *data = buf_take(&buf);

    (void)state;
    assert_string_equal(data, "");
    free(data);
}

static void a_failure_sticks(void **state)
{
    struct buf buf = {0};

    (void)state;
    buf_text(&buf, "some");
    buf_add(&buf, "", SIZE_MAX);
    assert_true(buf.failed);
    buf_text(&buf, "more");
    assert_int_equal(buf.len, 4);
    assert_null(buf_take(&buf));
    assert_false(buf.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_what_it_has),
        cmocka_unit_test(every_length_is_ended),
        cmocka_unit_test(an_empty_one_is_an_empty_text),
        cmocka_unit_test(a_failure_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
