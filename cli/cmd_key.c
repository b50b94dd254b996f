/* kunci key: the keys on a token. */
#include "cli/answer.h"
#include "cli/attest.h"
#include "cli/confirm.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

static const struct column list_columns[] = {
    {"label", N_("Label"), false},
    {"type", N_("Type"), false},
    {"has_private", N_("Private half"), false},
    {"has_certificate", N_("Certificate"), false},
    {"id", N_("Id"), false},
    {NULL, NULL, false},
};

static const struct column show_columns[] = {
    {"label", N_("Label"), false},
    {"id", N_("Id"), false},
    {"type", N_("Type"), false},
    {"uri", N_("URI"), false},
    {"has_private", N_("Private half"), false},
    {"has_public", N_("Public half"), false},
    {"has_certificate", N_("Certificate"), false},
    {"sign", N_("Signs"), false},
    {"decrypt", N_("Decrypts"), false},
    {"derive", N_("Derives"), false},
    {"sensitive", N_("Sensitive"), false},
    {"extractable", N_("Extractable"), false},
    {"always_sensitive", N_("Always sensitive"), false},
    {"never_extractable", N_("Never extractable"), false},
    {"made_on_token", N_("Made on the token"), false},
    {"always_authenticate", N_("PIN at each signature"), false},
    {"id_conforms", N_("Id made of the public key"), false},
    {"attest_state", N_("Attestation"), false},
    {"attest_firmware", N_("Firmware"), false},
    {"attest_serial", N_("Device's serial number"), false},
    {"attest_pin_policy", N_("PIN is asked"), true},
    {"attest_touch_policy", N_("Touch is asked"), true},
    {NULL, NULL, false},
};

static json_t *describe(const struct kunci_key_info *info, const char *uri)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b,"
                     " s:b, s:b}",
                     "label", info->label, "id", info->id, "type", kunci_key_type_name(info->type),
                     "uri", uri, "has_private", info->has_private, "has_public", info->has_public,
                     "has_certificate", info->has_certificate, "sign", info->sign, "decrypt",
                     info->decrypt, "derive", info->derive, "sensitive", info->sensitive,
                     "extractable", info->extractable, "always_sensitive", info->always_sensitive,
                     "never_extractable", info->never_extractable, "made_on_token",
                     info->made_on_token, "always_authenticate", info->always_authenticate,
                     "id_conforms", info->id_conforms);
}

static enum kunci_rc key_json(struct kunci_key *key, json_t **out, struct kunci_err *err)
{
    struct kunci_key_info info;
    enum kunci_rc rc = kunci_key_info(key, &info, err);
    char *uri = NULL;

    *out = NULL;
    if (rc == KUNCI_OK)
        rc = kunci_key_uri(key, &uri, err);
    if (rc == KUNCI_OK && !(*out = describe(&info, uri)))
        rc = fail_memory(err);
    free(uri);
    return rc;
}

enum kunci_rc cmd_key_list(struct command *command, struct kunci_err *err)
{
    struct kunci_key_list *list = NULL;
    json_t *keys = json_array(), *one;
    struct kunci_token *token;
    enum kunci_rc rc;
    size_t i;

    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) != KUNCI_OK)
        goto out;
    if ((rc = kunci_key_list(token, &list, err)) != KUNCI_OK)
        goto out;
    for (i = 0; i < kunci_key_list_count(list); i++) {
        if ((rc = key_json(kunci_key_list_at(list, i), &one, err)) != KUNCI_OK)
            goto out;
        if (json_array_append_new(keys, one) != 0) {
            rc = fail_memory(err);
            goto out;
        }
    }
    if (json_array_size(keys) == 0)
        out_printf(&command->out, "%s\n", _("There is no key on the token."));
    else
        out_table(&command->out, keys, list_columns);
    rc = out_put(command->answer, "keys", json_incref(keys), err);
out:
    kunci_key_list_free(&list);
    json_decref(keys);
    return rc;
}

/* The PIN is asked before the work begins, so that the line that tells of it is
 * not mixed with a prompt. The security officer is asked by the work itself. */
