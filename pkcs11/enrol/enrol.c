/* The holder's flows: what each begins with, and what it answers. */
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "enrol/walk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

/* ---- beginning ---- */

static enum kunci_rc log_in(struct walk *walk, struct kunci_err *err)
{
    const struct kunci_enrol_options *options = walk->options;
    const struct kunci_ams_login login = {.account = options->account,
                                          .password = options->password};
    enum kunci_rc rc;

    if ((rc = holder_meet(walk->ams, &walk->issuing, &walk->root, &walk->renewal_days, err)) !=
        KUNCI_OK)
        return rc;
    if (options->account) {
        rc = kunci_ams_login(walk->ams, &login, err);
        if (rc == KUNCI_OK && options->token)
            rc = kunci_token_login(options->token, NULL, err);
    } else {
        rc = holder_login(walk->ams, options->token, options->cert, &walk->issuing, &walk->cert,
                          &walk->holder, err);
    }
    return rc == KUNCI_OK ? ams_call(walk->ams, "GET", "/v1/me", NULL, &walk->me, err) : rc;
}

/* A revocation stands beside what else is under way: it may be needed at any time. */
static enum kunci_rc open_journal(struct walk *walk, struct kunci_err *err)
{
    const struct kunci_enrol_options *options = walk->options;
    struct kunci_token_info info = {.serial = ""};
    struct journal_of of = {.folder = options->folder, .serial = ""};
    char url[1024];
    enum kunci_rc rc = KUNCI_OK;

    of.label = options->account ? options->account : "";
    if (options->token) {
        rc = kunci_token_info(options->token, &info, err);
        of.serial = info.serial;
        of.label = info.label;
    }
    snprintf(url, sizeof url, "%s%s", ams_url(walk->ams), walk->keyed ? "" : "#revocation");
    of.url = url;
    return rc == KUNCI_OK ? journal_open(&of, &walk->journal, err) : rc;
}

static enum kunci_rc start(struct walk *walk, struct kunci_err *err)
{
    json_t *more = json_object(), *old;
    size_t len;

    if (!more)
        return err_no_memory(err);
    if (walk->options->reason &&
        json_object_set_new(more, "reason", json_string(walk->options->reason)) != 0)
        goto failed;
    if (walk->old) {
        const unsigned char *der = kunci_cert_der(walk->old, &len);

        old = ams_base64(der, len);
        if (!old || json_object_set_new(more, "old", old) != 0)
            goto failed;
    }
    return journal_start(walk->journal, walk->kind, more, err);
failed:
    json_decref(more);
    return err_no_memory(err);
}

static bool is_cert(const struct kunci_cert *cert, const struct buf *der)
{
    const unsigned char *bytes = NULL;
    size_t len = 0;

    if (cert)
        bytes = kunci_cert_der(cert, &len);
    return bytes && len == der->len && memcmp(bytes, der->data, len) == 0;
}

/* What an earlier run began goes on, whatever the token would choose today. */
static enum kunci_rc go_on(struct walk *walk, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    const char *request = now->request ? now->request : "";
    enum kunci_rc rc;

    if (strcmp(now->kind, walk->kind) != 0)
        return err_setf(err, KUNCI_REQUEST_CONFLICT, request, _("the token is amid a %s"),
                        now->kind);
    walk_tell(walk, *request ? KUNCI_ENROL_CONTINUES : KUNCI_ENROL_UNSENT, request);
    if (now->old.len == 0)
        return KUNCI_OK;
    if (is_cert(walk->cert, &now->old)) {
        walk->old = walk->cert;
        return KUNCI_OK;
    }
    rc = holder_cert(walk->options->token, &now->old, &walk->own_old, err);
    walk->old = walk->own_old;
    return rc;
}

/* The authority would say so too, but after the data was asked about. */
static enum kunci_rc check_time(const struct walk *walk, struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    const unsigned char *der;
    enum kunci_rc rc;
    char day[32];
    struct tm utc;
    time_t from;
    size_t len;

    if (strcmp(walk->kind, "renewal") != 0 || walk->renewal_days <= 0)
        return KUNCI_OK;
    der = kunci_cert_der(walk->cert, &len);
    if ((rc = kunci_cert_describe(der, len, &info, err)) != KUNCI_OK)
        return rc;
    from = (time_t)(info.not_after - walk->renewal_days * DAY_S);
    gmtime_r(&from, &utc);
    strftime(day, sizeof day, "%Y-%m-%d", &utc);
    if (clock_system.now(clock_system.context) < (int64_t)from)
        rc = err_setf(err, KUNCI_RENEW_EARLY, kunci_cert_label(walk->cert),
                      _("it can be from %s on"), day);
    kunci_cert_info_clear(&info);
    return rc;
}

