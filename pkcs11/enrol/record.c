#include "enrol/record.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

const char *const arrow_names[] = {"request", "key",   "csr",    "submit", "fetch",
                                   "write",   "prove", "retire", NULL};

enum { SUM_BYTES = 8, SUM_DIGITS = 2 * SUM_BYTES, FLOW_DIGITS = 32 };
static const char sum_name[] = ",\"sum\":\"";
enum { SUM_LEN = sizeof sum_name - 1 + SUM_DIGITS + 2 }; /* up to the last brace */

void record_clear(struct record *record)
{
    free(record->flow);
    free(record->kind);
    free(record->label);
    free(record->type);
    free(record->request);
    free(record->bare);
    free(record->reason);
    free(record->rejected);
    free(record->closed);
    buf_clear(&record->old);
    buf_clear(&record->csr);
    buf_clear(&record->cert);
    *record = (struct record){.flow = NULL};
}

void records_clear(struct records *records)
{
    record_clear(&records->now);
    record_clear(&records->spare);
    records->lines = 0;
}

/* ---- what one line says ---- */

static const struct member {
    const char *name;
    size_t at;
    bool is_bytes;
} members[] = {
    {"kind", offsetof(struct record, kind), false},
    {"label", offsetof(struct record, label), false},
    {"type", offsetof(struct record, type), false},
    {"request", offsetof(struct record, request), false},
    {"bare", offsetof(struct record, bare), false},
    {"reason", offsetof(struct record, reason), false},
    {"rejected", offsetof(struct record, rejected), false},
    {"closed", offsetof(struct record, closed), false},
    {"old", offsetof(struct record, old), true},
    {"csr", offsetof(struct record, csr), true},
    {"cert", offsetof(struct record, cert), true},
};

static bool take_text(struct record *record, const struct member *member, const char *text)
{
    char **to = (char **)(void *)((char *)record + member->at), *copy = strdup(text);

    if (!copy)
        return false;
    free(*to);
    *to = copy;
    return true;
}

static bool take_bytes(struct record *record, const struct member *member, const json_t *text,
                       bool *memory)
{
    struct buf *to = (struct buf *)(void *)((char *)record + member->at), bytes = {0};

    if (!base64_read(json_string_value(text), json_string_length(text), &bytes) || bytes.len == 0) {
        buf_clear(&bytes);
        return false;
    }
    *memory |= bytes.failed;
    buf_clear(to);
    *to = bytes;
    return !bytes.failed;
}

static bool is_structural(const char *name)
{
    static const char *const names[] = {"at", "flow", "event", "arrow"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool take_member(struct record *record, const char *name, const json_t *value, bool *memory)
{
    size_t i;

    if (!json_is_string(value) || json_string_length(value) == 0)
        return false;
    for (i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(members[i].name, name) != 0)
            continue;
        if (members[i].is_bytes)
            return take_bytes(record, &members[i], value, memory);
        if (take_text(record, &members[i], json_string_value(value)))
            return true;
        *memory = true;
        return false;
    }
    return is_structural(name);
}

static const char *text_of(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));

    return text ? text : "";
}

static bool is_flow(const char *text)
{
    return strlen(text) == FLOW_DIGITS && strspn(text, "0123456789abcdef") == FLOW_DIGITS;
}

/* A new flow follows one that is closed; what ended without a certificate keeps its key. */
static bool open_flow(struct records *records, const char *flow, bool *memory)
{
    struct record *now = &records->now;

    if (now->flow && !now->closed)
        return false;
    if (now->flow && now->label && now->cert.len == 0) {
        record_clear(&records->spare);
        records->spare = *now;
        *now = (struct record){.flow = NULL};
    }
    if (now->flow && now->cert.len)
        record_clear(&records->spare);
    record_clear(now);
    now->flow = strdup(flow);
    *memory |= !now->flow;
    return now->flow != NULL;
}

static bool move(struct record *now, const char *event, const char *arrow)
{
    bool done = strcmp(event, "done") == 0;
    int i;

    for (i = 0; i < ARROWS && strcmp(arrow_names[i], arrow) != 0; i++)
        ;
    if (i == ARROWS || (!done && strcmp(event, "begin") != 0))
        return false;
    if (done && now->ways[i] == WAY_AHEAD)
        return false;
    now->ways[i] = done ? WAY_DONE : WAY_BEGUN;
    return true;
}