static enum kunci_rc prepare(struct command *command, struct kunci_token *token,
                             struct kunci_err *err)
{
    struct kunci_token_info info;
    enum kunci_rc rc = kunci_token_info(token, &info, err);

    if (rc != KUNCI_OK || (!info.login_required && !info.keys_by_so))
        return rc;
    if (!info.keys_by_so)
        return kunci_token_login(token, NULL, err);
    return confirm(command, err,
                   _("\"%s\" (serial number %s) keeps keys in numbered places and names them "
                     "itself; the first place that seems empty is used. A key that was put there "
                     "without a certificate would be lost. The security officer's PIN (for a "
                     "YubiKey its management key) is needed first, then the holder's."),
                   info.label, info.serial);
}

enum kunci_rc cmd_key_new(struct command *command, struct kunci_err *err)
{
    enum kunci_key_type type = kunci_key_type_by_name(command->option[OPT_TYPE]);
    struct kunci_token *token;
    struct kunci_key *key = NULL;
    json_t *shown = NULL;
    enum kunci_rc rc;

    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) != KUNCI_OK)
        return rc;
    if ((rc = prepare(command, token, err)) != KUNCI_OK)
        return rc;
    out_working(&command->out, _("The token is making the key; this can take a while..."));
    rc = kunci_key_new(token, type, command->option[OPT_LABEL], &key, err);
    out_done(&command->out);
    if (rc == KUNCI_OK && (rc = key_json(key, &shown, err)) != KUNCI_OK)
        rc = answer_unseen(command->option[OPT_LABEL], err);
    if (rc == KUNCI_OK) {
        out_fields(&command->out, shown, show_columns);
        rc = out_put(command->answer, "key", shown, err);
    }
    kunci_key_free(&key);
    return rc;
}

static enum kunci_rc find_key(struct command *command, struct kunci_key **key,
                              struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc = command_token(command, KUNCI_BLANK_NEVER, &token, err);

    *key = NULL;
    return rc != KUNCI_OK ? rc : kunci_key_find(token, command->option[OPT_KEY], key, err);
}

/* The public half follows the attributes as PEM. A key without one, from another
 * program, is shown all the same. */
static enum kunci_rc show_public(struct command *command, struct kunci_key *key, json_t *shown,
                                 struct kunci_err *err)
{
    const unsigned char *der;
    enum kunci_rc rc;
    char *pem = NULL;
    size_t len;

    if ((rc = kunci_key_spki(key, &der, &len, err)) != KUNCI_OK)
        return rc;
    if ((rc = kunci_pem_write("PUBLIC KEY", der, len, &pem, err)) != KUNCI_OK)
        return rc;
    rc = out_put(shown, "public_key", json_string(pem), err);
    out_printf(&command->out, "\n%s", pem);
    free(pem);
    return rc;
}

enum kunci_rc cmd_key_show(struct command *command, struct kunci_err *err)
{
    json_t *shown = NULL, *lines = NULL;
    struct kunci_key *key = NULL;
    char *roots = NULL;
    enum kunci_rc rc;
    size_t len;

    if ((rc = attest_roots(command, &roots, &len, err)) != KUNCI_OK)
        goto out;
    if ((rc = find_key(command, &key, err)) != KUNCI_OK)
        goto out;
    if ((rc = key_json(key, &shown, err)) != KUNCI_OK)
        goto out;
    if (!(lines = json_copy(shown)))
        rc = fail_memory(err);
    else if (command->option[OPT_ATTEST])
        rc = attest_put(key, roots, len, shown, lines, err);
    if (rc != KUNCI_OK)
        goto out;
    out_fields(&command->out, lines, show_columns);
    if (json_is_true(json_object_get(shown, "has_public")))
        rc = show_public(command, key, shown, err);
    if (rc == KUNCI_OK)
        rc = out_put(command->answer, "key", json_incref(shown), err);
out:
    json_decref(shown);
    json_decref(lines);
    kunci_key_free(&key);
    free(roots);
    return rc;
}

/* Certificates are told by the public key, which stands in their DER as it is; by
 * the id only where the key's public half is not known. */
