/* A store is made whole, read and written in transactions, copied while others write, and
 * what is damaged, foreign, newer or full is refused and left alone. */
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/store.h"

#include "lib/place.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct store *open_store(const char *path, enum store_use use)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;

    if (store_open(path, use, &store, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s", path, kunci_err_name(err.rc), err.detail);
    return store;
}

static enum kunci_rc opens(const char *path, enum store_use use, struct kunci_err *err)
{
    struct store *store = NULL;
    enum kunci_rc rc;

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    rc = store_open(path, use, &store, err);
    assert_int_equal(rc == KUNCI_OK, store != NULL);
    store_close(&store);
    return rc;
}

static void put(struct store *store, const char *name, struct store_value value)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    if (store_do(store, "INSERT INTO meta (name, value) VALUES ($1, $2)",
                 VALUES(OF_TEXT(name), value), &err) != KUNCI_OK)
        fail_msg("%s: %s", name, err.detail);
}

static int64_t count(struct store *store)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t n;

    assert_int_equal(store_query(store, "SELECT count(*) FROM meta", NO_VALUES, &rows, &err), 0);
    assert_true(rows_next(&rows, &err));
    n = rows_int(&rows, 0);
    rows_end(&rows);
    return n;
}

static bool is_there(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
static bool is_there(const char *pattern, ...)
{
    char path[256];
    va_list args;

    va_start(args, pattern);
    vsnprintf(path, sizeof path, pattern, args);
    va_end(args);
    return access(path, F_OK) == 0;
}

/* A file that SQLite makes, but no store_open(). */
static void shape(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- made ---- */

static void test_made(void **state)
{
    struct store *store = open_store("made", STORE_CREATE);
    struct kunci_err err;
    struct stat about;

    (void)state;
    assert_int_equal(stat("made", &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat("made-wal", &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(opens("made", STORE_CREATE, &err), KUNCI_FILE_EXISTS);
    assert_int_equal(opens("nowhere", STORE_WRITE, &err), KUNCI_AMS_MISSING);
    assert_int_equal(opens("nowhere", STORE_READ, &err), KUNCI_AMS_MISSING);
    assert_int_equal(opens("no/folder/made", STORE_CREATE, &err), KUNCI_STORE_FAILED);
    assert_int_equal(opens(".", STORE_WRITE, &err), KUNCI_STORE_FAILED);
    assert_false(is_there("nowhere"));
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_check(store, &err), KUNCI_OK);
    store_close(&store);
    assert_false(is_there("made-wal"));
    place_shell("test \"$(ls made*)\" = made");
}

static void test_settings(void **state)
{
    static const struct {
        const char *sql;
        int64_t is;
    } settings[] = {{"PRAGMA foreign_keys", 1},
                    {"PRAGMA synchronous", 2},
                    {"PRAGMA trusted_schema", 0},
                    {"PRAGMA cell_size_check", 1},
                    {"PRAGMA application_id", 0x6b756e63},
                    {"PRAGMA user_version", 1},
                    {"PRAGMA busy_timeout", 10000}};
    struct store *store = open_store("settings", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    int64_t number;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof settings / sizeof *settings; i++) {
        number = -1;
        assert_int_equal(store_number(store, settings[i].sql, &number, &err), KUNCI_OK);
        if (number != settings[i].is)
            fail_msg("%s: %lld", settings[i].sql, (long long)number);
    }
    /* Defensive: the schema is nothing to be written into. */
    assert_int_equal(store_run(store, "PRAGMA writable_schema = 1", &err), KUNCI_OK);
    assert_int_equal(store_do(store, "DELETE FROM sqlite_schema", NO_VALUES, &err),
                     KUNCI_STORE_FAILED);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(
        store_do(store, "INSERT INTO grants (account, role) VALUES (77, 'op')", NO_VALUES, &err),
        KUNCI_STORE_FAILED);
    store_close(&store);
}

/* ---- values ---- */

static void test_values(void **state)
{
    struct store *store = open_store("values", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    size_t len;

    (void)state;
    put(store, "a", OF_INT(INT64_MIN));
    put(store, "b", OF_TEXT("teks é"));
    put(store, "c", OF_TEXT(NULL));
    put(store, "d", OF_BLOB("\0\1\2", 3));
    put(store, "e", OF_BLOB(NULL, 0));
    put(store, "f", OF_NULL);
    put(store, "g", OF_TEXT(""));
    assert_int_equal(store_changed(store), 1);
    assert_int_equal(
        store_query(store, "SELECT value FROM meta ORDER BY name", NO_VALUES, &rows, &err), 0);
    assert_true(rows_next(&rows, &err));
    assert_true(rows_int(&rows, 0) == INT64_MIN);
    assert_true(rows_next(&rows, &err));
    assert_string_equal(rows_text(&rows, 0), "teks é");
    assert_true(rows_next(&rows, &err));
    assert_true(rows_null(&rows, 0));
    assert_null(rows_text(&rows, 0));
    assert_true(rows_next(&rows, &err));
    assert_memory_equal(rows_blob(&rows, 0, &len), "\0\1\2", 3);
    assert_int_equal(len, 3);
    assert_true(rows_next(&rows, &err));
    assert_false(rows_null(&rows, 0));
    assert_non_null(rows_blob(&rows, 0, &len));
    assert_int_equal(len, 0);
    assert_true(rows_next(&rows, &err));
    assert_null(rows_blob(&rows, 0, &len));
    assert_true(rows_next(&rows, &err));
    assert_string_equal(rows_text(&rows, 0), "");
    assert_false(rows_next(&rows, &err));
    assert_false(rows_next(&rows, &err));
    assert_int_equal(rows.rc, KUNCI_OK);
    rows_end(&rows);
    rows_end(&rows);
    store_close(&store);
}

/* $2 is the second value, wherever it stands and however often. */
static void test_numbers(void **state)
{
    struct store *store = open_store("numbers", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;

    (void)state;
    assert_int_equal(store_query(store, "SELECT $3, $1, $2, $1",
                                 VALUES(OF_INT(1), OF_INT(2), OF_INT(3)), &rows, &err),
                     0);
    assert_true(rows_next(&rows, &err));
    assert_int_equal(rows_int(&rows, 0), 3);
    assert_int_equal(rows_int(&rows, 1), 1);
    assert_int_equal(rows_int(&rows, 2), 2);
    assert_int_equal(rows_int(&rows, 3), 1);
    rows_end(&rows);
    assert_int_equal(store_query(store, "SELECT $1", NO_VALUES, &rows, &err), KUNCI_STORE_FAILED);
    rows_end(&rows);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_do(store, "DELETE FROM meta WHERE name = $2", VALUES(OF_INT(1)), &err),
                     KUNCI_STORE_FAILED);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_do(store, "DELETE FROM meta WHERE name = ?", VALUES(OF_INT(1)), &err),
                     KUNCI_STORE_FAILED);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_do(store, "no SQL", NO_VALUES, &err), KUNCI_STORE_FAILED);
    store_close(&store);
}

static int64_t sum_within(struct store *store, int depth)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t sum = 0;

    assert_int_equal(store_query(store, "SELECT value FROM meta WHERE value <= $1",
                                 VALUES(OF_INT(depth)), &rows, &err),
                     0);
    while (rows_next(&rows, &err))
        sum += rows_int(&rows, 0) + (depth ? sum_within(store, depth - 1) : 0);
    assert_int_equal(rows.rc, KUNCI_OK);
    rows_end(&rows);
    return sum;
}

static void test_nested(void **state)
{
    struct store *store = open_store("nested", STORE_CREATE);

    (void)state;
    put(store, "one", OF_INT(1));
    put(store, "two", OF_INT(2));
    put(store, "three", OF_INT(3));
    assert_int_equal(sum_within(store, 3), 6 + 3 * (3 + 2 * 1));
    assert_int_equal(sum_within(store, 2), 3 + 2 * 1);
    store_close(&store);
}

/* An address that held other words before, and more statements than are kept. */
static void test_kept(void **state)
{
    struct store *store = open_store("kept", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    static char sql[STATEMENTS_KEPT + 100][16];
    struct rows rows;
    int i, turn;

    (void)state;
    for (turn = 0; turn < 3; turn++)
        for (i = 0; i < STATEMENTS_KEPT + 100; i++) {
            snprintf(sql[i], sizeof sql[i], "SELECT %d", i * (turn < 2 ? 1 : 2));
            assert_int_equal(store_query(store, sql[i], NO_VALUES, &rows, &err), 0);
            assert_true(rows_next(&rows, &err));
            assert_int_equal(rows_int(&rows, 0), i * (turn < 2 ? 1 : 2));
            rows_end(&rows);
        }
    store_close(&store);
}

/* ---- transactions ---- */

static void test_transactions(void **state)
{
    struct store *store = open_store("transactions", STORE_CREATE);
    struct store *reader = open_store("transactions", STORE_READ);
    struct store *other = open_store("transactions", STORE_WRITE);
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    put(store, "undone", OF_INT(1));
    store_rollback(store);
    store_rollback(store);
    assert_int_equal(count(store), 0);

    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    put(store, "done", OF_INT(1));
    assert_int_equal(count(reader), 0);
    assert_int_equal(store_commit(store, &err), KUNCI_OK);
    assert_int_equal(count(reader), 1);

    /* What is read in one transaction is of one moment. */
    assert_int_equal(store_begin_reading(reader, &err), KUNCI_OK);
    assert_int_equal(store_begin_reading(other, &err), KUNCI_OK);
    assert_int_equal(count(reader), 1);
    assert_int_equal(count(other), 1);
    put(store, "later", OF_INT(2));
    assert_int_equal(count(reader), 1);
    assert_int_equal(count(other), 1);
    store_rollback(reader);
    store_rollback(other);
    assert_int_equal(count(reader), 2);
    assert_int_equal(count(other), 2);
    store_close(&other);

    assert_int_equal(store_do(reader, "DELETE FROM meta", NO_VALUES, &err), KUNCI_STORE_FAILED);
    assert_int_equal(count(store), 2);
    store_close(&reader);
    store_close(&store);
}

/* ---- versions ---- */

static const char *const longer[] = {
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value ANY) STRICT;"
    "INSERT INTO meta VALUES ('one', 1)",
    "INSERT INTO meta VALUES ('two', 2); CREATE TABLE more (a INTEGER) STRICT",
    "INSERT INTO more VALUES (1); INSERT INTO meta SELECT 'three', a + 2 FROM more",
    "INSERT INTO meta VALUES ('four', 4); INSERT INTO nothing VALUES (1)",
};

/* A full disk may undo a transaction in its midst: nothing stands alone behind that. */
static void test_undone(void **state)
{
    struct store *store = open_store("undone", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;

    (void)state;
    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    put(store, "first", OF_INT(1));
    assert_int_equal(store_do(store, "ROLLBACK", NO_VALUES, &err), KUNCI_OK);
    assert_int_equal(
        store_do(store, "INSERT INTO meta (name, value) VALUES ('second', 2)", NO_VALUES, &err),
        KUNCI_STORE_FAILED);
    store_rollback(store);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_query(store, "SELECT 1 FROM meta WHERE name IN ('first', 'second')",
                                 NO_VALUES, &rows, &err),
                     KUNCI_OK);
    assert_false(rows_next(&rows, &err));
    rows_end(&rows);
    store_close(&store);
}

static void test_forward(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store, *reader;
    int64_t version;

    (void)state;
    shape("forward", "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x6b756e63");
    assert_int_equal(store_connect("forward", STORE_WRITE, &store, &err), KUNCI_OK);
    assert_int_equal(schema_bring(store, longer, 1, &err), KUNCI_OK);
    assert_int_equal(count(store), 1);
    assert_int_equal(schema_bring(store, longer, 3, &err), KUNCI_OK);
    assert_int_equal(count(store), 3);
    assert_int_equal(schema_bring(store, longer, 3, &err), KUNCI_OK);
    assert_int_equal(count(store), 3);

    /* A step that fails takes those before it back. */
    assert_int_equal(schema_bring(store, longer, 4, &err), KUNCI_STORE_FAILED);
    assert_int_equal(count(store), 3);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_number(store, "PRAGMA user_version", &version, &err), KUNCI_OK);
    assert_int_equal(version, 3);

    assert_int_equal(schema_bring(store, longer, 2, &err), KUNCI_STORE_NEWER);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_connect("forward", STORE_READ, &reader, &err), KUNCI_OK);
    assert_int_equal(schema_bring(reader, longer, 4, &err), KUNCI_STORE_FAILED);
    store_close(&reader);
    store_close(&store);
    assert_int_equal(opens("forward", STORE_WRITE, &err), KUNCI_STORE_NEWER);
    assert_int_equal(opens("forward", STORE_READ, &err), KUNCI_STORE_NEWER);
}

