#include "ams/meta.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Copies a value, with a NUL behind it. */
static enum kunci_rc copy(const void *from, size_t len, unsigned char **out, struct kunci_err *err)
{
    if (!(*out = malloc(len + 1)))
        return err_no_memory(err);
    memcpy(*out, from, len);
    (*out)[len] = '\0';
    return KUNCI_OK;
}

enum meta_kind { AS_TEXT, AS_BYTES, AS_NUMBER };

struct meta_value {
    unsigned char *bytes;
    size_t len;
    int64_t number;
};

static enum kunci_rc take(const struct rows *rows, enum meta_kind kind, struct meta_value *out,
                          struct kunci_err *err)
{
    const void *at;

    if (kind == AS_NUMBER) {
        out->number = rows_int(rows, 0);
        return KUNCI_OK;
    }
    if (kind == AS_BYTES) {
        at = rows_blob(rows, 0, &out->len);
    } else {
        at = rows_text(rows, 0);
        out->len = at ? strlen(at) : 0;
    }
    return at ? copy(at, out->len, &out->bytes, err) : KUNCI_OK;
}

static enum kunci_rc get(struct store *store, const char *name, enum meta_kind kind,
                         struct meta_value *out, struct kunci_err *err)
{
    struct rows rows = {.store = NULL};
    enum kunci_rc rc = store_query(store, "SELECT value FROM meta WHERE name = $1",
                                   VALUES(OF_TEXT(name)), &rows, err);

    *out = (struct meta_value){.bytes = NULL};
    if (rc == KUNCI_OK) {
        if (rows_next(&rows, err))
            rc = take(&rows, kind, out, err);
        else
            rc = err->rc;
        rows_end(&rows);
    }
    return rc;
}

enum kunci_rc meta_text(struct store *store, const char *name, char **out, struct kunci_err *err)
{
    struct meta_value value;
    enum kunci_rc rc = get(store, name, AS_TEXT, &value, err);

    *out = (char *)value.bytes;
    return rc;
}

enum kunci_rc meta_bytes(struct store *store, const char *name, unsigned char **out, size_t *len,
                         struct kunci_err *err)
{
    struct meta_value value;
    enum kunci_rc rc = get(store, name, AS_BYTES, &value, err);

    *out = value.bytes;
    *len = value.bytes ? value.len : 0;
    return rc;
}

enum kunci_rc meta_number(struct store *store, const char *name, int64_t *out,
                          struct kunci_err *err)
{
    struct meta_value value;
    enum kunci_rc rc = get(store, name, AS_NUMBER, &value, err);

    *out = value.number;
    return rc;
}

enum kunci_rc meta_put(struct store *store, const char *name, struct store_value value,
                       struct kunci_err *err)
{
    return store_do(store,
                    "INSERT INTO meta (name, value) VALUES ($1, $2) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    VALUES(OF_TEXT(name), value), err);
}
