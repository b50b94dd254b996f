#include "ams/crld.h"

#include "ams/crld_entry.h"
#include "ams/meta.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/der.h"
#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "x509/algor.h"
#include "x509/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *file, *fresh, *entries; /* fresh and entries: while one is written */
    const char *number, *published;
} lists[CRLD_LISTS] = {
    [CRLD_ISSUING] = {"issuing.crl", ".issuing.crl", ".issuing.crl.entries", "crl_issuing_number",
                      "crl_issuing_published"},
    [CRLD_ROOT] = {"root.crl", ".root.crl", ".root.crl.entries", "crl_root_number",
                   "crl_root_published"},
};

const char *crld_file(enum crld_list list)
{
    return lists[list].file;
}

/* ---- numbers ---- */

enum kunci_rc crld_begin(struct store *store, enum crld_list list, int64_t now,
                         struct crld_turn *out, struct kunci_err *err)
{
    enum kunci_rc rc;

    *out = (struct crld_turn){.list = list, .now = now};
    if ((rc = meta_number(store, lists[list].number, &out->number, err)) != KUNCI_OK ||
        (rc = crld_published(store, list, &out->before, err)) != KUNCI_OK)
        return rc;
    out->number++;
    return meta_put(store, lists[list].number, OF_INT(out->number), err);
}

enum kunci_rc crld_end(struct store *store, const struct crld_turn *turn, struct kunci_err *err)
{
    return meta_put(store, lists[turn->list].published, OF_INT(turn->now), err);
}

enum kunci_rc crld_published(struct store *store, enum crld_list list, int64_t *at,
                             struct kunci_err *err)
{
    return meta_number(store, lists[list].published, at, err);
}

enum kunci_rc crld_note(struct store *store, const struct crld_turn *turn, const char *node,
                        struct kunci_err *err)
{
    json_t *details = json_pack("{s:I}", "number", (json_int_t)turn->number);
    const struct audit_act act = {.node = node,
                                  .at = turn->now,
                                  .event = "crl.written",
                                  .subject = crld_file(turn->list),
                                  .details = details};
    enum kunci_rc rc = details ? audit_add(store, &act, err) : err_no_memory(err);

    json_decref(details);
    return rc;
}

/* ---- written ---- */

enum { CHUNK = 1 << 16 };

struct writing {
    const struct crld_turn *turn;
    struct kunci_signer *signer;
    struct kunci_err *err;
    const char *path;           /* for errors */
    int folder, entries, fresh; /* descriptors */
    off_t entries_len;
    struct buf before, after; /* the entries, within what is signed */
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;
};

static enum kunci_rc fail(const struct writing *writing)
{
    return err_system(writing->err, KUNCI_FILE_WRITE, writing->path, errno);
}

static enum kunci_rc put(const struct writing *writing, int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t put = write(fd, at, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail(writing);
        at += put;
        len -= (size_t)put;
    }
    return KUNCI_OK;
}

/* Hands out what is in the buffer, and empties it. */
static enum kunci_rc flush(struct writing *writing, struct buf *from)
{
    enum kunci_rc rc;

    if (from->failed)
        return err_no_memory(writing->err);
    rc = put(writing, writing->entries, from->data, from->len);
    writing->entries_len += (off_t)from->len;
    from->len = 0;
    return rc;
}

/* All entries into a file: until the last is there, nobody knows the length that is to
 * stand before the first. */
static enum kunci_rc spool(struct writing *writing, struct store *store)
{
    struct rows rows = {.store = NULL};
    struct buf entries = {0};
    enum kunci_rc rc;

    rc = store_query(store,
                     "SELECT serial, revoked_at, reason, invalid_at FROM certificates "
                     "WHERE status <> 'active' AND (not_after >= $1 OR revoked_at >= $1) "
                     "ORDER BY serial",
                     VALUES(OF_INT(writing->turn->before)), &rows, writing->err);
    while (rc == KUNCI_OK && rows_next(&rows, writing->err)) {
        const struct crld_entry entry = {.serial = rows_text(&rows, 0),
                                         .revoked_at = rows_int(&rows, 1),
                                         .reason = (int)rows_int(&rows, 2),
                                         .invalid_at = rows_int(&rows, 3)};

        if (!crld_add_entry(&entries, &entry))
            rc = err_set(writing->err, KUNCI_STORE_DAMAGED, store_path(store), entry.serial);
        else if (entries.len >= CHUNK)
            rc = flush(writing, &entries);
    }
    if (rc == KUNCI_OK && (rc = rows.rc) == KUNCI_OK && entries.len > 0)
        rc = flush(writing, &entries);
    rows_end(&rows);
    buf_clear(&entries);
    return rc;
}