/* ---- damaged and foreign ---- */

static void test_foreign(void **state)
{
    static const char *const foreign[] = {"empty", "text", "short", "other"};
    struct kunci_err err;
    size_t i;

    (void)state;
    place_shell(": >empty; seq 1 2000 >text; printf 'SQLite format 3' >short");
    shape("other", "CREATE TABLE meta (name, value)");
    for (i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        place_shell("sha256sum %s >before; ls %s* >>before", foreign[i], foreign[i]);
        assert_int_equal(opens(foreign[i], STORE_WRITE, &err), KUNCI_STORE_DAMAGED);
        assert_true(err.detail[0]);
        assert_int_equal(opens(foreign[i], STORE_READ, &err), KUNCI_STORE_DAMAGED);
        assert_int_equal(opens(foreign[i], STORE_CREATE, &err), KUNCI_FILE_EXISTS);
        place_shell("{ sha256sum %s; ls %s*; } | cmp - before", foreign[i], foreign[i]);
    }
    shape("negative", "PRAGMA application_id = 0x6b756e63; PRAGMA user_version = -3");
    assert_int_equal(opens("negative", STORE_WRITE, &err), KUNCI_STORE_DAMAGED);
}

static void fill(struct store *store, int rows)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char name[32], text[600];
    int i;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    for (i = 0; i < rows; i++) {
        snprintf(name, sizeof name, "name %d", i);
        put(store, name, OF_TEXT(text));
    }
    assert_int_equal(store_commit(store, &err), KUNCI_OK);
}

