#include "store/sqlite.h"

#include "base/error.h"
#include "base/text.h"
#include "store/beside.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 10000, LOG_MAX = 64 << 20, HEAD = 100 };

/* ---- what went wrong ---- */

bool store_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ||
           code == SQLITE_IOERR_CORRUPTFS;
}

enum kunci_rc store_failed(const struct store *store, int code, struct kunci_err *err)
{
    int errnum = sqlite3_system_errno(store->db);

    if (code == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM)
        return err_no_memory(err);
    if (store_damage(code))
        return err_set(err, KUNCI_STORE_DAMAGED, store->path, sqlite3_errstr(code));
    /* The system's word says more than "disk I/O error". */
    if (((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) && errnum)
        return err_system(err, KUNCI_STORE_FAILED, store->path, errnum);
    return err_set(err, KUNCI_STORE_FAILED, store->path,
                   sqlite3_errcode(store->db) ? sqlite3_errmsg(store->db) : sqlite3_errstr(code));
}

enum kunci_rc store_run(struct store *store, const char *sql, struct kunci_err *err)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? KUNCI_OK
                             : store_failed(store, sqlite3_extended_errcode(store->db), err);
}

enum kunci_rc store_number(struct store *store, const char *sql, int64_t *number,
                           struct kunci_err *err)
{
    sqlite3_stmt *prepared = NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (sqlite3_prepare_v2(store->db, sql, -1, &prepared, NULL) == SQLITE_OK &&
        sqlite3_step(prepared) == SQLITE_ROW)
        *number = sqlite3_column_int64(prepared, 0);
    else
        rc = store_failed(store, sqlite3_extended_errcode(store->db), err);
    sqlite3_finalize(prepared);
    return rc;
}

/* ---- opened and closed ---- */

/* Read by SQLite's own hands: to open and close the file here would end the locks that
 * other connections of this process have on it. Nothing was written so far. */
static enum kunci_rc look_whose(const struct store *store, struct kunci_err *err)
{
    unsigned char head[HEAD] = {0};
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    unsigned application;

    if (code == SQLITE_OK && file && file->pMethods)
        code = file->pMethods->xRead(file, head, sizeof head, 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)
        return store_failed(store, code, err);
    application = (unsigned)head[68] << 24 | head[69] << 16 | head[70] << 8 | head[71];
    if (memcmp(head, "SQLite format 3", 16) != 0 || application != STORE_APPLICATION)
        return err_set(err, KUNCI_STORE_DAMAGED, store->path, _("it is no store of kunci"));
    return KUNCI_OK;
}

/* Nothing that stands in the file is trusted to do anything. */
static enum kunci_rc set_limits(struct store *store, struct kunci_err *err)
{
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},     {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    };
    size_t i;

    for (i = 0; i < sizeof options / sizeof *options; i++) {
        int code = sqlite3_db_config(store->db, options[i].option, options[i].value, NULL);

        if (code != SQLITE_OK)
            return store_failed(store, code, err);
    }
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_timeout(store->db, WAIT_MS);
    return KUNCI_OK;
}

static enum kunci_rc set_writing(struct store *store, struct kunci_err *err)
{
    enum kunci_rc rc;
    char sql[64];

    if (store->use == STORE_READ)
        return store_run(store, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1", err);
    if (sqlite3_db_readonly(store->db, "main"))
        return err_system(err, KUNCI_STORE_FAILED, store->path, EROFS);
    rc = store_run(store,
                   "PRAGMA cell_size_check = 1; PRAGMA journal_mode = WAL; "
                   "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY",
                   err);
    snprintf(sql, sizeof sql, "PRAGMA journal_size_limit = %d", LOG_MAX);
    return rc == KUNCI_OK ? store_run(store, sql, err) : rc;
}

static enum kunci_rc prepare_rollback(struct store *store, struct kunci_err *err)
{
    int code = sqlite3_prepare_v3(store->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT,
                                  &store->rollback, NULL);

    return code == SQLITE_OK ? KUNCI_OK : store_failed(store, code, err);
}

static enum kunci_rc keep_path(struct store *store, const char *path, struct kunci_err *err)
{
    if (strlen(path) >= sizeof store->path)
        return err_system(err, KUNCI_STORE_FAILED, path, ENAMETOOLONG);
    strcpy(store->path, path);
    return KUNCI_OK;
}

enum kunci_rc store_connect(const char *path, enum store_use use, struct store **out,
                            struct kunci_err *err)
{
    int flags = use == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, code;
    struct store *store = calloc(1, sizeof *store);
    enum kunci_rc rc;

