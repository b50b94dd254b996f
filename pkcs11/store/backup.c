#include "base/error.h"
#include "store/beside.h"
#include "store/sqlite.h"

/* All pages in one step, and so of one moment: those who write meanwhile write into the
 * log, and wait for nothing. */
static enum kunci_rc copy(struct store *from, struct store *to, struct kunci_err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
    int code;

    if (!backup)
        return store_failed(to, sqlite3_extended_errcode(to->db), err);
    (void)sqlite3_backup_step(backup, -1);
    code = sqlite3_backup_finish(backup);
    return code == SQLITE_OK ? KUNCI_OK : store_failed(store_damage(code) ? from : to, code, err);
}

enum kunci_rc store_backup(struct store *store, const char *path, struct kunci_err *err)
{
    struct beside beside = {0};
    struct store *to = NULL;
    enum kunci_rc rc = beside_make(&beside, path, KUNCI_STORE_FAILED, err);

    if (rc == KUNCI_OK)
        rc = store_connect(beside.path, STORE_CREATE, &to, err);
    if (rc == KUNCI_OK)
        rc = copy(store, to, err);
    if (rc == KUNCI_OK)
        rc = store_check(to, err); /* what is damaged takes no good backup's place */
    if (rc == KUNCI_OK)
        rc = store_fold(to, err);
    store_close(&to);
    if (rc == KUNCI_OK)
        rc = beside_place(&beside, path, err);
    beside_drop(&beside);
    return rc;
}