/* What a flipped page does: it is refused, or the check says so; never a crash, and a
 * backup of it takes no place. Bytes that hold nothing may be anything. */
static bool is_refused(const char *path)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;
    enum kunci_rc rc = store_open(path, STORE_WRITE, &store, &err);

    if (rc == KUNCI_OK)
        rc = store_check(store, &err);
    assert_true(rc == KUNCI_OK || rc == KUNCI_STORE_DAMAGED || rc == KUNCI_STORE_NEWER);
    if (rc == KUNCI_STORE_DAMAGED && store) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        assert_int_equal(store_backup(store, "of damaged", &err), KUNCI_STORE_DAMAGED);
        assert_false(is_there("of damaged"));
    }
    store_close(&store);
    return rc != KUNCI_OK;
}

static void test_pages_flipped(void **state)
{
    struct store *store = open_store("whole", STORE_CREATE);
    size_t len, page, i, pages = 0, refused = 0;
    unsigned char *bytes;

    (void)state;
    fill(store, 150);
    store_close(&store);
    bytes = place_file("whole", &len);
    for (page = 0; page < len; page += 4096, pages++) {
        FILE *file = fopen("flipped", "wb");

        for (i = page; i < page + 4096; i++)
            bytes[i] ^= 0xff;
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        assert_int_equal(fclose(file), 0);
        for (i = page; i < page + 4096; i++)
            bytes[i] ^= 0xff;
        refused += is_refused("flipped");
    }
    place_shell("rm -f flipped*");
    free(bytes);
    assert_true(pages > 40);
    assert_int_equal(refused, pages);
}

