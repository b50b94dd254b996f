/* A connection from the inside. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "store/store.h"

#include <limits.h>
#include <sqlite3.h>

/* The first bytes of our files say whose they are: "kunc". */
enum { STORE_APPLICATION = 0x6b756e63 };

struct statement {
    const char *sql; /* the literal; NULL where it is not kept */
    sqlite3_stmt *prepared;
    bool busy;
};

/* More are not kept, but prepared each time: far more than there are literals. */
enum { STATEMENTS_KEPT = 1024 };

struct store {
    sqlite3 *db;
    char path[PATH_MAX];
    enum store_use use;
    bool in_transaction;
    sqlite3_stmt *rollback; /* ready at any time: undoing must not want for memory */
    int64_t changed;
    struct statement kept[STATEMENTS_KEPT]; /* found by their literals' addresses */
};

/* The error that SQLite's code is. */
bool store_damage(int code);
enum kunci_rc store_failed(const struct store *store, int code, struct kunci_err *err);

/* Statements that take nothing and give nothing. */
KUNCI_MUST_USE enum kunci_rc store_run(struct store *store, const char *sql, struct kunci_err *err);
/* The number that a PRAGMA answers. */
KUNCI_MUST_USE enum kunci_rc store_number(struct store *store, const char *sql, int64_t *number,
                                          struct kunci_err *err);

/* The file at path, which is known to be there and to be ours. */
KUNCI_MUST_USE enum kunci_rc store_connect(const char *path, enum store_use use, struct store **out,
                                           struct kunci_err *err);
/* Everything is in the file itself then, and nothing in a log beside it. */
KUNCI_MUST_USE enum kunci_rc store_fold(struct store *store, struct kunci_err *err);
void statements_drop(struct store *store);

#endif
