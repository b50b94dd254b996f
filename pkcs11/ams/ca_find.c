/* Certificates that were issued, looked up. */
#include "ams/ca_inside.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/words.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERIAL,
    ACCOUNT,
    REQUEST,
    PROFILE,
    SUBJECT,
    DER,
    BEFORE,
    AFTER,
    STATUS,
    REVOKED,
    REASON,
    ISSUED
};
#define COLUMNS                                                                                    \
    "serial, account, request, profile, subject, der, not_before, not_after, status, revoked_at, " \
    "reason, issued_at"

void ca_row_clear(struct ca_row *row)
{
    free(row->profile);
    free(row->subject);
    free(row->der);
    *row = (struct ca_row){.der = NULL};
}

void ca_rows_free(struct ca_row **rows, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        ca_row_clear(&(*rows)[i]);
    free(*rows);
    *rows = NULL;
}

static enum ca_status status_of(const char *word)
{
    if (word && strcmp(word, "active") == 0)
        return CA_ACTIVE;
    return word && strcmp(word, "suspended") == 0 ? CA_SUSPENDED : CA_REVOKED;
}

static char *copy_text(const char *text)
{
    return strdup(text ? text : "");
}

static enum kunci_rc read_row(const struct rows *rows, struct ca_row *out, struct kunci_err *err)
{
    const char *serial = rows_text(rows, SERIAL);
    const void *der = rows_blob(rows, DER, &out->len);

    strncpy(out->serial, serial ? serial : "", sizeof out->serial - 1);
    out->account = rows_int(rows, ACCOUNT);
    out->request = rows_int(rows, REQUEST);
    out->profile = copy_text(rows_text(rows, PROFILE));
    out->subject = copy_text(rows_text(rows, SUBJECT));
    out->not_before = rows_int(rows, BEFORE);
    out->not_after = rows_int(rows, AFTER);
    out->status = status_of(rows_text(rows, STATUS));
    out->revoked_at = rows_int(rows, REVOKED);
    out->reason = (int)rows_int(rows, REASON);
    out->issued_at = rows_int(rows, ISSUED);
    if ((out->der = malloc(out->len + 1)) && der)
        memcpy(out->der, der, out->len);
    return out->profile && out->subject && out->der ? KUNCI_OK : err_no_memory(err);
}

enum kunci_rc ca_find(struct store *store, const char *serial, struct ca_row *out,
                      struct kunci_err *err)
{
    struct rows rows = {.store = NULL};
    enum kunci_rc rc = store_query(store, "SELECT " COLUMNS " FROM certificates WHERE serial = $1",
                                   VALUES(OF_TEXT(serial)), &rows, err);

    *out = (struct ca_row){.der = NULL};
    if (rc != KUNCI_OK)
        return rc;
    if (rows_next(&rows, err))
        rc = read_row(&rows, out, err);
    else if ((rc = err->rc) == KUNCI_OK)
        rc = err_set(err, KUNCI_CERT_UNKNOWN, serial, NULL);
    rows_end(&rows);
    if (rc != KUNCI_OK)
        ca_row_clear(out);
    return rc;
}

static enum kunci_rc add_row(const struct rows *rows, struct ca_row **all, size_t *count,
                             struct kunci_err *err)
{
    struct ca_row *more = reallocarray(*all, *count + 1, sizeof **all);

    if (!more)
        return err_no_memory(err);
    *all = more;
    more[*count] = (struct ca_row){.der = NULL};
    return read_row(rows, &more[(*count)++], err);
}

enum kunci_rc ca_of_account(struct store *store, int64_t account, struct ca_row **out,
                            size_t *count, struct kunci_err *err)
{
    struct rows rows = {.store = NULL};
    enum kunci_rc rc = store_query(store,
                                   "SELECT " COLUMNS " FROM certificates WHERE account = $1 "
                                   "ORDER BY issued_at DESC, not_after DESC",
                                   VALUES(OF_INT(account)), &rows, err);

    *out = NULL;
    *count = 0;
    if (rc != KUNCI_OK)
        return rc;
    while (rc == KUNCI_OK && rows_next(&rows, err))
        rc = add_row(&rows, out, count, err);
    rows_end(&rows);
    if (rc == KUNCI_OK)
        rc = err->rc;
    if (rc != KUNCI_OK) {
        ca_rows_free(out, *count);
        *count = 0;
    }
    return rc;
}

/* As ca_of_account(), but what an account had for years is not read as a whole. */
enum kunci_rc ca_newest(struct store *store, int64_t account, const char *const *conditions,
                        int64_t now, int64_t renewal_days, char serial[CA_SERIAL],
                        struct kunci_err *err)
{
    struct rows rows = {.store = NULL};
    bool fits = false;
    enum kunci_rc rc = store_query(store,
                                   "SELECT serial, status, reason, not_after FROM certificates"
                                   " WHERE account = $1 ORDER BY issued_at DESC, not_after DESC",
                                   VALUES(OF_INT(account)), &rows, err);

    *serial = '\0';
    while (rc == KUNCI_OK && !fits && rows_next(&rows, err)) {
        const struct ca_row row = {.status = status_of(rows_text(&rows, 1)),
                                   .reason = (int)rows_int(&rows, 2),
                                   .not_after = rows_int(&rows, 3)};

        fits = word_index(conditions, ca_condition(&row, now, renewal_days)) >= 0;
        if (fits || !*serial)
            text_copy(serial, CA_SERIAL, rows_text(&rows, 0));
    }
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

const char *ca_condition(const struct ca_row *row, int64_t now, int64_t renewal_days)
{
    if (!row)
        return "none";
    if (row->status == CA_REVOKED)
        return row->reason == CA_SUPERSEDED ? "superseded" : "revoked";
    if (row->not_after < now)
        return "expired";
    if (row->status == CA_SUSPENDED)
        return "suspended";
    return row->not_after - now <= renewal_days * 24 * 60 * 60 ? "expiring" : "active";
}

enum kunci_rc ca_key_known(struct store *store, const unsigned char *spki, size_t len, bool *known,
                           struct kunci_err *err)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct rows rows = {.store = NULL};
    enum kunci_rc rc;

    *known = false;
    SHA256(spki, len, hash);
    rc = store_query(store, "SELECT 1 FROM certificates WHERE key_hash = $1",
                     VALUES(OF_BLOB(hash, sizeof hash)), &rows, err);
    if (rc != KUNCI_OK)
        return rc;
    *known = rows_next(&rows, err);
    rows_end(&rows);
    return err->rc;
}
