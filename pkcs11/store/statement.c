#include "store/sqlite.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_value store_text(const char *text)
{
    return text ? (struct store_value){.kind = STORE_TEXT, .bytes = text, .len = strlen(text)}
                : OF_NULL;
}

/* ---- kept ---- */

/* The place where the literal's statement is or would be; NULL where there is none. */
static struct statement *place_of(struct store *store, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 3) * 31 % STATEMENTS_KEPT, i;

    for (i = 0; i < STATEMENTS_KEPT; i++) {
        struct statement *statement = &store->kept[(at + i) % STATEMENTS_KEPT];

        if (!statement->sql || statement->sql == sql)
            return statement;
    }
    return NULL;
}

static enum kunci_rc prepare(struct store *store, const char *sql, struct statement *to,
                             struct kunci_err *err)
{
    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &to->prepared, NULL) !=
        SQLITE_OK)
        return store_failed(store, sqlite3_extended_errcode(store->db), err);
    return KUNCI_OK;
}

static void let_go(struct statement **statement)
{
    struct statement *gone = *statement;

    *statement = NULL;
    if (!gone)
        return;
    if (gone->prepared) {
        sqlite3_reset(gone->prepared);
        sqlite3_clear_bindings(gone->prepared);
    }
    gone->busy = false;
    if (!gone->sql) {
        sqlite3_finalize(gone->prepared);
        free(gone);
    }
}

/* A second one where the first is under way: a query within itself. NULL: err says why. */
static struct statement *take(struct store *store, const char *sql, struct kunci_err *err)
{
    struct statement *statement = place_of(store, sql);

    /* After some errors SQLite has undone the whole by itself: what is written then would
     * stand alone. */
    if (store->in_transaction && sqlite3_get_autocommit(store->db)) {
        err_set(err, KUNCI_STORE_FAILED, store->path, _("the transaction was undone"));
        return NULL;
    }
    /* Text at an address that another had before: it was no literal. */
    if (statement && statement->prepared && !statement->busy &&
        strcmp(sqlite3_sql(statement->prepared), sql) != 0) {
        sqlite3_finalize(statement->prepared);
        statement->prepared = NULL;
    }
    if (!statement || statement->busy) {
        statement = calloc(1, sizeof *statement);
        if (!statement) {
            err_no_memory(err);
            return NULL;
        }
    } else {
        statement->sql = sql;
    }
    statement->busy = true;
    if (!statement->prepared && prepare(store, sql, statement, err) != KUNCI_OK)
        let_go(&statement);
    return statement;
}

void statements_drop(struct store *store)
{
    size_t i;

    for (i = 0; i < STATEMENTS_KEPT; i++)
        sqlite3_finalize(store->kept[i].prepared);
}

/* ---- values ---- */

static int bind(sqlite3_stmt *prepared, int place, const struct store_value *value)
{
    switch (value->kind) {
    case STORE_INT:
        return sqlite3_bind_int64(prepared, place, value->number);
    case STORE_TEXT:
        return sqlite3_bind_text64(prepared, place, value->bytes, value->len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case STORE_BLOB: /* empty is not NULL */
        return sqlite3_bind_blob64(prepared, place, value->bytes ? value->bytes : "", value->len,
                                   SQLITE_STATIC);
    case STORE_NULL:
        break;
    }
    return sqlite3_bind_null(prepared, place);
}

/* $2 is the second value wherever it stands, as PostgreSQL has it. */
static enum kunci_rc bind_all(const struct store *store, sqlite3_stmt *prepared,
                              const struct store_value *values, size_t count, struct kunci_err *err)
{
    int places = sqlite3_bind_parameter_count(prepared), i;

    if (count != (size_t)places)
        return err_setf(err, KUNCI_STORE_FAILED, store->path, "%d values wanted, %zu given: %s",
                        places, count, sqlite3_sql(prepared));
    for (i = 1; i <= places; i++) {
        const char *name = sqlite3_bind_parameter_name(prepared, i);
        unsigned long number = name && name[0] == '$' ? strtoul(name + 1, NULL, 10) : 0;
        int code;

        if (number < 1 || number > count)
            return err_set(err, KUNCI_STORE_FAILED, store->path, sqlite3_sql(prepared));
        code = bind(prepared, i, &values[number - 1]);
        if (code != SQLITE_OK)
            return store_failed(store, code, err);
    }
    return KUNCI_OK;
}

/* ---- done ---- */

enum kunci_rc store_do(struct store *store, const char *sql, const struct store_value *values,
                       size_t count, struct kunci_err *err)
{
    struct statement *statement = take(store, sql, err);
    enum kunci_rc rc;
    int code;

    if (!statement)
        return err->rc;
    rc = bind_all(store, statement->prepared, values, count, err);
    if (rc == KUNCI_OK) {
        do
            code = sqlite3_step(statement->prepared);
        while (code == SQLITE_ROW);
        if (code != SQLITE_DONE)
            rc = store_failed(store, code, err);
        store->changed = rc == KUNCI_OK && !sqlite3_stmt_readonly(statement->prepared)
                             ? sqlite3_changes64(store->db)
                             : 0;
    }
    let_go(&statement);
    return rc;
}

int64_t store_changed(const struct store *store)
{
    return store->changed;
}

enum kunci_rc store_query(struct store *store, const char *sql, const struct store_value *values,
                          size_t count, struct rows *out, struct kunci_err *err)
{
    *out = (struct rows){.store = store};
    out->statement = take(store, sql, err);
    out->rc =
        out->statement ? bind_all(store, out->statement->prepared, values, count, err) : err->rc;
    if (out->rc != KUNCI_OK)
        let_go(&out->statement);
    return out->rc;
}

/* Reading a text may need memory: it is asked for here, where that can be said. */
static bool texts_are_there(sqlite3_stmt *prepared)
{
    int i, columns = sqlite3_column_count(prepared);

    for (i = 0; i < columns; i++)
        if (sqlite3_column_type(prepared, i) == SQLITE_TEXT && !sqlite3_column_text(prepared, i))
            return false;
    return true;
}

bool rows_next(struct rows *rows, struct kunci_err *err)
{
    int code;

    if (rows->rc != KUNCI_OK || !rows->statement)
        return false;
    code = sqlite3_step(rows->statement->prepared);
    if (code == SQLITE_ROW && texts_are_there(rows->statement->prepared))
        return true;
    if (code == SQLITE_ROW)
        rows->rc = err_no_memory(err);
    else if (code != SQLITE_DONE)
        rows->rc = store_failed(rows->store, code, err);
    let_go(&rows->statement);
    return false;
}

int64_t rows_int(const struct rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement->prepared, column);
}

const char *rows_text(const struct rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->statement->prepared, column);
}

const void *rows_blob(const struct rows *rows, int column, size_t *len)
{
    sqlite3_stmt *prepared = rows->statement->prepared;
    const void *bytes = sqlite3_column_blob(prepared, column);

    *len = (size_t)sqlite3_column_bytes(prepared, column);
    /* SQLite has no address for what is empty, but is not NULL. */
    return !bytes && sqlite3_column_type(prepared, column) != SQLITE_NULL ? "" : bytes;
}

bool rows_null(const struct rows *rows, int column)
{
    return sqlite3_column_type(rows->statement->prepared, column) == SQLITE_NULL;
}

void rows_end(struct rows *rows)
{
    let_go(&rows->statement);
}
