#include "enrol/ams.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/client.h"
#include "x509/proof.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct kunci_ams {
    struct client *client;
    char *url, *account, *login_account;
    struct kunci_ams_login login; /* by which it is done again */
    struct kunci_secret *session;
    long retry_after;
};

const char *ams_url(const struct kunci_ams *ams)
{
    return ams->url;
}

long ams_retry_after(const struct kunci_ams *ams)
{
    return ams->retry_after;
}

const char *kunci_ams_account(const struct kunci_ams *ams)
{
    return ams->account;
}

enum kunci_rc ams_complain(const struct kunci_ams *ams, const char *what, struct kunci_err *err)
{
    return err_set(err, KUNCI_AMS_ANSWER, ams->url, what);
}

enum kunci_rc kunci_ams_open(const struct kunci_ams_options *options, struct kunci_ams **out,
                             struct kunci_err *err)
{
    struct client_options how = {.url = NULL};
    struct kunci_ams *ams;
    enum kunci_rc rc;
    size_t len;

    *out = NULL;
    if (!options->url || !options->ca)
        return err_set(err, KUNCI_AMS_UNSET, options->url ? "ca" : "url", NULL);
    if (!(ams = calloc(1, sizeof *ams)) || !(ams->url = strdup(options->url))) {
        kunci_ams_free(&ams);
        return err_no_memory(err);
    }
    for (len = strlen(ams->url); len > 1 && ams->url[len - 1] == '/'; len--)
        ams->url[len - 1] = '\0';
    how.url = ams->url;
    how.ca_file = options->ca;
    ams->retry_after = -1;
    if ((rc = client_new(&how, &ams->client, err)) == KUNCI_OK)
        *out = ams;
    else
        kunci_ams_free(&ams);
    return rc;
}

void kunci_ams_free(struct kunci_ams **ams)
{
    struct kunci_ams *gone = *ams;

    *ams = NULL;
    if (!gone)
        return;
    client_free(&gone->client);
    kunci_secret_free(&gone->session);
    free(gone->url);
    free(gone->account);
    free(gone->login_account);
    free(gone);
}

/* ---- answers ---- */

const char *ams_text(const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));

    return text ? text : "";
}

enum kunci_rc ams_bytes(const struct kunci_ams *ams, const json_t *answer, const char *name,
                        struct buf *out, struct kunci_err *err)
{
    const char *text = ams_text(answer, name);

    buf_clear(out);
    if (!base64_read(text, strlen(text), out) || (out->len == 0 && !out->failed))
        return ams_complain(ams, name, err);
    return out->failed ? err_no_memory(err) : KUNCI_OK;
}

json_t *ams_base64(const void *bytes, size_t len)
{
    struct buf text = {0};
    json_t *out = NULL;

    base64_add(&text, bytes, len);
    if (!text.failed)
        out = json_stringn(text.data ? text.data : "", text.len);
    buf_clear(&text);
    return out;
}

static enum kunci_rc rc_by_name(const char *name)
{
    int rc;

    for (rc = KUNCI_OK + 1; rc < KUNCI_RC_COUNT; rc++)
        if (strcmp(kunci_err_name((enum kunci_rc)rc), name) == 0)
            return (enum kunci_rc)rc;
    return KUNCI_OK;
}

/* {"error":{"name","about","detail","message"}}: said again in the language of this side. */
static enum kunci_rc take_error(const struct kunci_ams *ams, const json_t *answer, unsigned status,
                                struct kunci_err *err)
{
    const json_t *error = json_object_get(answer, "error");
    const char *message = ams_text(error, "message");
    enum kunci_rc rc = rc_by_name(ams_text(error, "name"));
    char waiting[24];

