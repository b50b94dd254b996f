/* kunci ams user: accounts, by whoever has the authority's machine. */
#include "cli/file.h"
#include "cli/kuncid.h"
#include "cli/when.h"
#include "cli/words.h"

#include "ams/enlist.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20 };

/* What a verb of it works with. */
struct desk {
    struct command *command;
    const struct kunci_config_ams *ams;
    const char *name; /* of the account; NULL: none was given */
    struct store *store;
    struct ca *ca;
    struct enlist_desk enlist;
};

static enum kunci_rc need_name(const struct desk *desk, struct kunci_err *err)
{
    return desk->name ? KUNCI_OK : fail(err, KUNCI_USAGE_MISSING, "NAME", NULL);
}

static const char *scope_of(const struct desk *desk)
{
    const char *scope = desk->command->option[OPT_SCOPE];

    return scope ? scope : "";
}

static enum kunci_rc say(const struct desk *desk, const char *sentence, struct kunci_err *err)
{
    out_note(&desk->command->out, "%s", sentence); /* a certificate may be the answer */
    return out_put(desk->command->answer, "account", json_string(desk->name), err);
}

/* ---- add ---- */

/* What the options name, read. */
struct given {
    char *data;
    struct kunci_secret *password;
    unsigned char *csr;
    size_t csr_len;
};

static void given_clear(struct given *given)
{
    free(given->data);
    free(given->csr);
    kunci_secret_free(&given->password);
}

static enum kunci_rc read_data(const struct desk *desk, struct given *out, struct kunci_err *err)
{
    const char *path = desk->command->option[OPT_DATA];
    char *bytes = NULL;
    size_t len = 0;
    enum kunci_rc rc = KUNCI_OK;

    if (path)
        rc = file_read(path, FILE_LIMIT, &bytes, &len, err);
    if (rc == KUNCI_OK)
        rc = enlist_data(path ? path : "--data", bytes ? bytes : "", len,
                         (const char *const *)desk->ams->domains, &out->data, err);
    free(bytes);
    return rc;
}

static enum kunci_rc read_csr(const struct desk *desk, struct given *out, struct kunci_err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    enum kunci_rc rc = file_check_output(desk->command, err);

    if (rc == KUNCI_OK)
        rc = file_read(desk->command->option[OPT_CSR], FILE_LIMIT, &bytes, &len, err);
    if (rc == KUNCI_OK)
        rc = kunci_csr_read(bytes, len, &out->csr, &out->csr_len, err);
    free(bytes);
    return rc;
}

static enum kunci_rc read_given(const struct desk *desk, struct given *out, struct kunci_err *err)
{
    const char *path = desk->command->option[OPT_PASSWORD_FILE];
    enum kunci_rc rc = read_data(desk, out, err);

    if (rc == KUNCI_OK && path)
        rc = kunci_secret_from_file(path, &out->password, err);
    if (rc == KUNCI_OK && desk->command->option[OPT_CSR])
        rc = read_csr(desk, out, err);
    return rc;
}

/* Only what issues needs the token. */
static enum kunci_rc open_ca(struct desk *desk, struct kunci_err *err)
{
    struct kunci_token *token = NULL;
    enum kunci_rc rc = kuncid_token(desk->command, &token, err);

    if (rc == KUNCI_OK)
        rc = ca_open(desk->store, token, desk->ams->public_url, &desk->ca, err);
    desk->enlist.ca = desk->ca;
    return rc;
}

static enum kunci_rc add(struct desk *desk, struct kunci_err *err)
{
    const char *roles[MORE_MAX + 2];
    struct given given = {.data = NULL};
    struct ca_issued issued = {.der = NULL};
    enum kunci_rc rc = need_name(desk, err);

    if (rc == KUNCI_OK)
        rc = read_given(desk, &given, err);
    if (rc == KUNCI_OK && given.csr)
        rc = open_ca(desk, err);
    if (rc == KUNCI_OK) {
        const struct enlist_new what = {
            .account = {.name = desk->name,
                        .institution = scope_of(desk),
                        .data = given.data,
                        .subject = desk->command->option[OPT_SUBJECT],
                        .password = given.password,
                        .now = desk->enlist.now},
            .roles = roles,
            .scope = scope_of(desk),
            .csr = given.csr,
            .csr_len = given.csr_len,
        };

        opt_all(desk->command->line, OPT_ROLE, roles);
        rc = enlist_add(&desk->enlist, &what, &issued, err);
    }
    given_clear(&given);
    if (rc == KUNCI_OK && issued.der)
        rc = file_deliver(desk->command, "CERTIFICATE", issued.der, issued.len, err);
    free(issued.der);
    return rc == KUNCI_OK ? say(desk, _("The account is there."), err) : rc;
}

