/* kunci cert: certificates on a token, and in files. */
#include "cli/answer.h"
#include "cli/certs.h"
#include "cli/confirm.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

/* ---- list ---- */

static const struct column list_columns[] = {
    {"label", N_("Label"), false},
    {"subject", N_("Subject"), false},
    {"not_after", N_("Valid until"), false},
    {"days_left", N_("Days left"), false},
    {"has_key", N_("Key on the token"), false},
    {"remarks", N_("Remarks"), true},
    {"id", N_("Id"), false},
    {NULL, NULL, false},
};

/* What others of the list have in common with this one. */
static unsigned alike(const struct kunci_cert_list *list, size_t i)
{
    size_t other, len, other_len;
    const unsigned char *der = kunci_cert_der(kunci_cert_list_at(list, i), &len);
    unsigned found = 0;

    for (other = 0; other < kunci_cert_list_count(list); other++) {
        const unsigned char *twin = kunci_cert_der(kunci_cert_list_at(list, other), &other_len);

        if (other != i)
            found |= kunci_cert_alike(der, len, twin, other_len);
    }
    return found;
}

static enum kunci_rc put_remarks(json_t *one, unsigned twins, struct kunci_err *err)
{
    const json_t *days = json_object_get(one, "days_left");
    const struct {
        bool is;
        const char *remark;
    } rows[] = {
        {!json_is_true(json_object_get(one, "has_key")), N_("no key")},
        {(twins & KUNCI_SAME_KEY) != 0, N_("same key as another")},
        {(twins & KUNCI_SAME_SUBJECT) != 0, N_("same subject as another")},
        {days && json_integer_value(days) < 0, N_("expired")},
    };
    json_t *remarks = json_array();
    size_t i;

    for (i = 0; remarks && i < sizeof rows / sizeof *rows; i++)
        if (rows[i].is && json_array_append_new(remarks, json_string(rows[i].remark)) != 0) {
            json_decref(remarks);
            remarks = NULL;
        }
    return out_put(one, "remarks", remarks, err);
}

static enum kunci_rc list_one(const struct kunci_cert_list *list, size_t i, json_t *to,
                              struct kunci_err *err)
{
    json_t *one;
    enum kunci_rc rc = certs_json(kunci_cert_list_at(list, i), &one, err);

    if (rc == KUNCI_OK)
        rc = put_remarks(one, alike(list, i), err);
    if (rc == KUNCI_OK && json_array_append(to, one) != 0)
        rc = fail_memory(err);
    json_decref(one);
    return rc;
}

enum kunci_rc cmd_cert_list(struct command *command, struct kunci_err *err)
{
    struct kunci_cert_list *list = NULL;
    json_t *certs = json_array();
    struct kunci_token *token;
    enum kunci_rc rc;
    size_t i;

    if ((rc = certs_token(command, &token, err)) == KUNCI_OK)
        rc = kunci_cert_list(token, &list, err);
    for (i = 0; rc == KUNCI_OK && i < kunci_cert_list_count(list); i++)
        rc = list_one(list, i, certs, err);
    if (rc != KUNCI_OK)
        goto out;
    if (json_array_size(certs) == 0)
        out_printf(&command->out, "%s\n", _("There is no certificate on the token."));
    else
        out_table(&command->out, certs, list_columns);
    rc = out_put(command->answer, "certificates", json_incref(certs), err);
out:
    kunci_cert_list_free(&list);
    json_decref(certs);
    return rc;
}

/* ---- show, lint ---- */

static enum kunci_rc show_file(const char *path, json_t **shown, struct kunci_err *err)
{
    struct certs_der der;
    enum kunci_rc rc = certs_read_file(path, &der, err);

    *shown = NULL;
    if (rc == KUNCI_OK)
        rc = certs_document(der.bytes, der.len, shown, err);
    free(der.bytes);
    return rc;
}

enum kunci_rc cmd_cert_show(struct command *command, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    json_t *shown = NULL;
    enum kunci_rc rc;

    if (command->argument && command->option[OPT_CERT])
        return fail(err, KUNCI_USAGE_VALUE, "--cert", _("a file is given too"));
    if (command->argument)
        rc = show_file(command->argument, &shown, err);
    else if ((rc = certs_find(command, &cert, err)) == KUNCI_OK)
        rc = certs_json(cert, &shown, err);
    if (rc == KUNCI_OK) {
        answer_show(&command->out, shown);
        rc = out_put(command->answer, "certificate", shown, err);
    }
    kunci_cert_free(&cert);
    return rc;
}

enum kunci_rc cmd_cert_lint(struct command *command, struct kunci_err *err)
{
    struct certs_der der = {NULL, 0};
    struct kunci_lint lint = {.count = 0};
    json_t *findings = NULL;
    enum kunci_rc rc;

