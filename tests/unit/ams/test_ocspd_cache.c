/* Answers of OCSP as they are kept, and the paths that ask for them: what needs no token. */
#include "ams/ocspd_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct ocspd_answer *made_up(int64_t next_update)
{
    struct ocspd_answer *answer = calloc(1, sizeof *answer);

    answer->owners = 1;
    answer->next_update = next_update;
    answer->der = malloc(1);
    return answer;
}

static struct ocspd_key key_of(unsigned n)
{
    char text[16];
    struct ocspd_serial serial;

    snprintf(text, sizeof text, "%08x", 0x40000000 + n);
    assert_true(ocspd_serial_read(text, &serial));
    return ocspd_key(OCSPD_SHA1, &serial);
}

static bool is_kept(struct ocspd_cache *cache, unsigned n)
{
    const struct ocspd_key key = key_of(n);
    struct ocspd_answer *answer = ocspd_cache_find(cache, &key);
    bool kept = answer != NULL;

    ocspd_answer_free(&answer);
    return kept;
}

static void keep(struct ocspd_cache *cache, unsigned n, int64_t until, bool unknown, uint64_t age)
{
    const struct ocspd_key key = key_of(n);
    struct ocspd_answer *answer = made_up(until);

    assert_true(ocspd_cache_put(cache, &key, answer, unknown, age));
    ocspd_answer_free(&answer);
}

/* What was read before something changed is not kept, as it may be what was so before. */
static void keeps_nothing_read_before_a_change(void **state)
{
    struct ocspd_cache *cache = ocspd_cache_new();
    const uint64_t age = ocspd_cache_age(cache);
    const struct ocspd_key key = key_of(1);
    bool kept[OCSPD_HASHES];

    (void)state;
    keep(cache, 1, 100, false, age);
    assert_true(is_kept(cache, 1));
    ocspd_cache_change(cache, &key.serial, kept);
    assert_true(kept[OCSPD_SHA1]);
    assert_false(kept[OCSPD_SHA256]);
    assert_false(is_kept(cache, 1));
    keep(cache, 1, 100, false, age);
    assert_false(is_kept(cache, 1));
    keep(cache, 1, 100, false, ocspd_cache_age(cache));
    assert_true(is_kept(cache, 1));
    ocspd_cache_free(&cache);
}

static void keeps_so_many_that_are_not_known(void **state)
{
    struct ocspd_cache *cache = ocspd_cache_new();
    const uint64_t age = ocspd_cache_age(cache);
    unsigned i, known = 0;

    (void)state;
    for (i = 0; i < 3000; i++)
        keep(cache, 1000000 + i, 100, false, age);
    for (i = 0; i < 3 * OCSPD_UNKNOWN_MAX; i++)
        keep(cache, i, 100, true, age);
    for (i = 0; i < 3 * OCSPD_UNKNOWN_MAX; i++)
        known += is_kept(cache, i);
    assert_int_equal(known, OCSPD_UNKNOWN_MAX);
    assert_true(is_kept(cache, 3 * OCSPD_UNKNOWN_MAX - 1));
    for (i = 0; i < 3000; i++)
        assert_true(is_kept(cache, 1000000 + i));
    ocspd_cache_free(&cache);
}

static void sweeps_what_ended(void **state)
{
    struct ocspd_cache *cache = ocspd_cache_new();
    unsigned i;

    (void)state;
    for (i = 0; i < 5000; i++)
        keep(cache, i, i, false, 0);
    ocspd_cache_sweep(cache, 2500);
    for (i = 0; i < 5000; i++)
        assert_int_equal(is_kept(cache, i), i >= 2500);
    ocspd_cache_free(&cache);
}

/* ---- the path of a GET ---- */

static void reads_paths(void **state)
{
    static const struct {
        const char *path, *want; /* NULL: refused */
    } rows[] = {{"aGFsbw==", "halo"},
                {"aGFsbw%3D%3D", "halo"},
                {"aGFsbw%3d=", "halo"},
                {"aGFsbw", NULL},
                {"aGFsbw=", NULL},
                {"aGFsbw===", NULL},
                {"aGFsbw==x", NULL},
                {"%61GFsbw==", "halo"},
                {"Pz8/", "???"},
                {"Pz8%2F", "???"},
                {"Pj4+", ">>>"},
                {"Pj4%2b", ">>>"},
                {"Pj4 ", NULL},
                {"Pj4-", NULL},
                {"Pj4%", NULL},
                {"Pj4%2", NULL},
                {"Pj4%2g", NULL},
                {"Pj4%00", NULL},
                {"a", NULL},
                {"aGFs", "hal"},
                {"aGFsb", NULL},
                {"=", NULL},
                {"", NULL}};
    unsigned char got[OCSPD_REQUEST_MAX];
    size_t i, len;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        bool read = ocspd_path_read(rows[i].path, got, &len);

        if (read != (rows[i].want != NULL) ||
            (read && (len != strlen(rows[i].want) || memcmp(got, rows[i].want, len) != 0)))
            fail_msg("%s: %s", rows[i].path, read ? "read" : "refused");
    }
}

static void reads_no_path_that_is_too_long(void **state)
{
    enum { MOST = OCSPD_REQUEST_MAX / 3 * 4 };
    unsigned char got[OCSPD_REQUEST_MAX];
    char *path = calloc(1, 2 * MOST);
    size_t len;

    (void)state;
    memset(path, 'A', MOST);
    assert_true(ocspd_path_read(path, got, &len));
    memset(path, 'A', MOST + 8);
    assert_false(ocspd_path_read(path, got, &len));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_nothing_read_before_a_change),
        cmocka_unit_test(keeps_so_many_that_are_not_known),
        cmocka_unit_test(sweeps_what_ended),
        cmocka_unit_test(reads_paths),
        cmocka_unit_test(reads_no_path_that_is_too_long),
    };

    return cmocka_run_group_tests_name("ams/ocspd_cache", tests, NULL, NULL);
}