static void test_cut(void **state)
{
    size_t len, cut;
    unsigned char *bytes = place_file("whole", &len);

    (void)state;
    for (cut = 0; cut < len; cut += cut < 200 ? 7 : 2048 + 5) {
        FILE *file = fopen("cut", "wb");

        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        assert_int_equal(fclose(file), 0);
        if (!is_refused("cut"))
            fail_msg("%zu of %zu bytes are taken", cut, len);
    }
    place_shell("rm -f cut*");
    free(bytes);
}

/* ---- no space, no right ---- */

/* A limit on the size of files does here what a full disk does. */
static void test_full(void **state)
{
    struct store *store = open_store("full", STORE_CREATE);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rlimit before, small;
    static char big[300000];
    enum kunci_rc rc;

    (void)state;
    memset(big, 'b', sizeof big - 1);
    put(store, "before", OF_INT(1));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 200000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(store_begin(store, &err), KUNCI_OK);
    rc = store_do(store, "INSERT INTO meta (name, value) VALUES ('big', $1)", VALUES(OF_TEXT(big)),
                  &err);
    if (rc == KUNCI_OK)
        rc = store_commit(store, &err);
    store_rollback(store);
    assert_int_equal(rc, KUNCI_STORE_FAILED);
    assert_string_equal(err.about, "full");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);

    /* With room again it goes on, and of what failed nothing is there. */
    assert_int_equal(count(store), 1);
    put(store, "after", OF_INT(2));
    assert_int_equal(count(store), 2);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_check(store, &err), KUNCI_OK);
    store_close(&store);
}

