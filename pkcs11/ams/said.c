#include "ams/said.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/entry.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const verbs[] = {"advance", "do", "reject", "withdraw", "ask", "answer", NULL};

/* The readers beneath know of settings only. */
static enum kunci_rc of_a_body(enum kunci_rc rc, struct kunci_err *err)
{
    if (rc == KUNCI_CONFIG_INVALID)
        err->rc = KUNCI_BODY_INVALID;
    return err->rc;
}

static enum kunci_rc read_body(json_t *object, const struct json_field *fields, size_t count,
                               void *to, struct kunci_err *err)
{
    const struct json_document document = {.name = "JSON", .root = object};
    enum kunci_rc rc = json_read_object(&document, object, fields, count, to, err);

    return rc == KUNCI_OK ? rc : of_a_body(rc, err);
}

static enum kunci_rc wrong(const char *member, const char *what, struct kunci_err *err)
{
    return err_setf(err, KUNCI_BODY_INVALID, NULL, "\"%s\": %s", member, what);
}

/* ---- parts ---- */

static enum kunci_rc read_bytes(const char *member, const char *text, struct buf *out,
                                struct kunci_err *err)
{
    if (!text)
        return KUNCI_OK;
    if (!base64_read(text, strlen(text), out))
        return out->failed ? err_no_memory(err) : wrong(member, _("it is no Base64"), err);
    return out->failed ? err_no_memory(err) : KUNCI_OK;
}

struct proof_text {
    char *algorithm, *signature;
};

static enum kunci_rc read_proof(const char *member, json_t *object, struct evidence_proof *out,
                                struct kunci_err *err)
{
    static const struct json_field fields[] = {
        {.name = "algorithm",
         .kind = JSON_KIND_STRING,
         .offset = offsetof(struct proof_text, algorithm),
         .required = true},
        {.name = "signature",
         .kind = JSON_KIND_STRING,
         .offset = offsetof(struct proof_text, signature),
         .required = true},
    };
    struct proof_text text = {NULL, NULL};
    enum kunci_rc rc = KUNCI_OK;

    if (!object)
        return KUNCI_OK;
    rc = read_body(object, fields, sizeof fields / sizeof *fields, &text, err);
    if (rc == KUNCI_OK && (out->alg = kunci_alg_by_name(text.algorithm)) == KUNCI_ALG_NONE)
        rc = wrong(member, _("there is no such algorithm"), err);
    if (rc == KUNCI_OK)
        rc = read_bytes(member, text.signature, &out->signature, err);
    if (rc == KUNCI_OK && (!out->signature.len || out->signature.len > KUNCI_SIGNATURE_MAX))
        rc = wrong(member, _("it is no signature"), err);
    free(text.algorithm);
    free(text.signature);
    return rc;
}

static enum kunci_rc check_texts(const char *member, json_t *object, struct kunci_err *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
            return wrong(member, _("each value must be text"), err);
    }
    return KUNCI_OK;
}

static enum kunci_rc read_data(json_t *object, struct said *said, struct kunci_err *err)
{
    static const char *const names[DATA_SETS] = {"person", "letter", "card"};
    struct json_field fields[DATA_SETS];
    enum kunci_rc rc;
    unsigned i;

    for (i = 0; i < DATA_SETS; i++)
        fields[i] = (struct json_field){
            .name = names[i], .kind = JSON_KIND_OBJECT, .offset = i * sizeof *said->data};
    rc = object ? read_body(object, fields, DATA_SETS, said->data, err) : KUNCI_OK;
    for (i = 0; rc == KUNCI_OK && i < DATA_SETS; i++)
        rc = check_texts(names[i], said->data[i], err);
    return rc;
}

/* ---- events ---- */

/* Members that a verb does not have are refused with those that none has. */
#define PART(member) .offset = offsetof(struct event_parts, member)
#define TEXT(member) .kind = JSON_KIND_STRING, PART(member)

struct event_parts {
    enum said_verb verb;
    char *step, *outcome, *reason, *role, *csr, *decision;
    json_t *outcomes, *proof_old, *proof_new, *fields;
};