/* ---- list ---- */

static const struct column columns[] = {
    {"name", N_("Account"), false},    {"institution", N_("Institution"), false},
    {"active", N_("Active"), false},   {"roles", N_("Roles"), false},
    {"subject", N_("Subject"), false}, {NULL, NULL, false},
};

/* "op at kapuas", for the table. */
static json_t *roles_text(const json_t *grants)
{
    char text[512] = "";
    size_t i, len = 0;
    json_t *grant;

    json_array_foreach(grants, i, grant)
    {
        const char *scope = json_string_value(json_object_get(grant, "scope"));

        if (len < sizeof text)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s%s", i ? ", " : "",
                                    json_string_value(json_object_get(grant, "role")),
                                    *scope ? "@" : "", scope);
    }
    return json_string(text);
}

static enum kunci_rc list(struct desk *desk, struct kunci_err *err)
{
    json_t *accounts = NULL, *entry;
    enum kunci_rc rc = accounts_list(desk->store, desk->enlist.now, &accounts, err);
    size_t i;

    if (rc != KUNCI_OK)
        return rc;
    json_array_foreach(
        accounts, i, entry) if (json_object_set_new(entry, "roles",
                                                    roles_text(json_object_get(entry, "grants"))) !=
                                0) rc = fail_memory(err);
    if (rc == KUNCI_OK)
        rc = out_put(desk->command->answer, "accounts", json_incref(accounts), err);
    if (rc == KUNCI_OK)
        out_table(&desk->command->out, accounts, columns);
    json_decref(accounts);
    return rc;
}

/* ---- changed ---- */

static enum kunci_rc change_roles(struct desk *desk, struct kunci_err *err)
{
    const char *roles[MORE_MAX + 2];
    struct enlist_role role = {.scope = scope_of(desk)};
    enum kunci_rc rc = need_name(desk, err);
    size_t i;

    opt_all(desk->command->line, OPT_ROLE, roles);
    if (rc == KUNCI_OK && !roles[0])
        return fail(err, KUNCI_USAGE_MISSING, "--role", NULL);
    if (rc == KUNCI_OK)
        rc = when_option(desk->command, OPT_UNTIL, 0, &role.until, err);
    for (i = 0; rc == KUNCI_OK && roles[i]; i++) {
        role.role = roles[i];
        rc = enlist_role(&desk->enlist, desk->name, &role, err);
    }
    return rc == KUNCI_OK ? say(desk, _("The roles are changed."), err) : rc;
}

static enum kunci_rc disable(struct desk *desk, struct kunci_err *err)
{
    enum kunci_rc rc = need_name(desk, err);

    if (rc == KUNCI_OK)
        rc = enlist_set_active(&desk->enlist, desk->name, false, err);
    return rc == KUNCI_OK ? say(desk, _("The account is disabled."), err) : rc;
}

static enum kunci_rc activate(struct desk *desk, struct kunci_err *err)
{
    enum kunci_rc rc = need_name(desk, err);

    if (rc == KUNCI_OK)
        rc = enlist_set_active(&desk->enlist, desk->name, true, err);
    return rc == KUNCI_OK ? say(desk, _("The account is active."), err) : rc;
}

/* ---- which of them ---- */

static const struct {
    const char *name;
    bool reads;
    enum kunci_rc (*run)(struct desk *desk, struct kunci_err *err);
} verbs_of_user[] = {
    {"add", false, add},         {"list", true, list},          {"role", false, change_roles},
    {"disable", false, disable}, {"activate", false, activate}, {NULL, false, NULL},
};

enum kunci_rc kuncid_user(struct command *command, struct kunci_err *err)
{
    struct desk desk = {.command = command,
                        .name = command->argument_count > 1 ? command->arguments[1] : NULL};
    size_t i = 0;
    enum kunci_rc rc = kuncid_settings(command, &desk.ams, err);

    if (rc != KUNCI_OK)
        return rc;
    while (verbs_of_user[i].name && strcmp(verbs_of_user[i].name, command->argument) != 0)
        i++;
    if (!verbs_of_user[i].name)
        return fail(err, KUNCI_USAGE_ARGUMENT, command->argument, NULL);
    if (command->argument_count > 2)
        return fail(err, KUNCI_USAGE_ARGUMENT, command->arguments[2], NULL);
    rc = store_open(desk.ams->store, verbs_of_user[i].reads ? STORE_READ : STORE_WRITE, &desk.store,
                    err);
    desk.enlist =
        (struct enlist_desk){.store = desk.store, .node = desk.ams->node, .now = kunci_now()};
    if (rc == KUNCI_OK)
        rc = verbs_of_user[i].run(&desk, err);
    ca_close(&desk.ca);
    store_close(&desk.store);
    return rc;
}