static enum kunci_rc find_or_start(struct walk *walk, struct kunci_err *err)
{
    enum kunci_rc rc;

    if (journal_is_open(walk->journal))
        return go_on(walk, err);
    if ((rc = check_time(walk, err)) != KUNCI_OK)
        return rc;
    walk_tell(walk, KUNCI_ENROL_FRESH, "");
    if (strcmp(walk->kind, "issuance") != 0)
        walk->old = walk->cert;
    return start(walk, err);
}

/* ---- the answer ---- */

static enum kunci_rc answer_cert(const struct walk *walk, json_t *answer, struct kunci_err *err)
{
    const struct buf *cert = &journal_now(walk->journal)->cert;
    struct kunci_cert_info info = {0};
    enum kunci_rc rc;

    if (cert->len == 0)
        return KUNCI_OK;
    rc = kunci_cert_describe((const unsigned char *)cert->data, cert->len, &info, err);
    if (rc == KUNCI_OK &&
        json_object_set_new(answer, "certificate",
                            json_pack("{s:s, s:s, s:I, s:I}", "serial", info.serial, "subject",
                                      info.subject, "not_before", (json_int_t)info.not_before,
                                      "not_after", (json_int_t)info.not_after)) != 0)
        rc = err_no_memory(err);
    kunci_cert_info_clear(&info);
    return rc;
}

static enum kunci_rc answer(const struct walk *walk, char **json, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    bool over = walk_is_over(walk);
    json_t *out =
        json_pack("{s:s, s:O, s:s, s:b, s:s?, s:s?, s:s?}", "kind", walk->kind, "request",
                  json_object_get(walk->request, "id"), "state", ams_text(walk->request, "state"),
                  "finished", over, "waits_for", over ? NULL : ams_text(walk->request, "role"),
                  "label", now->label, "journal", journal_path(walk->journal));
    enum kunci_rc rc = out ? answer_cert(walk, out, err) : err_no_memory(err);

    if (rc == KUNCI_OK && !(*json = json_write(out, JSON_COMPACT | JSON_PRESERVE_ORDER)))
        rc = err_no_memory(err);
    json_decref(out);
    return rc;
}

static void clear(struct walk *walk)
{
    kunci_key_free(&walk->key);
    kunci_key_free(&walk->old_key);
    kunci_cert_free(&walk->own_old);
    kunci_signer_free(&walk->holder);
    kunci_cert_free(&walk->cert);
    journal_free(&walk->journal);
    json_decref(walk->me);
    json_decref(walk->request);
    buf_clear(&walk->issuing);
    buf_clear(&walk->root);
}

/* The session of the authority is of no use without its signer, which goes here. */
static enum kunci_rc run(struct kunci_ams *ams, const struct kunci_enrol_options *options,
                         const char *kind, bool keyed, char **json, struct kunci_err *err)
{
    struct walk walk = {.ams = ams, .options = options, .kind = kind, .keyed = keyed};
    enum kunci_rc rc;

    *json = NULL;
    if ((rc = open_journal(&walk, err)) == KUNCI_OK && (rc = log_in(&walk, err)) == KUNCI_OK &&
        (rc = find_or_start(&walk, err)) == KUNCI_OK && (rc = walk_on(&walk, err)) == KUNCI_OK)
        rc = answer(&walk, json, err);
    clear(&walk);
    return rc;
}

enum kunci_rc kunci_renew(struct kunci_ams *ams, const struct kunci_enrol_options *options,
                          char **json, struct kunci_err *err)
{
    return run(ams, options, "renewal", true, json, err);
}

enum kunci_rc kunci_enrol(struct kunci_ams *ams, const struct kunci_enrol_options *options,
                          char **json, struct kunci_err *err)
{
    return run(ams, options, "issuance", true, json, err);
}

enum kunci_rc kunci_revoke(struct kunci_ams *ams, const struct kunci_enrol_options *options,
                           char **json, struct kunci_err *err)
{
    return run(ams, options, "revocation", false, json, err);
}

enum kunci_rc kunci_enrol_login(struct kunci_ams *ams, struct kunci_token *token, const char *named,
                                struct kunci_cert **cert, struct kunci_signer **signer,
                                struct kunci_err *err)
{
    struct buf issuing = {0}, root = {0};
    int64_t days;
    enum kunci_rc rc = holder_meet(ams, &issuing, &root, &days, err);

    *cert = NULL;
    *signer = NULL;
    if (rc == KUNCI_OK)
        rc = holder_login(ams, token, named, &issuing, cert, signer, err);
    buf_clear(&issuing);
    buf_clear(&root);
    return rc;
}