    *out = NULL;
    if (!store) {
        err_no_memory(err);
        return KUNCI_NO_MEMORY;
    }
    store->use = use;
    rc = keep_path(store, path, err);
    if (rc != KUNCI_OK)
        goto out;
    code = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK && sqlite3_system_errno(store->db) == ENOENT)
        rc = err_set(err, KUNCI_AMS_MISSING, path, NULL);
    else if (code != SQLITE_OK)
        rc = store_failed(store, sqlite3_extended_errcode(store->db), err);
    if (rc == KUNCI_OK)
        (void)sqlite3_extended_result_codes(store->db, 1);
    if (rc == KUNCI_OK && use != STORE_CREATE)
        rc = look_whose(store, err);
    if (rc == KUNCI_OK)
        rc = set_limits(store, err);
    if (rc == KUNCI_OK)
        rc = set_writing(store, err);
    if (rc == KUNCI_OK)
        rc = prepare_rollback(store, err);
    if (rc == KUNCI_OK) {
        *out = store;
        store = NULL;
    }
out:
    store_close(&store);
    return rc;
}

enum kunci_rc store_fold(struct store *store, struct kunci_err *err)
{
    int code = sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return code == SQLITE_OK ? KUNCI_OK : store_failed(store, code, err);
}

/* Made beside its place and put there whole: nobody ever finds half a store. */
static enum kunci_rc create(const char *path, struct kunci_err *err)
{
    struct beside beside = {0};
    struct store *store = NULL;
    enum kunci_rc rc = beside_make(&beside, path, KUNCI_STORE_FAILED, err);
    char sql[64];

    if (rc == KUNCI_OK)
        rc = store_connect(beside.path, STORE_CREATE, &store, err);
    if (rc == KUNCI_OK) {
        snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION);
        rc = store_run(store, sql, err);
    }
    if (rc == KUNCI_OK)
        rc = schema_bring(store, schema_steps, schema_step_count, err);
    if (rc == KUNCI_OK)
        rc = store_fold(store, err);
    store_close(&store);
    if (rc == KUNCI_OK)
        rc = beside_place(&beside, path, err);
    beside_drop(&beside);
    return rc;
}

enum kunci_rc store_open(const char *path, enum store_use use, struct store **out,
                         struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;

    *out = NULL;
    if (use == STORE_CREATE)
        rc = create(path, err);
    if (rc == KUNCI_OK)
        rc = store_connect(path, use == STORE_READ ? STORE_READ : STORE_WRITE, out, err);
    if (rc == KUNCI_OK)
        rc = schema_bring(*out, schema_steps, schema_step_count, err);
    if (rc != KUNCI_OK)
        store_close(out);
    return rc;
}

void store_close(struct store **store)
{
    struct store *gone = *store;

    *store = NULL;
    if (!gone)
        return;
    statements_drop(gone);
    sqlite3_finalize(gone->rollback);
    sqlite3_close_v2(gone->db);
    free(gone);
}

const char *store_path(const struct store *store)
{
    return store->path;
}

enum kunci_rc store_check(struct store *store, struct kunci_err *err)
{
    sqlite3_stmt *prepared = NULL;
    enum kunci_rc rc = KUNCI_OK;
    const char *said;

    if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &prepared, NULL) !=
            SQLITE_OK ||
        sqlite3_step(prepared) != SQLITE_ROW)
        rc = store_failed(store, sqlite3_extended_errcode(store->db), err);
    if (rc == KUNCI_OK) {
        said = (const char *)sqlite3_column_text(prepared, 0);
        if (!said)
            rc = err_no_memory(err);
        else if (strcmp(said, "ok") != 0)
            rc = err_set(err, KUNCI_STORE_DAMAGED, store->path, said);
    }
    sqlite3_finalize(prepared);
    return rc;
}

/* ---- transactions ---- */

static enum kunci_rc begin(struct store *store, const char *sql, struct kunci_err *err)
{
    enum kunci_rc rc = store_run(store, sql, err);

    store->in_transaction |= rc == KUNCI_OK;
    return rc;
}

enum kunci_rc store_begin(struct store *store, struct kunci_err *err)
{
    return begin(store, store->use == STORE_READ ? "BEGIN" : "BEGIN IMMEDIATE", err);
}

enum kunci_rc store_begin_reading(struct store *store, struct kunci_err *err)
{
    return begin(store, "BEGIN", err);
}

enum kunci_rc store_commit(struct store *store, struct kunci_err *err)
{
    enum kunci_rc rc = store_run(store, "COMMIT", err);

    if (rc != KUNCI_OK)
        store_rollback(store);
    store->in_transaction = false;
    return rc;
}

void store_rollback(struct store *store)
{
    /* After some errors SQLite has done so itself. */
    if (store->in_transaction && !sqlite3_get_autocommit(store->db))
        (void)sqlite3_step(store->rollback);
    (void)sqlite3_reset(store->rollback);
    store->in_transaction = false;
}
