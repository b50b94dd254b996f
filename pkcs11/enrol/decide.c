/* An operator's decision: what was shown to him, signed by his token. */
#include "base/base64.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cms/message.h"
#include "enrol/ams.h"

#include <kunci/enrol.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static enum kunci_rc digest_of(const char *content, char hex[65], struct kunci_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    text_hex(hex, digest, 32);
    return KUNCI_OK;
}

/* What is signed: one line that stands for itself. */
static enum kunci_rc statement(const struct kunci_ams *ams, const struct kunci_decision *decision,
                               const json_t *document, char **out, struct kunci_err *err)
{
    time_t now = (time_t)clock_system.now(clock_system.context);
    const char *account = kunci_ams_account(ams);
    json_t *said = NULL;
    char hex[65], at[32];
    struct tm utc;

    *out = NULL;
    if (!account)
        return err_set(err, KUNCI_SESSION_NONE, NULL, NULL);
    if (digest_of(ams_text(document, "content"), hex, err) != KUNCI_OK)
        return err->rc;
    gmtime_r(&now, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &utc);
    said = json_pack("{s:O, s:s, s:s, s:s*, s:s*, s:s, s:s, s:s}", "request",
                     json_object_get(document, "id"), "step", ams_text(document, "step"), "verdict",
                     decision->reject ? "reject" : "done", "outcome", decision->outcome, "reason",
                     decision->reason, "account", account, "digest", hex, "time", at);
    if (said)
        *out = json_write(said, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(said);
    return *out ? KUNCI_OK : err_no_memory(err);
}

static json_t *make_event(const struct kunci_decision *decision, const json_t *document,
                          const struct buf *cms)
{
    return json_pack("{s:s, s:s, s:s*, s:s*, s:o}", "verb", decision->reject ? "reject" : "do",
                     "step", ams_text(document, "step"), "outcome", decision->outcome, "reason",
                     decision->reason, "decision", ams_base64(cms->data, cms->len));
}

static enum kunci_rc send(struct kunci_ams *ams, const json_t *document, json_t *event, char **json,
                          struct kunci_err *err)
{
    json_t *answer = NULL;
    char path[64];
    enum kunci_rc rc;

    if (!event)
        return err_no_memory(err);
    snprintf(path, sizeof path, "/v1/requests/%" JSON_INTEGER_FORMAT "/events",
             json_integer_value(json_object_get(document, "id")));
    rc = ams_call(ams, "POST", path, event, &answer, err);
    if (rc == KUNCI_OK && !(*json = json_write(answer, JSON_COMPACT | JSON_PRESERVE_ORDER)))
        rc = err_no_memory(err);
    json_decref(answer);
    return rc;
}

enum kunci_rc kunci_decide(struct kunci_ams *ams, struct kunci_signer *signer,
                           const struct kunci_decision *decision, char **json,
                           struct kunci_err *err)
{
    json_t *document = json_loads(decision->document, JSON_REJECT_DUPLICATES, NULL);
    struct buf cms = {0};
    char *text = NULL;
    enum kunci_rc rc;

    *json = NULL;
    if (!json_is_integer(json_object_get(document, "id")) || !*ams_text(document, "content"))
        rc = ams_complain(ams, _("it is no request"), err);
    else
        rc = statement(ams, decision, document, &text, err);
    if (rc == KUNCI_OK) {
        const struct message message = {text, strlen(text), true};

        rc = message_sign(signer, &message, &cms, err);
    }
    if (rc == KUNCI_OK)
        rc = send(ams, document, make_event(decision, document, &cms), json, err);
    json_decref(document);
    buf_clear(&cms);
    free(text);
    return rc;
}