    if ((rc = certs_chosen(command, &der, err)) == KUNCI_OK &&
        (rc = kunci_cert_lint(der.bytes, der.len, command->option[OPT_PROFILE], &lint, err)) ==
            KUNCI_OK &&
        !(findings = answer_findings(&lint)))
        rc = fail_memory(err);
    if (rc == KUNCI_OK) {
        answer_show_findings(&command->out, findings);
        command->exit_code = lint.errors > 0;
        rc = out_put(command->answer, "findings", findings, err);
    }
    kunci_lint_clear(&lint);
    free(der.bytes);
    return rc;
}

/* ---- import ---- */

/* The only one that has the new one's key or subject, else the new one itself; it stays
 * the list's. */
static enum kunci_rc old_among(const struct kunci_cert_list *list, const struct certs_der *new,
                               struct kunci_cert **old, struct kunci_err *err)
{
    char labels[200] = "";
    size_t i, len, count = 0, used = 0;

    *old = NULL;
    for (i = 0; i < kunci_cert_list_count(list); i++) {
        struct kunci_cert *cert = kunci_cert_list_at(list, i);
        const unsigned char *der = kunci_cert_der(cert, &len);
        bool same = len == new->len &&memcmp(der, new->bytes, len) == 0;

        if (same && count == 0) /* an earlier run has written it, and may have been ended then */
            *old = cert;
        if (same || !kunci_cert_alike(der, len, new->bytes, new->len))
            continue;
        if (used < sizeof labels)
            used +=
                (size_t)snprintf(labels + used, sizeof labels - used, "%s\"%s\" (id %s)",
                                 count ? ", " : "", kunci_cert_label(cert), kunci_cert_id(cert));
        *old = cert;
        count++;
    }
    if (!*old)
        return fail(err, KUNCI_CERT_NOT_FOUND, _("the key or the subject of the new one"), NULL);
    return count > 1 ? fail(err, KUNCI_CERT_AMBIGUOUS, NULL, labels) : KUNCI_OK;
}

static enum kunci_rc replace(struct command *command, struct kunci_token *token,
                             const struct certs_der *new, struct kunci_cert **cert,
                             struct kunci_err *err)
{
    struct kunci_cert *named = NULL, *old;
    struct kunci_cert_list *list = NULL;
    enum kunci_rc rc;

    if (command->option[OPT_CERT]) {
        rc = kunci_cert_find(token, command->option[OPT_CERT], &named, err);
        old = named;
    } else if ((rc = kunci_cert_list(token, &list, err)) == KUNCI_OK) {
        rc = old_among(list, new, &old, err);
    }
    if (rc == KUNCI_OK)
        rc = kunci_cert_replace(old, new->bytes, new->len, cert, err);
    kunci_cert_free(&named);
    kunci_cert_list_free(&list);
    return rc;
}

enum kunci_rc cmd_cert_import(struct command *command, struct kunci_err *err)
{
    bool replaces = command->option[OPT_REPLACE] != NULL;
    struct kunci_cert *cert = NULL;
    struct kunci_token *token;
    json_t *shown = NULL;
    struct certs_der der;
    enum kunci_rc rc;

    if (command->option[OPT_CERT] && !replaces)
        return fail(err, KUNCI_USAGE_VALUE, "--cert", _("it needs --replace beside it"));
    if ((rc = certs_read_file(command->argument, &der, err)) == KUNCI_OK)
        rc = command_token(command, KUNCI_BLANK_NEVER, &token, err);
    if (rc == KUNCI_OK)
        rc = replaces ? replace(command, token, &der, &cert, err)
                      : kunci_cert_import(token, der.bytes, der.len, &cert, err);
    if (rc == KUNCI_OK && (rc = certs_json(cert, &shown, err)) != KUNCI_OK)
        rc = answer_unseen(command->argument, err);
    if (rc == KUNCI_OK) {
        out_fields(&command->out, shown, answer_certificate_columns);
        rc = out_put(command->answer, "certificate", shown, err);
    }
    kunci_cert_free(&cert);
    free(der.bytes);
    return rc;
}

/* ---- delete ---- */

enum kunci_rc cmd_cert_delete(struct command *command, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    json_t *shown = NULL, *subject;
    enum kunci_rc rc;

    if ((rc = certs_find(command, &cert, err)) != KUNCI_OK)
        goto out;
    if ((rc = certs_json(cert, &shown, err)) != KUNCI_OK)
        goto out;
    subject = json_object_get(shown, "subject");
    rc = confirm(command, err,
                 _("The certificate \"%s\" (id %s) of %s will be deleted from the token for good. "
                   "Its key stays."),
                 kunci_cert_label(cert), kunci_cert_id(cert),
                 subject ? json_string_value(subject) : "-");
    if (rc == KUNCI_OK)
        rc = kunci_cert_delete(cert, err);
    if (rc != KUNCI_OK)
        goto out;
    out_printf(&command->out, "%s\n", _("The certificate is deleted."));
    rc = out_put(command->answer, "deleted", json_incref(shown), err);
out:
    kunci_cert_free(&cert);
    json_decref(shown);
    return rc;
}