    if (!json_is_object(error))
        return err_setf(err, KUNCI_AMS_ANSWER, ams->url, _("the status is %u"), status);
    if (rc == KUNCI_TOO_MANY && ams->retry_after >= 0) {
        snprintf(waiting, sizeof waiting, "%ld", ams->retry_after);
        return err_set(err, rc, NULL, waiting);
    }
    if (rc != KUNCI_OK)
        return err_set(err, rc, ams_text(error, "about"), ams_text(error, "detail"));
    return err_set(err, KUNCI_AMS_REFUSED, ams->url, *message ? message : ams_text(error, "name"));
}

/* ---- one call ---- */

struct call {
    const char *method, *path, *type;
    const void *body;
    size_t len;
};

static bool is_good(unsigned status)
{
    return status >= 200 && status < 300;
}

/* The body of a good answer, to be cleared in any case; status is 0 where none came. */
static enum kunci_rc call_once(struct kunci_ams *ams, const struct call *call, unsigned *status,
                               struct buf *body, struct kunci_err *err)
{
    const struct client_request request = {
        .method = call->method,
        .path = call->path,
        .bearer = ams->session,
        .type = call->type,
        .body = call->body,
        .body_len = call->len,
    };
    struct client_answer answer = {.retry_after = -1};
    json_t *said = NULL;
    enum kunci_rc rc = client_call(ams->client, &request, &answer, err);

    *status = answer.status;
    ams->retry_after = answer.retry_after;
    if (rc == KUNCI_OK && !is_good(answer.status)) {
        said = json_loadb(answer.body.data ? answer.body.data : "", answer.body.len, 0, NULL);
        rc = take_error(ams, said, answer.status, err);
        json_decref(said);
    }
    if (rc == KUNCI_OK)
        *body = answer.body;
    else
        buf_clear(&answer.body);
    return rc;
}

static enum kunci_rc log_in(struct kunci_ams *ams, struct kunci_err *err);

/* A session that the authority ended did nothing yet: the call is made again. */
static enum kunci_rc call(struct kunci_ams *ams, const struct call *what, struct buf *body,
                          struct kunci_err *err)
{
    unsigned status;
    enum kunci_rc rc = call_once(ams, what, &status, body, err);

    if (status != 401 || !ams->session)
        return rc;
    *err = (struct kunci_err)KUNCI_ERR_INIT;
    if ((rc = log_in(ams, err)) != KUNCI_OK)
        return rc;
    return call_once(ams, what, &status, body, err);
}

static enum kunci_rc call_json(struct kunci_ams *ams, const struct call *what, json_t **out,
                               struct kunci_err *err)
{
    struct buf body = {0};
    enum kunci_rc rc = call(ams, what, &body, err);

    *out = NULL;
    if (rc == KUNCI_OK) {
        *out = json_loadb(body.data ? body.data : "", body.len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(*out)) {
            json_decref(*out);
            *out = NULL;
            rc = ams_complain(ams, _("it is no JSON object"), err);
        }
    }
    if (body.data)
        OPENSSL_cleanse(body.data, body.len); /* a session may stand there */
    buf_clear(&body);
    return rc;
}

enum kunci_rc ams_call(struct kunci_ams *ams, const char *method, const char *path, json_t *body,
                       json_t **out, struct kunci_err *err)
{
    struct call what = {.method = method, .path = path};
    char *text = json_write(body, JSON_COMPACT);
    bool lacks = body && !text;
    enum kunci_rc rc;

    json_decref(body);
    *out = NULL;
    if (lacks)
        return err_no_memory(err);
    if (text) {
        what.type = "application/json";
        what.body = text;
        what.len = strlen(text);
    }
    rc = call_json(ams, &what, out, err);
    free(text);
    return rc;
}

enum kunci_rc ams_put(struct kunci_ams *ams, const char *path, const void *bytes, size_t len,
                      json_t **out, struct kunci_err *err)
{
    const struct call what = {"PUT", path, "application/octet-stream", bytes, len};

    return call_json(ams, &what, out, err);
}

/* ---- logging in ---- */

