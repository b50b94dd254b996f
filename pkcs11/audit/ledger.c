#include "audit/ledger.h"

#include "audit/line.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "audit_head"

void audit_hash(const char *line, size_t len, unsigned char hash[AUDIT_HASH])
{
    SHA256((const unsigned char *)line, len, hash);
}

/* ---- where it ends: "SEQ HASH" ---- */

static bool read_head(const char *text, struct audit_head *out)
{
    char *end;

    out->seq = strtoll(text, &end, 10);
    if (out->seq < 1 || *end != ' ' || !audit_is_hash(end + 1))
        return false;
    memcpy(out->hash, end + 1, AUDIT_HEX);
    return true;
}

enum kunci_rc audit_head(struct store *store, struct audit_head *out, struct kunci_err *err)
{
    struct rows rows;
    const char *text;
    enum kunci_rc rc;

    out->seq = 0;
    memset(out->hash, '0', AUDIT_HEX - 1);
    out->hash[AUDIT_HEX - 1] = '\0';
    rc = store_query(store, "SELECT value FROM meta WHERE name = $1", VALUES(OF_TEXT(HEAD)), &rows,
                     err);
    if (rc != KUNCI_OK)
        return rc;
    if (rows_next(&rows, err)) {
        text = rows_text(&rows, 0);
        if (!text || !read_head(text, out))
            rc = err_set(err, KUNCI_AUDIT_BROKEN, HEAD, _("where the trail ends cannot be read"));
    } else {
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

static enum kunci_rc put_head(struct store *store, int64_t seq,
                              const unsigned char hash[AUDIT_HASH], struct kunci_err *err)
{
    char text[AUDIT_HEX + 24];
    int len = snprintf(text, sizeof text, "%lld ", (long long)seq);

    text_hex(text + len, hash, AUDIT_HASH);
    return store_do(store,
                    "INSERT INTO meta (name, value) VALUES ($1, $2) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    VALUES(OF_TEXT(HEAD), OF_TEXT(text)), err);
}

/* ---- a line ---- */

static bool put(json_t *line, const char *name, json_t *value)
{
    return json_object_set_new(line, name, value) == 0;
}

/* To be freed; NULL: no memory, or a time that no calendar has. */
static char *write_line(const struct audit_act *act, int64_t seq, const char *prev)
{
    json_t *line = json_object();
    char *text = NULL, at[AUDIT_TIME];

    if (line && audit_time(act->at, at) && put(line, "seq", json_integer(seq)) &&
        put(line, "at", json_string(at)) &&
        put(line, "node", json_string(act->node ? act->node : "ams")) &&
        put(line, "event", json_string(act->event)) &&
        put(line, "by", json_string(act->by ? act->by : "kuncid")) &&
        (!act->request || put(line, "request", json_integer(act->request))) &&
        (!act->subject || put(line, "subject", json_string(act->subject))) &&
        (!act->details || put(line, "details", json_deep_copy(act->details))) &&
        put(line, "prev", json_string(prev)))
        text = json_write(line, JSON_COMPACT);
    json_decref(line);
    return text;
}

static enum kunci_rc put_line(struct store *store, int64_t seq, const char *line,
                              struct kunci_err *err)
{
    unsigned char hash[AUDIT_HASH];
    char number[24];
    enum kunci_rc rc;

    audit_hash(line, strlen(line), hash);
    rc = store_do(store,
                  "INSERT INTO audit (seq, line, hash) VALUES ($1, $2, $3) "
                  "ON CONFLICT (seq) DO NOTHING",
                  VALUES(OF_INT(seq), OF_TEXT(line), OF_BLOB(hash, sizeof hash)), err);
    if (rc != KUNCI_OK)
        return rc;
    snprintf(number, sizeof number, "%lld", (long long)seq);
    if (store_changed(store) != 1)
        return err_set(err, KUNCI_AUDIT_BROKEN, number, _("it was added behind the trail's end"));
    return put_head(store, seq, hash, err);
}

enum kunci_rc audit_add(struct store *store, const struct audit_act *act, struct kunci_err *err)
{
    struct audit_head head;
    char *line;
    enum kunci_rc rc = audit_head(store, &head, err);

    if (rc != KUNCI_OK)
        return rc;
    line = write_line(act, head.seq + 1, head.hash);
    if (!line)
        return err_no_memory(err);
    if (strlen(line) > AUDIT_LINE_MAX)
        rc = err_set(err, KUNCI_FILE_TOO_LARGE, act->event, NULL);
    else
        rc = put_line(store, head.seq + 1, line, err);
    free(line);
    return rc;
}