typedef enum kunci_rc taker(struct writing *writing, void *context, const void *bytes, size_t len);

/* Hands on the entries, piece by piece. */
static enum kunci_rc each_entry(struct writing *writing, taker *take, void *context)
{
    enum kunci_rc rc = KUNCI_OK;
    char *chunk = malloc(CHUNK);
    off_t at = 0;

    if (!chunk)
        return err_no_memory(writing->err);
    while (rc == KUNCI_OK && at < writing->entries_len) {
        ssize_t got = pread(writing->entries, chunk, CHUNK, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            rc = fail(writing);
            break;
        }
        rc = take(writing, context, chunk, (size_t)got);
        at += got;
    }
    free(chunk);
    return rc;
}

static enum kunci_rc take_hash(struct writing *writing, void *context, const void *bytes,
                               size_t len)
{
    if (EVP_DigestUpdate(context, bytes, len) == 1)
        return KUNCI_OK;
    return err_openssl(writing->err, "EVP_DigestUpdate");
}

static enum kunci_rc take_write(struct writing *writing, void *context, const void *bytes,
                                size_t len)
{
    (void)context;
    return put(writing, writing->fresh, bytes, len);
}

/* TBSCertList, all but the entries. None at all are no empty list, but nothing. */
static enum kunci_rc frame(struct writing *writing, const struct ca *ca)
{
    size_t len = (size_t)writing->entries_len;
    struct buf head = {0};
    enum kunci_rc rc;

    if ((rc = crld_add_head(&head, ca, writing->turn, writing->err)) == KUNCI_OK &&
        (rc = crld_add_tail(&writing->after, ca, writing->turn, writing->err)) == KUNCI_OK) {
        if (len > 0)
            der_header(&head, DER_SEQUENCE, len);
        der_header(&writing->before, DER_SEQUENCE, head.len + len + writing->after.len);
        buf_add(&writing->before, head.data, head.len);
        if (head.failed || writing->before.failed)
            rc = err_no_memory(writing->err);
    }
    buf_clear(&head);
    return rc;
}

static enum kunci_rc hash(struct writing *writing)
{
    const char *name = kunci_alg_hash(writing->signer->alg);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum kunci_rc rc = KUNCI_OK;

    if (!name || !context || EVP_DigestInit_ex(context, EVP_get_digestbyname(name), NULL) != 1)
        rc = err_openssl(writing->err, "EVP_DigestInit_ex");
    if (rc == KUNCI_OK)
        rc = take_hash(writing, context, writing->before.data, writing->before.len);
    if (rc == KUNCI_OK)
        rc = each_entry(writing, take_hash, context);
    if (rc == KUNCI_OK)
        rc = take_hash(writing, context, writing->after.data, writing->after.len);
    if (rc == KUNCI_OK && EVP_DigestFinal_ex(context, writing->digest, &writing->digest_len) != 1)
        rc = err_openssl(writing->err, "EVP_DigestFinal_ex");
    EVP_MD_CTX_free(context);
    return rc;
}

/* What stands behind TBSCertList: the algorithm, the signature, which is proved. */
static enum kunci_rc sign(struct writing *writing, struct buf *to)
{
    struct kunci_signer *signer = writing->signer;
    EVP_PKEY *key = spki_load(signer->spki, signer->spki_len);
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    size_t len = 0;
    enum kunci_rc rc = key ? KUNCI_OK : err_openssl(writing->err, "SubjectPublicKeyInfo");

    if (rc == KUNCI_OK && (rc = algor_add(signer->alg, to, writing->err)) == KUNCI_OK &&
        (rc = signer->sign(signer, writing->digest, writing->digest_len, sig, &len,
                           writing->err)) == KUNCI_OK &&
        (rc = proof_check_by(key, signer->alg, writing->digest, writing->digest_len, sig, len,
                             writing->err)) == KUNCI_OK) {
        der_header(to, V_ASN1_BIT_STRING, len + 1);
        buf_add(to, "", 1); /* no bits of the last byte are unused */
        buf_add(to, sig, len);
        rc = to->failed ? err_no_memory(writing->err) : KUNCI_OK;
    }
    EVP_PKEY_free(key);
    return rc;
}

