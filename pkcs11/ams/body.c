#include "ams/body.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <string.h>

/* jansson knows one limit for all: what nests deeper is not handed to it. */
static bool is_too_deep(const char *bytes, size_t len)
{
    bool quoted = false;
    int depth = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        if (quoted && bytes[i] == '\\')
            i++;
        else if (bytes[i] == '"')
            quoted = !quoted;
        else if (!quoted && (bytes[i] == '{' || bytes[i] == '['))
            depth++;
        else if (!quoted && (bytes[i] == '}' || bytes[i] == ']'))
            depth--;
        if (depth > BODY_DEPTH_MAX)
            return true;
    }
    return false;
}

enum kunci_rc body_read(const char *bytes, size_t len, json_t **out, struct kunci_err *err)
{
    json_error_t why;

    *out = NULL;
    if (len == 0)
        return err_set(err, KUNCI_BODY_INVALID, NULL, _("there is nothing"));
    if (is_too_deep(bytes, len))
        return err_set(err, KUNCI_BODY_INVALID, NULL, _("it is nested too deeply"));
    *out = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &why);
    if (!*out && (json_error_code(&why) == json_error_out_of_memory || why.line < 0))
        return err_no_memory(err); /* where even its lexer has none, it says nothing at all */
    if (!*out)
        return err_setf(err, KUNCI_BODY_INVALID, NULL, _("line %d, column %d: %s"), why.line,
                        why.column, why.text);
    if (json_is_object(*out))
        return KUNCI_OK;
    json_decref(*out);
    *out = NULL;
    return err_set(err, KUNCI_BODY_INVALID, NULL, _("it is no JSON object"));
}

static enum kunci_rc wrong(const char *name, const char *what, struct kunci_err *err)
{
    return err_setf(err, KUNCI_BODY_INVALID, name, "\"%s\": %s", name, what);
}

static enum kunci_rc take_text(const struct body_member *member, const json_t *value, char *to,
                               struct kunci_err *err)
{
    const char *text = json_string_value(value);

    if (!text || json_string_length(value) > BODY_TEXT_MAX)
        return wrong(member->name, _("it has to be a text, and not too long"), err);
    memcpy(to + member->offset, &text, sizeof text);
    return KUNCI_OK;
}

static enum kunci_rc take_bytes(const struct body_member *member, const json_t *value, char *to,
                                struct kunci_err *err)
{
    struct buf *bytes = (struct buf *)(void *)(to + member->offset);

    if (!json_is_string(value) ||
        !base64_read(json_string_value(value), json_string_length(value), bytes))
        return wrong(member->name, _("it has to be bytes in base64"), err);
    return bytes->failed ? err_no_memory(err) : KUNCI_OK;
}

static enum kunci_rc take_secret(const struct body_member *member, const json_t *value, char *to,
                                 struct kunci_err *err)
{
    size_t len = json_string_length(value);
    struct kunci_secret *secret = NULL;
    enum kunci_rc rc;

    if (!json_is_string(value) || len == 0 || len > KUNCI_SECRET_MAX)
        return wrong(member->name, _("it has to be a text, and not too long"), err);
    rc = kunci_secret_take((char *)(uintptr_t)json_string_value(value), len, &secret, err);
    memcpy(to + member->offset, &secret, sizeof secret);
    return rc;
}

static enum kunci_rc take_object(const struct body_member *member, json_t *value, char *to,
                                 struct kunci_err *err)
{
    if (!json_is_object(value))
        return wrong(member->name, _("it has to be an object"), err);
    memcpy(to + member->offset, &value, sizeof value);
    return KUNCI_OK;
}

static enum kunci_rc take_member(const struct body_member *member, json_t *value, char *to,
                                 struct kunci_err *err)
{
    switch (member->kind) {
    case BODY_TEXT:
        return take_text(member, value, to, err);
    case BODY_BYTES:
        return take_bytes(member, value, to, err);
    case BODY_SECRET:
        return take_secret(member, value, to, err);
    case BODY_OBJECT:
        break;
    }
    return take_object(member, value, to, err);
}

enum kunci_rc body_take(const json_t *body, const struct body_member *members, size_t count,
                        void *to, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i, taken = 0;
    json_t *value;

    for (i = 0; i < count && rc == KUNCI_OK; i++) {
        if ((value = json_object_get(body, members[i].name))) {
            rc = take_member(&members[i], value, to, err);
            taken++;
        } else if (members[i].required) {
            rc = wrong(members[i].name, _("it is missing"), err);
        }
    }
    if (rc == KUNCI_OK && taken != json_object_size(body))
        return err_set(err, KUNCI_BODY_INVALID, NULL, _("it has members that are not known here"));
    return rc;
}

/* ---- what logs in ---- */

#define MEMBER(name, kind, required)                                                               \
    {                                                                                              \
#name, kind, required, offsetof(struct login, name)                                        \
    }

enum kunci_rc login_read(const json_t *body, struct login *out, struct kunci_err *err)
{
    static const struct body_member by_password[] = {
        MEMBER(account, BODY_TEXT, true),
        MEMBER(password, BODY_SECRET, true),
    };
    static const struct body_member by_certificate[] = {
        MEMBER(challenge, BODY_TEXT, true),
        MEMBER(certificate, BODY_BYTES, true),
        MEMBER(algorithm, BODY_TEXT, true),
        MEMBER(signature, BODY_BYTES, true),
    };

    *out = (struct login){.account = NULL};
    if (json_object_get(body, "challenge"))
        return body_take(body, by_certificate, sizeof by_certificate / sizeof *by_certificate, out,
                         err);
    return body_take(body, by_password, sizeof by_password / sizeof *by_password, out, err);
}

void login_clear(struct login *login)
{
    buf_clear(&login->certificate);
    buf_clear(&login->signature);
    kunci_secret_free(&login->password);
    *login = (struct login){.account = NULL};
}

/* ---- in paths ---- */

bool number_read(const char *text, int64_t *out)
{
    size_t len = strlen(text);

    *out = 0;
    if (len == 0 || len > 18 || text[0] == '0' || strspn(text, "0123456789") != len)
        return false;
    for (; *text; text++)
        *out = *out * 10 + (*text - '0');
    return true;
}

bool serial_fits(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= 40 && len % 2 == 0 && strspn(text, "0123456789abcdef") == len;
}