enum kunci_rc ams_sign(struct kunci_signer *signer, const struct buf *text, json_t **out,
                       struct kunci_err *err)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    enum kunci_rc rc;
    size_t len = 0;

    *out = NULL;
    if (text->failed)
        return err_no_memory(err);
    if ((rc = kunci_sign_message(signer, text->data, text->len, sig, &len, err)) != KUNCI_OK ||
        (rc = proof_check(signer, text->data, text->len, sig, len, err)) != KUNCI_OK)
        return rc;
    *out = json_pack("{s:s, s:o*}", "algorithm", kunci_alg_name(signer->alg), "signature",
                     ams_base64(sig, len));
    return json_object_size(*out) == 2 ? KUNCI_OK : err_no_memory(err);
}

static enum kunci_rc post(struct kunci_ams *ams, const char *path, const void *body, size_t len,
                          json_t **out, struct kunci_err *err)
{
    const struct call what = {"POST", path, "application/json", body, len};

    return call_json(ams, &what, out, err);
}

static enum kunci_rc ask_by_signer(struct kunci_ams *ams, json_t **out, struct kunci_err *err)
{
    struct kunci_signer *signer = ams->login.signer;
    json_t *challenge = NULL, *body = NULL, *cert = ams_base64(signer->cert, signer->cert_len);
    struct buf text = {0};
    enum kunci_rc rc = ams_call(ams, "POST", "/v1/challenges", NULL, &challenge, err);

    if (rc == KUNCI_OK) {
        buf_printf(&text, "kunci login\n%s\n%s\n", ams->url, ams_text(challenge, "challenge"));
        rc = ams_sign(signer, &text, &body, err);
    }
    if (rc == KUNCI_OK &&
        (json_object_set(body, "challenge", json_object_get(challenge, "challenge")) != 0 ||
         json_object_set(body, "certificate", cert) != 0))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = ams_call(ams, "POST", "/v1/sessions", json_incref(body), out, err);
    json_decref(challenge);
    json_decref(body);
    json_decref(cert);
    buf_clear(&text);
    return rc;
}

/* As a JSON string, where it fits. */
static bool quote(struct kunci_secret *to, size_t *len, const unsigned char *text, size_t text_len)
{
    unsigned char *bytes = secret_bytes(to);
    size_t i;

    for (i = 0; i < text_len; i++) {
        if (*len + 6 > KUNCI_SECRET_MAX)
            return false;
        if (text[i] < 0x20) {
            memcpy(bytes + *len, "\\u00", 4);
            text_hex((char *)bytes + *len + 4, text + i, 1);
            *len += 6;
            continue;
        }
        if (text[i] == '"' || text[i] == '\\')
            bytes[(*len)++] = '\\';
        bytes[(*len)++] = text[i];
    }
    return true;
}

static bool add(struct kunci_secret *to, size_t *len, const char *text)
{
    size_t more = strlen(text);

    if (*len + more > KUNCI_SECRET_MAX)
        return false;
    memcpy(secret_bytes(to) + *len, text, more);
    *len += more;
    return true;
}

/* The password goes from one secret into another, and from there to the authority. */
static enum kunci_rc ask_by_password(struct kunci_ams *ams, json_t **out, struct kunci_err *err)
{
    const struct kunci_secret *password = ams->login.password;
    const char *account = ams->login_account;
    struct kunci_secret *body;
    enum kunci_rc rc;
    size_t len = 0;

    if ((rc = secret_new(&body, err)) != KUNCI_OK)
        return rc;
    if (add(body, &len, "{\"account\":\"") &&
        quote(body, &len, (const unsigned char *)account, strlen(account)) &&
        add(body, &len, "\",\"password\":\"") &&
        quote(body, &len, secret_view(password), kunci_secret_len(password)) &&
        add(body, &len, "\"}")) {
        secret_set_len(body, len);
        rc = post(ams, "/v1/sessions", secret_view(body), len, out, err);
    } else {
        rc = err_set(err, KUNCI_LOGIN_REFUSED, NULL, _("the password is too long"));
    }
    kunci_secret_free(&body);
    return rc;
}

