/* Fails the first allocation of a scenario, then the second, and so on, until there
 * is none left to fail: each time it has to end with the right error, and to leave
 * nothing behind, which the address sanitizer sees.
 *
 *   oom [SCENARIO]                        one alone, by its name */
#include "oom/scenario.h"

#include "oom/alloc.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* OpenSSL gets over some failures, and does not always say why it gave up; SQLite gets
 * over some. */
static bool is_right(enum alloc_of failed, enum kunci_rc rc)
{
    if (failed == ALLOC_SQLITE && rc == KUNCI_OK)
        return true;
    if (failed == ALLOC_SQLITE)
        return rc == KUNCI_NO_MEMORY;
    return failed == ALLOC_OPENSSL || rc == (failed == ALLOC_OURS ? KUNCI_NO_MEMORY : KUNCI_OK);
}

/* Answers how many allocations were failed, -1 where one was not borne well. */
static long try_all(const struct scenario *scenario)
{
    enum alloc_of failed;
    unsigned long n = 0;

    do {
        struct kunci_err err = KUNCI_ERR_INIT;
        enum kunci_rc rc;

        alloc_fail_at(++n, scenario->on_token);
        rc = scenario->run(&err);
        failed = alloc_failed();
        if (!is_right(failed, rc)) {
            printf("# allocation %lu failed, the answer was %s (%s: %s)\n", n, kunci_err_name(rc),
                   err.about, err.detail);
            return -1;
        }
    } while (failed != ALLOC_NONE);
    return (long)n - 1;
}

int main(int argc, char **argv)
{
    int count = 0, bad = 0;
    const struct scenario *scenario;

    alloc_take_over();
    token_up();
    for (scenario = scenarios; scenario->name; scenario++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        long tried = -1;

        if (argc > 1 && strcmp(argv[1], scenario->name) != 0)
            continue;
        /* Once with memory, for what is made at first use and kept. */
        if (scenario->run(&err) == KUNCI_OK)
            tried = try_all(scenario);
        else
            printf("# with memory: %s (%s: %s)\n", kunci_err_name(err.rc), err.about, err.detail);
        printf("%s %d - %s, %ld allocations\n", tried < 0 ? "not ok" : "ok", ++count,
               scenario->name, tried);
        fflush(stdout);
        bad |= tried < 0;
    }
    token_down();
    printf("1..%d\n", count);
    return bad;
}