static enum kunci_rc write_all(struct writing *writing)
{
    const struct buf *before = &writing->before, *after = &writing->after;
    struct buf signature = {0}, header = {0};
    enum kunci_rc rc = sign(writing, &signature);

    if (rc == KUNCI_OK) {
        der_header(&header, DER_SEQUENCE,
                   before->len + (size_t)writing->entries_len + after->len + signature.len);
        rc = header.failed ? err_no_memory(writing->err)
                           : put(writing, writing->fresh, header.data, header.len);
    }
    if (rc == KUNCI_OK)
        rc = put(writing, writing->fresh, before->data, before->len);
    if (rc == KUNCI_OK)
        rc = each_entry(writing, take_write, NULL);
    if (rc == KUNCI_OK)
        rc = put(writing, writing->fresh, after->data, after->len);
    if (rc == KUNCI_OK)
        rc = put(writing, writing->fresh, signature.data, signature.len);
    buf_clear(&signature);
    buf_clear(&header);
    return rc;
}

/* ---- files ---- */

/* Only one is at work in the folder: the names of what is being written are always the
 * same, so that nothing is left behind by one that was ended. */
static enum kunci_rc open_files(struct writing *writing, const char *folder)
{
    enum { MODE = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW };
    int list = (int)writing->turn->list;

    writing->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writing->folder < 0 || flock(writing->folder, LOCK_EX) != 0)
        return fail(writing);
    writing->entries = openat(writing->folder, lists[list].entries, MODE, 0600);
    if (writing->entries < 0)
        return fail(writing);
    unlinkat(writing->folder, lists[list].entries, 0);
    writing->fresh = openat(writing->folder, lists[list].fresh, MODE, 0644);
    return writing->fresh < 0 ? fail(writing) : KUNCI_OK;
}

static enum kunci_rc publish(struct writing *writing)
{
    int list = (int)writing->turn->list;

    if (fsync(writing->fresh) != 0 ||
        renameat(writing->folder, lists[list].fresh, writing->folder, lists[list].file) != 0 ||
        fsync(writing->folder) != 0)
        return fail(writing);
    return KUNCI_OK;
}

static void close_files(struct writing *writing, bool remove)
{
    if (remove && writing->fresh >= 0)
        unlinkat(writing->folder, lists[writing->turn->list].fresh, 0);
    if (writing->fresh >= 0)
        close(writing->fresh);
    if (writing->entries >= 0)
        close(writing->entries);
    if (writing->folder >= 0)
        close(writing->folder); /* which ends the lock */
}

enum kunci_rc crld_write(const struct ca *ca, struct store *store, const struct crld_turn *turn,
                         const char *folder, struct kunci_err *err)
{
    struct writing writing = {.turn = turn,
                              .signer = ca_signer(ca, crld_issuer(turn->list)),
                              .err = err,
                              .path = folder,
                              .folder = -1,
                              .entries = -1,
                              .fresh = -1};
    enum kunci_rc rc = open_files(&writing, folder);

    if (rc == KUNCI_OK && turn->list == CRLD_ISSUING) /* the root has revoked nobody */
        rc = spool(&writing, store);
    if (rc == KUNCI_OK && (rc = frame(&writing, ca)) == KUNCI_OK &&
        (rc = hash(&writing)) == KUNCI_OK && (rc = write_all(&writing)) == KUNCI_OK)
        rc = publish(&writing);
    close_files(&writing, rc != KUNCI_OK);
    buf_clear(&writing.before);
    buf_clear(&writing.after);
    return rc;
}

enum kunci_rc crld_make(const struct ca *ca, struct store *store, enum crld_list list, int64_t now,
                        const char *folder, const char *node, struct kunci_err *err)
{
    struct crld_turn turn;
    enum kunci_rc rc = store_begin(store, err);

    if (now == 0)
        now = clock_system.now(NULL);
    if (rc == KUNCI_OK && (rc = crld_begin(store, list, now, &turn, err)) == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    if (rc == KUNCI_OK && (rc = crld_write(ca, store, &turn, folder, err)) == KUNCI_OK &&
        (rc = store_begin(store, err)) == KUNCI_OK &&
        (rc = crld_end(store, &turn, err)) == KUNCI_OK &&
        (rc = crld_note(store, &turn, node, err)) == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}
