#include "store/schema.h"

#include "base/error.h"
#include "base/text.h"
#include "store/sqlite.h"

#include <stdio.h>

/* Times are seconds since 1970. Nothing is ever deleted but notices that were read. */
static const char first[] =
    /* names of keys, certificates of the authority, numbers that go up */
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value ANY) STRICT;"

    "CREATE TABLE accounts ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, institution TEXT,"
    " data TEXT NOT NULL," /* JSON: nik, nip, name, email, post, unit, ... */
    " subject TEXT,"       /* the name that certificates shall have */
    " password TEXT,"      /* scrypt:N:r:p:salt:hash; NULL: none */
    " state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),"
    " made_at INTEGER NOT NULL) STRICT;"

    "CREATE TABLE grants ("
    " account INTEGER NOT NULL REFERENCES accounts (id), role TEXT NOT NULL, scope TEXT,"
    " of_account INTEGER REFERENCES accounts (id), from_at INTEGER, until_at INTEGER) STRICT;"
    "CREATE INDEX grants_account ON grants (account);"
    "CREATE INDEX grants_role ON grants (role);"

    "CREATE TABLE requests ("
    " id INTEGER PRIMARY KEY, key TEXT NOT NULL,"
    " account INTEGER NOT NULL REFERENCES accounts (id),"
    " kind TEXT NOT NULL, procedure TEXT NOT NULL, version TEXT NOT NULL,"
    " state TEXT NOT NULL, step TEXT,"
    " role TEXT," /* whose turn it is; NULL: it is over */
    " institution TEXT,"
    " certificate TEXT,"                        /* the serial it is about */
    " issued TEXT,"                             /* the serial it brought */
    " caller INTEGER REFERENCES requests (id)," /* within whose step it runs */
    " began INTEGER NOT NULL, touched INTEGER NOT NULL, due_at INTEGER,"
    " body TEXT NOT NULL," /* the engine's JSON */
    " UNIQUE (account, key)) STRICT;"
    "CREATE INDEX requests_kind ON requests (account, kind) WHERE role IS NOT NULL;"
    "CREATE INDEX requests_queue ON requests (role, id, institution, kind)"
    " WHERE role IS NOT NULL;"
    "CREATE INDEX requests_own ON requests (account, id);"
    "CREATE INDEX requests_called ON requests (caller) WHERE caller IS NOT NULL;"
    "CREATE INDEX requests_due ON requests (due_at) WHERE role IS NOT NULL;"

    "CREATE TABLE certificates ("
    " serial TEXT NOT NULL PRIMARY KEY," /* lower-case hexadecimal */
    " account INTEGER REFERENCES accounts (id),"
    " request INTEGER REFERENCES requests (id),"
    " profile TEXT NOT NULL, subject TEXT NOT NULL,"
    " key_hash BLOB NOT NULL," /* SHA-256 of the SubjectPublicKeyInfo */
    " der BLOB NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL,"
    " status TEXT NOT NULL DEFAULT 'active'"
    " CHECK (status IN ('active', 'suspended', 'revoked')),"
    " revoked_at INTEGER, reason INTEGER,"
    " invalid_at INTEGER," /* since when its key may have been in others' hands */
    " issued_at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX certificates_account ON certificates (account, not_after);"
    "CREATE INDEX certificates_request ON certificates (request);"
    "CREATE INDEX certificates_key ON certificates (key_hash);"
    "CREATE INDEX certificates_end ON certificates (not_after);"
    /* a revocation list is made of it alone */
    "CREATE INDEX certificates_revoked"
    " ON certificates (serial, status, revoked_at, reason, not_after, invalid_at)"
    " WHERE status <> 'active';"

    "CREATE TABLE documents (" /* letters, and csr, proof-old, proof-new */
    " request INTEGER NOT NULL REFERENCES requests (id), name TEXT NOT NULL,"
    " sha256 BLOB NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (request, name)) STRICT;"

    "CREATE TABLE decisions ("
    " id INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES requests (id),"
    " step TEXT NOT NULL, account INTEGER NOT NULL REFERENCES accounts (id),"
    " verdict TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL, cms BLOB NOT NULL) STRICT;"
    "CREATE INDEX decisions_request ON decisions (request);"

    "CREATE TABLE flow_events (" /* lines of kunci-flow-events(5) */
    " id INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES requests (id),"
    " line TEXT NOT NULL) STRICT;"
    "CREATE INDEX flow_events_request ON flow_events (request);"

    "CREATE TABLE notices ("
    " id INTEGER PRIMARY KEY, request INTEGER REFERENCES requests (id),"
    " account INTEGER REFERENCES accounts (id), role TEXT,"
    " certificate TEXT REFERENCES certificates (serial)," /* that a notice by itself is about */
    " message TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX notices_account ON notices (account);"
    "CREATE INDEX notices_role ON notices (role, id);"
    "CREATE INDEX notices_request ON notices (request);"
    "CREATE INDEX notices_certificate ON notices (certificate) WHERE certificate IS NOT NULL;"

    "CREATE TABLE audit (" /* see audit/ledger.h */
    " seq INTEGER PRIMARY KEY, line TEXT NOT NULL, hash BLOB NOT NULL) STRICT;";

const char *const schema_steps[] = {first};
const size_t schema_step_count = sizeof schema_steps / sizeof *schema_steps;

static enum kunci_rc read_version(struct store *store, size_t newest, int64_t *version,
                                  struct kunci_err *err)
{
    enum kunci_rc rc = store_number(store, "PRAGMA user_version", version, err);

    if (rc == KUNCI_OK && *version < 0)
        return err_set(err, KUNCI_STORE_DAMAGED, store->path, _("it does not say its version"));
    if (rc == KUNCI_OK && *version > (int64_t)newest)
        return err_setf(err, KUNCI_STORE_NEWER, store->path, _("version %lld, not %zu"),
                        (long long)*version, newest);
    return rc;
}

static enum kunci_rc take_steps(struct store *store, const char *const *steps, size_t count,
                                struct kunci_err *err)
{
    char sql[64];
    int64_t version;
    enum kunci_rc rc = read_version(store, count, &version, err); /* another may have been here */

    for (; rc == KUNCI_OK && version < (int64_t)count; version++)
        rc = store_run(store, steps[version], err);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %zu", count);
    return rc == KUNCI_OK ? store_run(store, sql, err) : rc;
}

enum kunci_rc schema_bring(struct store *store, const char *const *steps, size_t count,
                           struct kunci_err *err)
{
    int64_t version;
    enum kunci_rc rc = read_version(store, count, &version, err);

    if (rc != KUNCI_OK || version == (int64_t)count)
        return rc;
    if (store->use == STORE_READ)
        return err_setf(err, KUNCI_STORE_FAILED, store->path,
                        _("it is of version %lld; start kuncid once, to bring it to version %zu"),
                        (long long)version, count);
    rc = store_begin(store, err);
    if (rc == KUNCI_OK)
        rc = take_steps(store, steps, count, err);
    if (rc == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}