static enum kunci_rc keep_session(struct kunci_ams *ams, const json_t *answer,
                                  struct kunci_err *err)
{
    const json_t *session = json_object_get(answer, "session");
    const char *text = ams_text(answer, "session");
    char *account = strdup(ams_text(answer, "account")), *copy = strdup(text);
    enum kunci_rc rc = KUNCI_OK;

    if (!account || !copy)
        rc = err_no_memory(err);
    else if (!*text)
        rc = ams_complain(ams, "session", err);
    else if ((rc = kunci_secret_take(copy, strlen(copy), &ams->session, err)) == KUNCI_OK) {
        free(ams->account);
        ams->account = account;
        account = NULL;
    }
    if (session) /* the tree's own copy */
        OPENSSL_cleanse((char *)(uintptr_t)text, json_string_length(session));
    free(account);
    free(copy);
    return rc;
}

static enum kunci_rc log_in(struct kunci_ams *ams, struct kunci_err *err)
{
    json_t *answer = NULL;
    enum kunci_rc rc;

    kunci_secret_free(&ams->session);
    rc = ams->login.signer ? ask_by_signer(ams, &answer, err) : ask_by_password(ams, &answer, err);
    if (rc == KUNCI_OK)
        rc = keep_session(ams, answer, err);
    json_decref(answer);
    return rc;
}

enum kunci_rc kunci_ams_login(struct kunci_ams *ams, const struct kunci_ams_login *login,
                              struct kunci_err *err)
{
    char *account = strdup(login->account ? login->account : "");

    if (!account)
        return err_no_memory(err);
    free(ams->login_account);
    ams->login_account = account;
    ams->login = *login;
    if (login->signer && !login->signer->cert)
        return err_set(err, KUNCI_SIGN_NO_CERT, NULL, NULL);
    return log_in(ams, err);
}

/* ---- for programs ---- */

static enum kunci_rc as_text(json_t *answer, char **out, struct kunci_err *err)
{
    *out = json_write(answer, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(answer);
    return *out ? KUNCI_OK : err_no_memory(err);
}

enum kunci_rc kunci_ams_get(struct kunci_ams *ams, const char *path, char **json,
                            struct kunci_err *err)
{
    json_t *answer;
    enum kunci_rc rc = ams_call(ams, "GET", path, NULL, &answer, err);

    *json = NULL;
    return rc == KUNCI_OK ? as_text(answer, json, err) : rc;
}

enum kunci_rc kunci_ams_post(struct kunci_ams *ams, const char *path, const char *body, char **json,
                             struct kunci_err *err)
{
    json_t *answer;
    enum kunci_rc rc = post(ams, path, body, strlen(body), &answer, err);

    *json = NULL;
    return rc == KUNCI_OK ? as_text(answer, json, err) : rc;
}

enum kunci_rc kunci_ams_put(struct kunci_ams *ams, const char *path, const void *bytes, size_t len,
                            char **json, struct kunci_err *err)
{
    json_t *answer;
    enum kunci_rc rc = ams_put(ams, path, bytes, len, &answer, err);

    *json = NULL;
    return rc == KUNCI_OK ? as_text(answer, json, err) : rc;
}

enum kunci_rc kunci_ams_fetch(struct kunci_ams *ams, const char *path, unsigned char **bytes,
                              size_t *len, struct kunci_err *err)
{
    const struct call what = {.method = "GET", .path = path};
    struct buf body = {0};
    enum kunci_rc rc = call(ams, &what, &body, err);

    *bytes = NULL;
    *len = body.len;
    if (rc != KUNCI_OK)
        return rc;
    if (!body.data)
        buf_add(&body, "", 0);
    *bytes = (unsigned char *)buf_take(&body);
    return *bytes ? KUNCI_OK : err_no_memory(err);
}
