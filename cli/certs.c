#include "cli/certs.h"

#include "cli/answer.h"
#include "cli/file.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kunci_rc certs_token(struct command *command, struct kunci_token **token,
                          struct kunci_err *err)
{
    bool given = command->option[OPT_PIN_FILE] || command->option[OPT_PIN_FD];
    enum kunci_rc rc = command_token(command, KUNCI_BLANK_NEVER, token, err);

    return rc == KUNCI_OK && given ? kunci_token_login(*token, NULL, err) : rc;
}

enum kunci_rc certs_find(struct command *command, struct kunci_cert **cert, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc = certs_token(command, &token, err);

    *cert = NULL;
    return rc != KUNCI_OK ? rc : kunci_cert_find(token, command->option[OPT_CERT], cert, err);
}

enum kunci_rc certs_read_file(const char *path, struct certs_der *out, struct kunci_err *err)
{
    char *bytes = NULL;
    enum kunci_rc rc;
    size_t got = 0;

    *out = (struct certs_der){NULL, 0};
    if ((rc = file_read(path, CERTS_FILE_MAX, &bytes, &got, err)) == KUNCI_OK)
        rc = kunci_cert_read(bytes, got, &out->bytes, &out->len, err);
    free(bytes);
    return rc;
}

enum kunci_rc certs_copy(const struct kunci_cert *cert, struct certs_der *out,
                         struct kunci_err *err)
{
    const unsigned char *der = kunci_cert_der(cert, &out->len);

    out->bytes = malloc(out->len + 1);
    if (!out->bytes)
        return fail_memory(err);
    memcpy(out->bytes, der, out->len);
    return KUNCI_OK;
}

enum kunci_rc certs_named(struct command *command, const char *name, struct certs_der *out,
                          struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    struct kunci_token *token;
    enum kunci_rc rc;

    if (strcmp(name, "-") == 0 || access(name, F_OK) == 0)
        return certs_read_file(name, out, err);
    if ((rc = certs_token(command, &token, err)) == KUNCI_OK &&
        (rc = kunci_cert_find(token, name, &cert, err)) == KUNCI_OK)
        rc = certs_copy(cert, out, err);
    kunci_cert_free(&cert);
    return rc;
}

enum kunci_rc certs_chosen(struct command *command, struct certs_der *out, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    enum kunci_rc rc;

    if (command->argument && command->option[OPT_CERT])
        return fail(err, KUNCI_USAGE_VALUE, "--cert", _("a file is given too"));
    if (command->argument)
        return certs_read_file(command->argument, out, err);
    if ((rc = certs_find(command, &cert, err)) == KUNCI_OK)
        rc = certs_copy(cert, out, err);
    kunci_cert_free(&cert);
    return rc;
}

/* Days until it ends, fewer than none where it has. */
static json_int_t days_left(const struct kunci_cert_info *info)
{
    json_int_t seconds = (json_int_t)info->not_after - (json_int_t)kunci_now();

    return seconds >= 0 ? seconds / 86400 : -1 - (-1 - seconds) / 86400;
}

enum kunci_rc certs_document(const unsigned char *der, size_t len, json_t **out,
                             struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    enum kunci_rc rc = kunci_cert_describe(der, len, &info, err);

    *out = NULL;
    if (rc == KUNCI_OK && !(*out = answer_certificate(&info)))
        rc = fail_memory(err);
    if (rc == KUNCI_OK &&
        (rc = out_put(*out, "days_left", json_integer(days_left(&info)), err)) != KUNCI_OK) {
        json_decref(*out);
        *out = NULL;
    }
    kunci_cert_info_clear(&info);
    return rc;
}

/* One that cannot be read, from another program, must not hide the others: its token's
 * part is shown. */
enum kunci_rc certs_json(struct kunci_cert *cert, json_t **out, struct kunci_err *err)
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
    rc = certs_document(der, len, &said, &unread);
    if (!*out || rc == KUNCI_NO_MEMORY || (said && json_object_update(*out, said) != 0)) {
        json_decref(*out);
        *out = NULL;
        fail_memory(err);
    }
    json_decref(said);
    return err->rc;
}
