/* The authority's store: one SQLite file, written in transactions that are on the disk
 * before they are acknowledged. SQL stands where it is used, in the dialect that SQLite
 * and PostgreSQL share: $1, $2, ... for the first value, the second, ..., RETURNING,
 * ON CONFLICT. The tables are in schema.c. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <kunci/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A connection: one thread at a time, and never carried over a fork. */
struct store;

/* KUNCI_STORE_DAMAGED: what is there is no store of ours, and was not touched;
 * KUNCI_AMS_MISSING: nothing is there. */
enum store_use {
    STORE_CREATE, /* the file must not be there (KUNCI_FILE_EXISTS); it appears whole */
    STORE_WRITE,  /* an older schema is brought forward first, a newer one refused */
    STORE_READ    /* nothing can be changed, and the schema has to be today's */
};
KUNCI_MUST_USE enum kunci_rc store_open(const char *path, enum store_use use, struct store **out,
                                        struct kunci_err *err);
void store_close(struct store **store);
const char *store_path(const struct store *store); /* as it was opened, for errors */

/* Looks the whole file through: KUNCI_STORE_DAMAGED. */
KUNCI_MUST_USE enum kunci_rc store_check(struct store *store, struct kunci_err *err);

/* A transaction that writes: it waits for others' to end (ten seconds at most). */
KUNCI_MUST_USE enum kunci_rc store_begin(struct store *store, struct kunci_err *err);
/* One that only reads, on any connection: all that is read in it is of one moment, while
 * others go on writing. It is to be ended by store_rollback(). */
KUNCI_MUST_USE enum kunci_rc store_begin_reading(struct store *store, struct kunci_err *err);
/* Committed is on the disk; what could not be committed is undone. */
KUNCI_MUST_USE enum kunci_rc store_commit(struct store *store, struct kunci_err *err);
/* What was done since store_begin() is undone; nothing where none is under way. */
void store_rollback(struct store *store);

/* ---- statements ---- */

struct store_value {
    enum { STORE_NULL, STORE_INT, STORE_TEXT, STORE_BLOB } kind;
    int64_t number;
    const void *bytes; /* they have to stay until the statement is done */
    size_t len;
};
#define OF_INT(n)      ((struct store_value){.kind = STORE_INT, .number = (n)})
#define OF_TEXT(text)  store_text(text) /* NULL is NULL */
#define OF_BLOB(at, n) ((struct store_value){.kind = STORE_BLOB, .bytes = (at), .len = (n)})
#define OF_NULL        ((struct store_value){.kind = STORE_NULL})
struct store_value store_text(const char *text);

/* store_do(store, "DELETE FROM x WHERE a = $1", VALUES(OF_INT(1)), err) */
#define VALUES(...)                                                                                \
    (const struct store_value[]){__VA_ARGS__},                                                     \
        sizeof((const struct store_value[]){__VA_ARGS__}) / sizeof(struct store_value)
#define NO_VALUES NULL, 0

/* sql is a literal: its address is what the prepared statement is kept by. Rows that the
 * statement returns are not looked at. */
KUNCI_MUST_USE enum kunci_rc store_do(struct store *store, const char *sql,
                                      const struct store_value *values, size_t count,
                                      struct kunci_err *err);
/* How many rows the last store_do() changed. */
int64_t store_changed(const struct store *store);

/* A query whose rows are walked through; to be ended in any case, also where it failed.
 * Queries may be nested, the same one within itself too. */
struct statement;
struct rows {
    struct store *store;
    struct statement *statement;
    enum kunci_rc rc; /* what went wrong on the way: to be looked at before rows_end() */
};
KUNCI_MUST_USE enum kunci_rc store_query(struct store *store, const char *sql,
                                         const struct store_value *values, size_t count,
                                         struct rows *out, struct kunci_err *err);
/* The next row; false: there is none, or err is set. */
bool rows_next(struct rows *rows, struct kunci_err *err);
int64_t rows_int(const struct rows *rows, int column);
/* They live until the next row. NULL where the column is. */
const char *rows_text(const struct rows *rows, int column);
const void *rows_blob(const struct rows *rows, int column, size_t *len);
bool rows_null(const struct rows *rows, int column);
void rows_end(struct rows *rows);

/* ---- whole ---- */

/* A copy of the store as it is now, whole and looked through, while others go on writing.
 * There must be no file at path (KUNCI_FILE_EXISTS); one appears when it is complete. */
KUNCI_MUST_USE enum kunci_rc store_backup(struct store *store, const char *path,
                                          struct kunci_err *err);

#endif