static const struct json_field of_advance[] = {
    {.name = "verb", .kind = JSON_KIND_CHOICE, PART(verb), .choices = verbs},
    {.name = "outcomes", .kind = JSON_KIND_OBJECT, PART(outcomes)},
    {.name = "csr", TEXT(csr)},
    {.name = "proof_old", .kind = JSON_KIND_OBJECT, PART(proof_old)},
    {.name = "proof_new", .kind = JSON_KIND_OBJECT, PART(proof_new)},
    {.name = "fields", .kind = JSON_KIND_OBJECT, PART(fields)},
};
static const struct json_field of_do[] = {
    {.name = "verb", .kind = JSON_KIND_CHOICE, PART(verb), .choices = verbs},
    {.name = "step", TEXT(step), .required = true},
    {.name = "outcome", TEXT(outcome)},
    {.name = "reason", TEXT(reason)},
    {.name = "decision", TEXT(decision)},
};
static const struct json_field of_reject[] = {
    {.name = "verb", .kind = JSON_KIND_CHOICE, PART(verb), .choices = verbs},
    {.name = "step", TEXT(step), .required = true},
    {.name = "reason", TEXT(reason), .required = true},
    {.name = "decision", TEXT(decision), .required = true},
};
static const struct json_field of_reason[] = {
    {.name = "verb", .kind = JSON_KIND_CHOICE, PART(verb), .choices = verbs},
    {.name = "reason", TEXT(reason)},
};
static const struct json_field of_ask[] = {
    {.name = "verb", .kind = JSON_KIND_CHOICE, PART(verb), .choices = verbs},
    {.name = "role", TEXT(role), .required = true},
    {.name = "reason", TEXT(reason)},
};

#define FIELDS_OF(table)                                                                           \
    {                                                                                              \
        table, sizeof(table) / sizeof *(table)                                                     \
    }
static const struct {
    const struct json_field *fields;
    size_t count;
} members[] = {
    [SAID_ADVANCE] = FIELDS_OF(of_advance), [SAID_DO] = FIELDS_OF(of_do),
    [SAID_REJECT] = FIELDS_OF(of_reject),   [SAID_WITHDRAW] = FIELDS_OF(of_reason),
    [SAID_ASK] = FIELDS_OF(of_ask),         [SAID_ANSWER] = FIELDS_OF(of_reason),
};

static enum kunci_rc read_parts(const struct event_parts *parts, struct said *out,
                                struct kunci_err *err)
{
    enum kunci_rc rc;

    out->has_csr = parts->csr;
    out->has_decision = parts->decision;
    out->outcomes = parts->outcomes;
    if ((rc = read_bytes("csr", parts->csr, &out->csr, err)) == KUNCI_OK &&
        (rc = read_bytes("decision", parts->decision, &out->decision, err)) == KUNCI_OK &&
        (rc = read_proof("proof_old", parts->proof_old, &out->proof_old, err)) == KUNCI_OK &&
        (rc = read_proof("proof_new", parts->proof_new, &out->proof_new, err)) == KUNCI_OK &&
        (rc = check_texts("outcomes", parts->outcomes, err)) == KUNCI_OK)
        rc = read_data(parts->fields, out, err);
    return rc;
}

static enum kunci_rc read_event(json_t *event, enum said_verb verb, struct said *out,
                                struct kunci_err *err)
{
    struct event_parts parts = {.verb = verb};
    enum kunci_rc rc = read_body(event, members[verb].fields, members[verb].count, &parts, err);

    out->verb = verb;
    out->step = parts.step;
    out->outcome = parts.outcome;
    out->reason = parts.reason;
    out->role = parts.role;
    if (rc == KUNCI_OK)
        rc = read_parts(&parts, out, err);
    free(parts.csr);
    free(parts.decision);
    return rc;
}

enum kunci_rc said_read(json_t *event, struct said *out, struct kunci_err *err)
{
    const char *text = json_string_value(json_object_get(event, "verb"));
    int verb = text ? word_index(verbs, text) : -1;

    *out = (struct said){.verb = SAID_ADVANCE};
    if (verb < 0)
        return wrong("verb", _("there is no such choice"), err);
    return read_event(event, (enum said_verb)verb, out, err);
}

enum kunci_rc said_read_advance(json_t *advance, struct said *out, struct kunci_err *err)
{
    *out = (struct said){.verb = SAID_ADVANCE};
    if (json_object_get(advance, "verb"))
        return wrong("verb", _("it does not belong here"), err);
    return read_event(advance, SAID_ADVANCE, out, err);
}