bool records_take(struct records *records, const json_t *line, bool *memory)
{
    const char *flow = text_of(line, "flow"), *event = text_of(line, "event"), *name;
    struct record *now = &records->now;
    void *at;

    if (!is_flow(flow) || !*text_of(line, "at"))
        return false;
    if (strcmp(event, "open") == 0) {
        if (!*text_of(line, "kind") || !open_flow(records, flow, memory))
            return false;
    } else if (!now->flow || now->closed || strcmp(now->flow, flow) != 0) {
        return false;
    }
    if (*text_of(line, "arrow") ? !move(now, event, text_of(line, "arrow"))
                                : strcmp(event, "open") != 0 && strcmp(event, "note") != 0 &&
                                      strcmp(event, "close") != 0)
        return false;
    for (at = json_object_iter((json_t *)(uintptr_t)line); at;
         at = json_object_iter_next((json_t *)(uintptr_t)line, at)) {
        name = json_object_iter_key(at);
        if (!take_member(now, name, json_object_iter_value(at), memory))
            return false;
    }
    records->lines++;
    return (strcmp(event, "close") == 0) == (now->closed != NULL);
}

/* ---- lines ---- */

static bool sum_of(const char *bytes, size_t len, char to[SUM_DIGITS + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    text_hex(to, digest, SUM_BYTES);
    return true;
}

void record_line(struct buf *to, const json_t *line)
{
    char *text = json_write(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
    size_t len = text ? strlen(text) - 1 : 0; /* without the brace */
    char sum[SUM_DIGITS + 1];

    if (!text || !sum_of(text, len, sum)) {
        to->failed = true;
    } else {
        buf_add(to, text, len);
        buf_printf(to, "%s%s\"}\n", sum_name, sum);
    }
    free(text);
}

/* Its members without the sum; NULL where that does not fit. */
static json_t *read_line(const char *line, size_t len, bool *memory)
{
    json_t *read = NULL;
    char sum[SUM_DIGITS + 1];
    json_error_t why;
    char *inner;

    if (len < SUM_LEN + 2 || memcmp(line + len - SUM_LEN, sum_name, sizeof sum_name - 1) != 0 ||
        !sum_of(line, len - SUM_LEN, sum) ||
        memcmp(line + len - SUM_DIGITS - 2, sum, SUM_DIGITS) != 0 ||
        memcmp(line + len - 2, "\"}", 2) != 0)
        return NULL;
    if (!(inner = malloc(len - SUM_LEN + 2))) {
        *memory = true;
        return NULL;
    }
    memcpy(inner, line, len - SUM_LEN);
    inner[len - SUM_LEN] = '}';
    read = json_loadb(inner, len - SUM_LEN + 1, JSON_REJECT_DUPLICATES, &why);
    /* Some failures of memory leave no code, but no place in the text either. */
    *memory |= !read && (json_error_code(&why) == json_error_out_of_memory || why.line < 0);
    free(inner);
    if (!json_is_object(read)) {
        json_decref(read);
        read = NULL;
    }
    return read;
}

/* Whether bytes without a line's end are what is left of a line that was cut. A whole one
 * with something else behind it is not. */
static bool is_torn(const char *rest, size_t len)
{
    const char *sum = memmem(rest, len, sum_name, sizeof sum_name - 1);

    return !sum || (size_t)(rest + len - sum) < SUM_LEN;
}

static enum kunci_rc complain(const char *name, size_t line, struct kunci_err *err)
{
    return err_setf(err, KUNCI_JOURNAL_DAMAGED, name, _("line %zu is not as it was written"),
                    line + 1);
}

static enum kunci_rc take_line(const char *name, const char *line, size_t len,
                               struct records *records, struct kunci_err *err)
{
    bool memory = false;
    json_t *read = read_line(line, len, &memory);
    bool taken = read && records_take(records, read, &memory);

    json_decref(read);
    if (memory)
        return err_no_memory(err);
    return taken ? KUNCI_OK : complain(name, records->lines, err);
}

enum kunci_rc records_read(const char *name, const char *bytes, size_t len, struct records *out,
                           size_t *sound, bool *unended, struct kunci_err *err)
{
    const char *at = bytes, *end = bytes + len, *line_end;
    enum kunci_rc rc = KUNCI_OK;

    *out = (struct records){.lines = 0};
    *unended = false;
    while (rc == KUNCI_OK && at < end && (line_end = memchr(at, '\n', (size_t)(end - at)))) {
        rc = take_line(name, at, (size_t)(line_end - at), out, err);
        at = line_end + 1;
    }
    if (rc == KUNCI_OK && at < end && !is_torn(at, (size_t)(end - at))) {
        rc = take_line(name, at, (size_t)(end - at), out, err);
        *unended = true;
        at = end;
    }
    *sound = (size_t)(at - bytes);
    return rc;
}