static void test_read_only(void **state)
{
    struct store *store = open_store("readonly", STORE_CREATE);
    struct kunci_err err;

    (void)state;
    store_close(&store);
    if (geteuid() == 0)
        skip(); /* root may write anything */
    assert_int_equal(chmod("readonly", 0400), 0);
    assert_int_equal(opens("readonly", STORE_WRITE, &err), KUNCI_STORE_FAILED);
    assert_int_equal(opens("readonly", STORE_READ, &err), KUNCI_OK);
}

/* ---- copied ---- */

static void test_backup(void **state)
{
    struct store *store = open_store("source", STORE_CREATE), *copy;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct stat about;

    (void)state;
    fill(store, 100);
    assert_int_equal(store_backup(store, "copy", &err), KUNCI_OK);
    place_shell("test \"$(ls copy*)\" = copy");
    assert_int_equal(stat("copy", &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    put(store, "after", OF_INT(1));
    copy = open_store("copy", STORE_WRITE);
    assert_int_equal(count(copy), 100);
    put(copy, "its own", OF_INT(1));
    store_close(&copy);

    assert_int_equal(store_backup(store, "copy", &err), KUNCI_FILE_EXISTS);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(store_backup(store, "no/folder/copy", &err), KUNCI_STORE_FAILED);
    store_close(&store);

    err = (struct kunci_err)KUNCI_ERR_INIT;
    store = open_store("source", STORE_READ);
    assert_int_equal(store_backup(store, "by reader", &err), KUNCI_OK);
    store_close(&store);
    copy = open_store("by reader", STORE_READ);
    assert_int_equal(count(copy), 101);
    store_close(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),          cmocka_unit_test(test_settings),
        cmocka_unit_test(test_values),        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_nested),        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_transactions),  cmocka_unit_test(test_undone),
        cmocka_unit_test(test_forward),       cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_pages_flipped), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_full),          cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_backup),
    };

    place_up();
    return cmocka_run_group_tests(tests, NULL, place_down);
}