void said_clear(struct said *said)
{
    free(said->step);
    free(said->outcome);
    free(said->reason);
    free(said->role);
    buf_clear(&said->csr);
    buf_clear(&said->decision);
    buf_clear(&said->proof_old.signature);
    buf_clear(&said->proof_new.signature);
    *said = (struct said){.verb = SAID_ADVANCE};
}

/* ---- a beginning ---- */

enum { KEY_LEN = 32 };

static bool is_key(const char *text)
{
    return strlen(text) == KEY_LEN && strspn(text, "0123456789abcdef") == KEY_LEN;
}

enum kunci_rc said_read_begin(json_t *body, struct said_begin *out, struct kunci_err *err)
{
    static const struct json_field fields[] = {
        {.name = "key",
         .kind = JSON_KIND_STRING,
         .offset = offsetof(struct said_begin, key),
         .required = true},
        {.name = "kind",
         .kind = JSON_KIND_CHOICE,
         .offset = offsetof(struct said_begin, kind),
         .required = true,
         .choices = sop_kind_names},
        {.name = "certificate",
         .kind = JSON_KIND_STRING,
         .offset = offsetof(struct said_begin, certificate)},
        {.name = "reason", .kind = JSON_KIND_STRING, .offset = offsetof(struct said_begin, reason)},
        {.name = "advance",
         .kind = JSON_KIND_OBJECT,
         .offset = offsetof(struct said_begin, advance)},
    };
    enum kunci_rc rc;

    *out = (struct said_begin){.key = NULL};
    rc = read_body(body, fields, sizeof fields / sizeof *fields, out, err);
    if (rc == KUNCI_OK && !is_key(out->key))
        return wrong("key", _("it must be 32 hexadecimal digits"), err);
    if (rc == KUNCI_OK && out->reason && strlen(out->reason) > VALUE_MAX)
        return wrong("reason", _("the text is too long"), err);
    return rc;
}

void said_begin_clear(struct said_begin *begin)
{
    free(begin->key);
    free(begin->certificate);
    free(begin->reason);
    *begin = (struct said_begin){.key = NULL};
}

/* ---- a decision ---- */

struct decision_parts {
    struct said_decision decision;
    json_t *time;
};

static enum kunci_rc read_decision(json_t *object, struct said_decision *out, struct kunci_err *err)
{
#define OF(member) .offset = offsetof(struct decision_parts, decision.member)
    static const struct json_field fields[] = {
        {.name = "request",
         .kind = JSON_KIND_INT,
         OF(request),
         .required = true,
         .min = 1,
         .max = INT64_MAX},
        {.name = "step", .kind = JSON_KIND_STRING, OF(step), .required = true},
        {.name = "verdict", .kind = JSON_KIND_STRING, OF(verdict), .required = true},
        {.name = "outcome", .kind = JSON_KIND_STRING, OF(outcome)},
        {.name = "reason", .kind = JSON_KIND_STRING, OF(reason)},
        {.name = "account", .kind = JSON_KIND_STRING, OF(account), .required = true},
        {.name = "digest", .kind = JSON_KIND_STRING, OF(digest), .required = true},
        {.name = "time",
         .kind = JSON_KIND_VALUE,
         .offset = offsetof(struct decision_parts, time),
         .required = true},
    };
#undef OF
    struct decision_parts parts = {.decision = {.request = 0}};
    const char *fault;
    enum kunci_rc rc = read_body(object, fields, sizeof fields / sizeof *fields, &parts, err);

    *out = parts.decision;
    if (rc == KUNCI_OK && (fault = entry_read_time(parts.time, &out->time)))
        rc = wrong("time", _(fault), err);
    return rc;
}

enum kunci_rc said_read_decision(const char *json, size_t len, struct said_decision *out,
                                 struct kunci_err *err)
{
    json_error_t why;
    json_t *object = json_loadb(json, len, JSON_REJECT_DUPLICATES, &why);
    enum kunci_rc rc;

    *out = (struct said_decision){.request = 0};
    if (object)
        rc = read_decision(object, out, err);
    else if (json_error_code(&why) == json_error_out_of_memory)
        rc = err_no_memory(err);
    else
        rc = err_set(err, KUNCI_BODY_INVALID, NULL, _("it is no JSON object, or not a whole one"));
    json_decref(object);
    return rc;
}

void said_decision_clear(struct said_decision *decision)
{
    free(decision->step);
    free(decision->verdict);
    free(decision->outcome);
    free(decision->reason);
    free(decision->account);
    free(decision->digest);
    *decision = (struct said_decision){.request = 0};
}
