/* The authority's store and its audit trail. */
#include "audit/export.h"
#include "lib/signing_desk.h"
#include "oom/scenario.h"

#include <kunci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct desk *kept;
static char folder[] = "/dev/shm/kunci-oom.XXXXXX"; /* in memory: thousands are made */
static unsigned char *cert;
static size_t cert_len;

static void gone(void)
{
    (void)rmdir(folder);
    OPENSSL_free(cert);
    desk_down(&kept);
}

/* Before anything fails. The signer in software does not bear failures of OpenSSL. */
static void up(void)
{
    if (kept)
        return;
    if (!mkdtemp(folder))
        abort();
    kept = desk_up(KUNCI_KEY_ED25519, KUNCI_ED25519, NULL);
    cert_len = (size_t)i2d_X509(kept->cert, &cert);
    kept->signer->cert = cert;
    kept->signer->cert_len = cert_len;
    atexit(gone);
}

static const char *path_of(const char *name)
{
    static char paths[4][64];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void forget(const char *name)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char path[96];
    size_t i;

    for (i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", path_of(name), ends[i]);
        (void)unlink(path);
    }
}

static enum kunci_rc write_rows(struct store *store, struct kunci_err *err)
{
    enum kunci_rc rc = store_begin(store, err);

    if (rc == KUNCI_OK)
        rc = store_do(store, "INSERT INTO meta (name, value) VALUES ($1, $2)",
                      VALUES(OF_TEXT("a"), OF_TEXT("b")), err);
    if (rc == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}

static enum kunci_rc read_rows(struct store *store, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(store, "SELECT name, value FROM meta ORDER BY value", NO_VALUES, &rows, err);

    while (rc == KUNCI_OK && rows_next(&rows, err))
        if (strcmp(rows_text(&rows, 1), "b") != 0)
            abort();
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

enum kunci_rc store_use_all(struct kunci_err *err)
{
    struct store *store = NULL;
    enum kunci_rc rc;

    up();
    forget("store");
    forget("copy");
    if ((rc = store_open(path_of("store"), STORE_CREATE, &store, err)) == KUNCI_OK &&
        (rc = write_rows(store, err)) == KUNCI_OK && (rc = read_rows(store, err)) == KUNCI_OK &&
        (rc = store_backup(store, path_of("copy"), err)) == KUNCI_OK)
        rc = store_check(store, err);
    store_close(&store);
    forget("store");
    forget("copy");
    return rc;
}

static enum kunci_rc check_export(FILE *file, const struct audit_sealers *sealers,
                                  struct kunci_err *err)
{
    struct audit_check *check = NULL;
    struct audit_report report;
    char piece[512];
    const char *at;
    size_t got;
    enum kunci_rc rc = audit_check_new(sealers, &check, err);

    rewind(file);
    while (rc == KUNCI_OK && (got = fread(piece, 1, sizeof piece, file)) > 0)
        rc = audit_check_add(check, piece, got, err);
    if (rc == KUNCI_OK)
        rc = audit_check_end(check, &report, &at, err);
    audit_check_free(&check);
    return rc;
}

enum kunci_rc store_audit(struct kunci_err *err)
{
    static FILE *file; /* kept, with what it is read through */
    struct audit_export how = {.at = 3};
    struct audit_sealers sealers;
    struct audit_report report;
    struct store *store = NULL;
    json_t *list = NULL;
    enum kunci_rc rc;

    up();
    how.signer = kept->signer;
    sealers = (struct audit_sealers){cert, cert_len};
    forget("audited");
    if (!file && !(file = tmpfile()))
        abort();
    rewind(file);
    if ((rc = store_open(path_of("audited"), STORE_CREATE, &store, err)) == KUNCI_OK &&
        (rc = store_do(
             store,
             "INSERT INTO certificates (serial, profile, subject, key_hash, der, "
             "not_before, not_after, issued_at) VALUES ('1', 'audit', '', $1, $1, 0, 0, 0)",
             VALUES(OF_BLOB(cert, cert_len)), err)) == KUNCI_OK &&
        (rc = audit_export(store, &how, file, "export", &report, err)) == KUNCI_OK &&
        (rc = audit_verify(store, &sealers, &report, err)) == KUNCI_OK &&
        (rc = audit_list(store, 0, 0, 9, &list, err)) == KUNCI_OK)
        rc = check_export(file, &sealers, err);
    json_decref(list);
    store_close(&store);
    forget("audited");
    return rc;
}
