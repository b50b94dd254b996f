/* kunci cert: certificates on a token, and in files. */
#include "cli/answer.h"
#include "cli/cert.h"
#include "cli/confirm.h"
#include "cli/file.h"
#include "cli/words.h"

#include <stdlib.h>

/* No certificate comes near it. */
enum { FILE_LIMIT = 1 << 20 };

static const struct column list_columns[] = {
    {"label", N_("Label"), false},
    {"subject", N_("Subject"), false},
    {"not_after", N_("Valid until"), false},
    {"has_key", N_("Key on the token"), false},
    {"id", N_("Id"), false},
    {NULL, NULL, false},
};

static enum kunci_rc document_json(const unsigned char *der, size_t len, json_t **out,
                                   struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    enum kunci_rc rc = kunci_cert_describe(der, len, &info, err);

    *out = NULL;
    if (rc == KUNCI_OK && !(*out = answer_certificate(&info)))
        rc = fail_memory(err);
    kunci_cert_info_clear(&info);
    return rc;
}

/* What the certificate says, and what the token says of it. One that cannot be
 * read, from another program, must not hide the others: its token's part is shown. */
static enum kunci_rc cert_json(struct kunci_cert *cert, json_t **out, struct kunci_err *err)
{
    struct kunci_err unread = KUNCI_ERR_INIT;
    json_t *said = NULL;
    enum kunci_rc rc;
    char *uri = NULL;
    size_t len;
    const unsigned char *der = kunci_cert_der(cert, &len);

    *out = NULL;
    if ((rc = kunci_cert_uri(cert, &uri, err)) != KUNCI_OK)
        return rc;
    *out = json_pack("{s:s, s:s, s:b, s:s}", "label", kunci_cert_label(cert), "id",
                     kunci_cert_id(cert), "has_key", kunci_cert_has_key(cert), "uri", uri);
    free(uri);
    rc = document_json(der, len, &said, &unread);
    if (!*out || rc == KUNCI_NO_MEMORY || (said && json_object_update(*out, said) != 0)) {
        json_decref(*out);
        *out = NULL;
        fail_memory(err);
    }
    json_decref(said);
    return err->rc;
}

/* Certificates are for all to see, as a rule; who gives a PIN sees the private ones
 * too. */
static enum kunci_rc cert_token(struct command *command, struct kunci_token **token,
                                struct kunci_err *err)
{
    bool given = command->option[OPT_PIN_FILE] || command->option[OPT_PIN_FD];
    enum kunci_rc rc = command_token(command, KUNCI_BLANK_NEVER, token, err);

    return rc == KUNCI_OK && given ? kunci_token_login(*token, NULL, err) : rc;
}

enum kunci_rc cmd_cert_list(struct command *command, struct kunci_err *err)
{
    struct kunci_cert_list *list = NULL;
    json_t *certs = json_array(), *one;
    struct kunci_token *token;
    enum kunci_rc rc;
    size_t i;

    if ((rc = cert_token(command, &token, err)) != KUNCI_OK)
        goto out;
    if ((rc = kunci_cert_list(token, &list, err)) != KUNCI_OK)
        goto out;
    for (i = 0; i < kunci_cert_list_count(list); i++) {
        if ((rc = cert_json(kunci_cert_list_at(list, i), &one, err)) != KUNCI_OK)
            goto out;
        if (json_array_append_new(certs, one) != 0) {
            rc = fail_memory(err);
            goto out;
        }
    }
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

enum kunci_rc cert_read_file(const char *path, unsigned char **der, size_t *len,
                             struct kunci_err *err)
{
    char *bytes = NULL;
    enum kunci_rc rc;
    size_t got = 0;

    *der = NULL;
    if ((rc = file_read(path, FILE_LIMIT, &bytes, &got, err)) == KUNCI_OK)
        rc = kunci_cert_read(bytes, got, der, len, err);
    free(bytes);
    return rc;
}

enum kunci_rc cert_choose(struct command *command, struct kunci_cert **cert, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc = cert_token(command, &token, err);

    *cert = NULL;
    return rc != KUNCI_OK ? rc : kunci_cert_find(token, command->option[OPT_CERT], cert, err);
}

static enum kunci_rc show_file(const char *path, json_t **shown, struct kunci_err *err)
{
    unsigned char *der = NULL;
    enum kunci_rc rc;
    size_t len = 0;

    *shown = NULL;
    if ((rc = cert_read_file(path, &der, &len, err)) == KUNCI_OK)
        rc = document_json(der, len, shown, err);
    free(der);
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
    else if ((rc = cert_choose(command, &cert, err)) == KUNCI_OK)
        rc = cert_json(cert, &shown, err);
    if (rc == KUNCI_OK) {
        out_fields(&command->out, shown, answer_certificate_columns);
        rc = out_put(command->answer, "certificate", shown, err);
    }
    kunci_cert_free(&cert);
    return rc;
}

enum kunci_rc cmd_cert_import(struct command *command, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    unsigned char *der = NULL;
    struct kunci_token *token;
    json_t *shown = NULL;
    enum kunci_rc rc;
    size_t len = 0;

    if ((rc = cert_read_file(command->argument, &der, &len, err)) == KUNCI_OK)
        rc = command_token(command, KUNCI_BLANK_NEVER, &token, err);
    if (rc == KUNCI_OK)
        rc = kunci_cert_import(token, der, len, &cert, err);
    if (rc == KUNCI_OK && (rc = cert_json(cert, &shown, err)) != KUNCI_OK)
        rc = answer_unseen(command->argument, err);
    if (rc == KUNCI_OK) {
        out_fields(&command->out, shown, answer_certificate_columns);
        rc = out_put(command->answer, "certificate", shown, err);
    }
    kunci_cert_free(&cert);
    free(der);
    return rc;
}

enum kunci_rc cmd_cert_export(struct command *command, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    const unsigned char *der;
    enum kunci_rc rc;
    size_t len;

    if ((rc = file_check_output(command, err)) != KUNCI_OK)
        return rc;
    if ((rc = cert_choose(command, &cert, err)) != KUNCI_OK)
        return rc;
    der = kunci_cert_der(cert, &len);
    rc = file_deliver(command, "CERTIFICATE", der, len, err);
    kunci_cert_free(&cert);
    return rc;
}

enum kunci_rc cmd_cert_delete(struct command *command, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    json_t *shown = NULL, *subject;
    enum kunci_rc rc;

    if ((rc = cert_choose(command, &cert, err)) != KUNCI_OK)
        goto out;
    if ((rc = cert_json(cert, &shown, err)) != KUNCI_OK)
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
