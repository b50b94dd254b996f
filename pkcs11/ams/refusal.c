#include "ams/refusal.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum kunci_rc first, last; /* as they stand in the list of errors */
    unsigned status;
} statuses[] = {
    {KUNCI_FILE_TOO_LARGE, KUNCI_FILE_TOO_LARGE, 413},
    {KUNCI_USAGE_COMMAND, KUNCI_USAGE_ARGUMENT, 400},
    {KUNCI_MODULE_LOAD, KUNCI_TOKEN_TOOL, 503}, /* the authority's own token */
    {KUNCI_SUBJECT_INVALID, KUNCI_CERT_INVALID, 422},
    {KUNCI_ALT_NAME_INVALID, KUNCI_LINT_FAILED, 422},
    {KUNCI_PROFILE_REFUSED, KUNCI_PROFILE_REFUSED, 422},
    {KUNCI_RENEW_EARLY, KUNCI_RENEW_LATE, 409},
    {KUNCI_ACCOUNT_EXISTS, KUNCI_ACCOUNT_EXISTS, 409},
    {KUNCI_ACCOUNT_UNKNOWN, KUNCI_ACCOUNT_UNKNOWN, 404},
    {KUNCI_LOGIN_REFUSED, KUNCI_SESSION_NONE, 401},
    {KUNCI_RIGHT_NONE, KUNCI_RIGHT_NONE, 403},
    {KUNCI_REQUEST_UNKNOWN, KUNCI_REQUEST_UNKNOWN, 404},
    {KUNCI_REQUEST_CONFLICT, KUNCI_REQUEST_CONFLICT, 409},
    {KUNCI_BODY_INVALID, KUNCI_BODY_INVALID, 400},
    {KUNCI_CALL_UNKNOWN, KUNCI_CALL_UNKNOWN, 404},
    {KUNCI_PROOF_INVALID, KUNCI_DECISION_INVALID, 422},
    {KUNCI_CERT_UNKNOWN, KUNCI_CERT_UNKNOWN, 404},
    {KUNCI_CERT_STATE, KUNCI_CERT_STATE, 409},
    {KUNCI_TOO_MANY, KUNCI_TOO_MANY, 503},
    {KUNCI_FLOW_NO_RIGHT, KUNCI_FLOW_FOUR_EYES, 403},
    {KUNCI_FLOW_RULE, KUNCI_FLOW_RULE, 422},
    {KUNCI_FLOW_NOT_POSSIBLE, KUNCI_FLOW_OVER, 409},
};

unsigned refusal_status(enum kunci_rc rc)
{
    size_t i;

    for (i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (rc >= statuses[i].first && rc <= statuses[i].last)
            return statuses[i].status;
    return 500;
}

char *refusal_text(const struct kunci_err *err)
{
    char message[1024], next[1024], *text;
    json_t *tree;

    kunci_err_sentence(err, message, sizeof message);
    kunci_err_next(err, next, sizeof next);
    tree = json_pack("{s:{s:s, s:s, s:s, s:s, s:s}}", "error", "name", kunci_err_name(err->rc),
                     "about", err->about, "detail", err->detail, "message", message, "next", next);
    text = json_write(tree, JSON_COMPACT);
    json_decref(tree);
    return text;
}

/* A fault of the authority is told to those who run it, and not to whoever called: it may
 * name files. */
static struct kunci_err outward(const struct kunci_err *err, unsigned status)
{
    struct kunci_err shown = *err;

    if (status < 500 || err->rc == KUNCI_TOO_MANY)
        return shown;
    log_event("call.failed", "error", kunci_err_name(err->rc), "about", err->about, "detail",
              err->detail, NULL);
    if (status == 500)
        shown.about[0] = '\0';
    shown.detail[0] = '\0';
    return shown;
}

/* How many seconds later a try makes sense. */
static const char *retry_after(const struct kunci_err *err, unsigned status)
{
    if (err->rc == KUNCI_TOO_MANY && err->detail[0])
        return err->detail;
    return status == 503 ? "5" : NULL;
}

void refusal_answer(struct exchange *exchange, const struct kunci_err *err, const char *allow)
{
    unsigned status = allow && *allow ? 405 : refusal_status(err->rc);
    struct kunci_err shown = outward(err, status);
    struct listen_answer answer = {.status = status, .type = "application/json"};
    const char *after = retry_after(err, status);
    struct listen_header *header = answer.headers;
    char *text = refusal_text(&shown);

    /* Of one account, or of one address: about says whose try it was. */
    if (err->rc == KUNCI_TOO_MANY && err->about[0])
        answer.status = 429;
    if (after)
        *header++ = (struct listen_header){"Retry-After", after};
    if (answer.status == 401)
        *header++ = (struct listen_header){"WWW-Authenticate", "Bearer"};
    if (answer.status == 405)
        *header++ = (struct listen_header){"Allow", allow};
    if (text) {
        answer.bytes = text;
        answer.len = strlen(text);
    } else {
        answer.type = NULL;
    }
    listen_answer(exchange, &answer);
    free(text);
}
