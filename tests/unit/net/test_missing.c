/* Without libcurl there is one clear error, which names the package. */
#include "net/fetch.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <dlfcn.h>
#include <string.h>

/* The program's own stands before the system's. */
void *dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}

static void test_missing(void **state)
{
    const struct fetch fetch = {.url = "http://127.0.0.1:1/", .timeout_ms = 1000, .largest = 1};
    char sentence[512];
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct buf answer = {0};

        assert_int_equal(fetch_get(&fetch, &answer, &err), KUNCI_FETCH_LIBRARY);
        assert_non_null(strstr(kunci_err_next(&err, sentence, sizeof sentence), "libcurl4"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_missing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
