/* Killed anywhere, and copied at any moment: what was acknowledged is there, and nothing is
 * there by half. */
#include "audit/trail.h"
#include "lib/place.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILLS = 40, COPIES = 8 };

/* One transaction: two rows that belong together, and a third in the audit trail. */
static enum kunci_rc add_pair(struct store *store, int64_t number, struct kunci_err *err)
{
    const struct audit_act act = {.event = "pair.add", .at = number};
    char name[2][32];
    enum kunci_rc rc = KUNCI_OK;
    int i;

    if ((rc = store_begin(store, err)) != KUNCI_OK)
        return rc;
    for (i = 0; rc == KUNCI_OK && i < 2; i++) {
        snprintf(name[i], sizeof name[i], "%s %lld", i ? "right" : "left", (long long)number);
        rc = store_do(store, "INSERT INTO meta (name, value) VALUES ($1, $2)",
                      VALUES(OF_TEXT(name[i]), OF_INT(number)), err);
    }
    if (rc == KUNCI_OK)
        rc = audit_add(store, &act, err);
    if (rc == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}

static int64_t ask(struct store *store, const char *sql)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t number;

    assert_int_equal(store_query(store, sql, NO_VALUES, &rows, &err), KUNCI_OK);
    assert_true(rows_next(&rows, &err));
    number = rows_int(&rows, 0);
    rows_end(&rows);
    return number;
}

/* How many pairs there are, all being whole. */
static int64_t pairs(struct store *store)
{
    struct audit_sealers none = {NULL, 0};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct audit_report report;
    int64_t left = ask(store, "SELECT count(*) FROM meta WHERE name LIKE 'left %'");

    assert_int_equal(ask(store, "SELECT count(*) FROM meta WHERE name LIKE 'right %'"), left);
    if (store_check(store, &err) != KUNCI_OK ||
        audit_verify(store, &none, &report, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s", kunci_err_name(err.rc), err.about, err.detail);
    assert_int_equal(report.rows, left);
    return left;
}

static struct store *open_store(const char *path, enum store_use use)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;

    if (store_open(path, use, &store, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s", path, kunci_err_name(err.rc), err.detail);
    return store;
}

/* ---- killed ---- */

/* Says each number once it is committed, until somebody ends it. */
static void write_on(const char *path, int64_t number, int to)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;

    if (store_open(path, STORE_WRITE, &store, &err) != KUNCI_OK)
        _exit(1);
    while (add_pair(store, ++number, &err) == KUNCI_OK &&
           write(to, &number, sizeof number) == sizeof number)
        ;
    _exit(2);
}

/* Answers the last number that it said before it was killed. */
static int64_t kill_one(const char *path, int64_t number)
{
    int pipes[2], status;
    int64_t said = number;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipes[0]);
        write_on(path, number, pipes[1]);
    }
    close(pipes[1]);
    usleep((useconds_t)(rand() % 40000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipes[0], &said, sizeof said) == sizeof said)
        ;
    close(pipes[0]);
    return said;
}

static void test_killed(void **state)
{
    struct store *store = open_store("killed", STORE_CREATE);
    int64_t said = 0, found = 0;
    int i;

    (void)state;
    store_close(&store);
    for (i = 0; i < KILLS; i++) {
        said = kill_one("killed", found);
        store = open_store("killed", STORE_WRITE);
        found = pairs(store);
        store_close(&store);
        /* Committed, and killed before it could say so. */
        if (found < said || found > said + 1)
            fail_msg("%lld were acknowledged, %lld are there", (long long)said, (long long)found);
    }
    assert_true(found > KILLS);
}

/* Killed while it is made, there is a store or there is none. */
static void test_killed_making(void **state)
{
    int i, made = 0;

    (void)state;
    for (i = 0; i < 30; i++) {
        pid_t child = fork();
        int status;

        if (child == 0) {
            struct kunci_err err = KUNCI_ERR_INIT;
            struct store *store;

            _exit(store_open("making", STORE_CREATE, &store, &err));
        }
        usleep((useconds_t)(rand() % 12000));
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (access("making", F_OK) == 0) {
            struct store *store = open_store("making", STORE_WRITE);

            assert_int_equal(pairs(store), 0);
            store_close(&store);
            made++;
        }
        place_shell("rm -f making*");
    }
    print_message("# made %d of 30\n", made);
}

/* ---- copied while others write ---- */

static atomic_bool stop;
static atomic_long written;

static void *write_pairs(void *path)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;

    if (store_open(path, STORE_WRITE, &store, &err) == KUNCI_OK)
        while (!atomic_load(&stop) && add_pair(store, atomic_load(&written) + 1, &err) == KUNCI_OK)
            atomic_fetch_add(&written, 1);
    store_close(&store);
    return NULL;
}

static void test_copied(void **state)
{
    struct store *store = open_store("copied", STORE_CREATE), *copy;
    struct kunci_err err = KUNCI_ERR_INIT;
    pthread_t writer;
    char path[32];
    int i;

    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, write_pairs, (char[]){"copied"}), 0);
    for (i = 0; i < COPIES; i++) {
        long before = atomic_load(&written);
        int64_t in_copy;

        while (atomic_load(&written) < before + 5)
            usleep(100);
        before = atomic_load(&written);
        snprintf(path, sizeof path, "copy %d", i);
        if (store_backup(store, path, &err) != KUNCI_OK)
            fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
        copy = open_store(path, STORE_WRITE);
        in_copy = pairs(copy);
        assert_true(in_copy >= before && in_copy <= atomic_load(&written) + 1);
        store_close(&copy);
    }
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(pairs(store), atomic_load(&written));
    store_close(&store);
}

/* Two that write wait for each other, and neither loses anything. */
static void *count_up(void *path)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;
    int i;

    if (store_open(path, STORE_WRITE, &store, &err) != KUNCI_OK)
        return NULL;
    for (i = 0; i < 100 && err.rc == KUNCI_OK; i++)
        if (store_begin(store, &err) == KUNCI_OK &&
            store_do(store, "UPDATE meta SET value = value + 1 WHERE name = 'n'", NO_VALUES,
                     &err) == KUNCI_OK)
            (void)!store_commit(store, &err);
    store_close(&store);
    return NULL;
}

static void test_two_writers(void **state)
{
    static char two[] = "two";
    struct store *store = open_store("two", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    pthread_t threads[2];
    int i;

    (void)state;
    assert_int_equal(
        store_do(store, "INSERT INTO meta (name, value) VALUES ('n', 0)", NO_VALUES, &err),
        KUNCI_OK);
    for (i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, two), 0);
    for (i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(ask(store, "SELECT value FROM meta WHERE name = 'n'"), 200);
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_killed_making),
        cmocka_unit_test(test_copied),
        cmocka_unit_test(test_two_writers),
    };
    const char *seed = getenv("SEED");

    srand(seed ? (unsigned)atoi(seed) : 1);
    place_up();
    return cmocka_run_group_tests(tests, NULL, place_down);
}