static bool belongs(const struct kunci_cert *cert, struct kunci_key *key, const char *id)
{
    struct kunci_err unknown = KUNCI_ERR_INIT;
    const unsigned char *spki, *der;
    size_t spki_len, len;

    if (kunci_key_spki(key, &spki, &spki_len, &unknown) != KUNCI_OK)
        return strcmp(kunci_cert_id(cert), id) == 0;
    der = kunci_cert_der(cert, &len);
    return memmem(der, len, spki, spki_len) != NULL;
}

static enum kunci_rc orphans_of(struct kunci_key *key, const char *id, json_t *labels,
                                struct kunci_err *err)
{
    struct kunci_cert_list *list = NULL;
    enum kunci_rc rc = kunci_cert_list(kunci_key_token(key), &list, err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < kunci_cert_list_count(list); i++) {
        const struct kunci_cert *cert = kunci_cert_list_at(list, i);

        if (belongs(cert, key, id) &&
            json_array_append_new(labels, json_string(kunci_cert_label(cert))) != 0)
            rc = fail_memory(err);
    }
    kunci_cert_list_free(&list);
    return rc;
}

static void join(const json_t *labels, char *to, size_t size)
{
    const json_t *label;
    size_t i, used = 0;

    to[0] = '\0';
    json_array_foreach(labels, i, label)
    {
        used += (size_t)snprintf(to + used, size - used, "%s\"%s\"", i ? ", " : "",
                                 json_string_value(label));
        used = used < size ? used : size - 1;
    }
}

static enum kunci_rc confirm_delete(const struct command *command, const json_t *shown,
                                    const json_t *orphans, struct kunci_err *err)
{
    const char *label = json_string_value(json_object_get(shown, "label"));
    const char *id = json_string_value(json_object_get(shown, "id"));
    const char *type = json_string_value(json_object_get(shown, "type"));
    char names[1024];

    join(orphans, names, sizeof names);
    if (!*names)
        return confirm(command, err,
                       _("The key \"%s\" (%s, id %s) will be deleted for good, its private and its "
                         "public half."),
                       label, type, id);
    return confirm(command, err,
                   _("The key \"%s\" (%s, id %s) will be deleted for good, its private and its "
                     "public half. Certificates that stay behind without a key: %s."),
                   label, type, id, names);
}

/* Before a PIN is asked, or a yes. */
static enum kunci_rc refuse_delete(struct command *command, struct kunci_err *err)
{
    struct kunci_token_info info;
    struct kunci_token *token;
    enum kunci_rc rc = command_token(command, KUNCI_BLANK_NEVER, &token, err);

    if (rc == KUNCI_OK)
        rc = kunci_token_info(token, &info, err);
    if (rc == KUNCI_OK && *info.key_delete_tool)
        rc = fail(err, KUNCI_TOKEN_TOOL, info.label, info.key_delete_tool);
    return rc;
}

enum kunci_rc cmd_key_delete(struct command *command, struct kunci_err *err)
{
    json_t *orphans = json_array(), *shown = NULL;
    struct kunci_key *key = NULL;
    enum kunci_rc rc;

    if ((rc = refuse_delete(command, err)) != KUNCI_OK)
        goto out;
    if ((rc = find_key(command, &key, err)) != KUNCI_OK)
        goto out;
    if ((rc = key_json(key, &shown, err)) != KUNCI_OK)
        goto out;
    rc = orphans_of(key, json_string_value(json_object_get(shown, "id")), orphans, err);
    if (rc == KUNCI_OK)
        rc = confirm_delete(command, shown, orphans, err);
    if (rc == KUNCI_OK)
        rc = kunci_key_delete(key, err);
    if (rc != KUNCI_OK)
        goto out;
    out_printf(&command->out, "%s\n", _("The key is deleted."));
    if ((rc = out_put(command->answer, "deleted", json_incref(shown), err)) == KUNCI_OK)
        rc = out_put(command->answer, "orphans", json_incref(orphans), err);
out:
    kunci_key_free(&key);
    json_decref(shown);
    json_decref(orphans);
    return rc;
}
