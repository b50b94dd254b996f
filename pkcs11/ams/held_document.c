/* Documents and evidence of a request. */
#include "ams/held.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum kunci_rc held_keep(const struct held *held, const char *name, const void *bytes, size_t len,
                        struct kunci_err *err)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];

    if (len > DOCUMENT_BYTES_MAX)
        return err_set(err, KUNCI_FILE_TOO_LARGE, name, NULL);
    if (!SHA256(bytes, len, hash))
        return err_openssl(err, "SHA256");
    return store_do(held->desk->store,
                    "INSERT INTO documents (request, name, sha256, bytes, at)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (request, name)"
                    " DO UPDATE SET sha256 = $3, bytes = $4, at = $5",
                    VALUES(OF_INT(held->id), OF_TEXT(name), OF_BLOB(hash, sizeof hash),
                           OF_BLOB(bytes, len), OF_INT(held->desk->now)),
                    err);
}

enum kunci_rc held_document(const struct held *held, const char *name, unsigned char **bytes,
                            size_t *len, struct kunci_err *err)
{
    const void *blob;
    struct rows rows;
    enum kunci_rc rc = store_query(held->desk->store,
                                   "SELECT bytes FROM documents WHERE request = $1 AND name = $2",
                                   VALUES(OF_INT(held->id), OF_TEXT(name)), &rows, err);

    *bytes = NULL;
    *len = 0;
    if (rc == KUNCI_OK && rows_next(&rows, err)) {
        blob = rows_blob(&rows, 0, len);
        if ((*bytes = malloc(*len + 1)))
            memcpy(*bytes, *len ? blob : "", *len);
        else
            rc = err_no_memory(err);
    } else if (rc == KUNCI_OK) {
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

static bool put_hash(const struct rows *row, json_t *to)
{
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    size_t len;
    const void *hash = rows_blob(row, 1, &len);

    if (!hash || len != SHA256_DIGEST_LENGTH)
        return false;
    text_hex(hex, hash, len);
    return json_object_set_new(to, rows_text(row, 0), json_string(hex)) == 0;
}

enum kunci_rc held_documents(const struct held *held, json_t **out, struct kunci_err *err)
{
    json_t *all = json_object();
    struct rows rows;
    enum kunci_rc rc = store_query(
        held->desk->store, "SELECT name, sha256 FROM documents WHERE request = $1 ORDER BY name",
        VALUES(OF_INT(held->id)), &rows, err);

    while (rc == KUNCI_OK && rows_next(&rows, err))
        if (document_place(held->request->sop, rows_text(&rows, 0)) >= 0 && !put_hash(&rows, all))
            rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    if (rc == KUNCI_OK && !all)
        rc = err_no_memory(err);
    if (rc != KUNCI_OK) {
        json_decref(all);
        all = NULL;
    }
    *out = all;
    return rc;
}
