/* kunci ams init, kunci ams ca: the authority made, shown, its revocation lists. */
#include "cli/certs.h"
#include "cli/file.h"
#include "cli/kuncid.h"
#include "cli/words.h"

#include "ams/crld.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct column columns[] = {
    {"organization", N_("Organization"), false},
    {"root", N_("Root"), false},
    {"root_sha256", N_("SHA-256"), false},
    {"root_ends", N_("Ends"), false},
    {"issuing", N_("Issuing authority"), false},
    {"issuing_sha256", N_("SHA-256"), false},
    {"issuing_ends", N_("Ends"), false},
    {"audit", N_("Seals the audit trail"), false},
    {"audit_sha256", N_("SHA-256"), false},
    {"audit_ends", N_("Ends"), false},
    {NULL, NULL, false},
};

static const char *const parts[CA_PARTS] = {
    [CA_ROOT] = "root", [CA_ISSUING] = "issuing", [CA_AUDIT] = "audit"};

/* ---- shown ---- */

/* What people read of one, as fields of one table. */
static enum kunci_rc add_lines(const char *part, const json_t *certificate, json_t *lines,
                               struct kunci_err *err)
{
    char sha256[32], ends[32];
    enum kunci_rc rc;

    snprintf(sha256, sizeof sha256, "%s_sha256", part);
    snprintf(ends, sizeof ends, "%s_ends", part);
    if ((rc = out_put(lines, part, json_copy(json_object_get(certificate, "subject")), err)) ==
            KUNCI_OK &&
        (rc = out_put(lines, sha256, json_copy(json_object_get(certificate, "sha256")), err)) ==
            KUNCI_OK)
        rc = out_put(lines, ends, json_copy(json_object_get(certificate, "not_after")), err);
    return rc;
}

static enum kunci_rc add_part(struct command *command, const struct ca *ca, enum ca_part part,
                              json_t *lines, struct kunci_err *err)
{
    json_t *certificate = NULL;
    const unsigned char *der;
    enum kunci_rc rc;
    size_t len;

    der = ca_certificate(ca, part, &len);
    if ((rc = certs_document(der, len, &certificate, err)) != KUNCI_OK)
        return rc;
    if ((rc = add_lines(parts[part], certificate, lines, err)) == KUNCI_OK)
        return out_put(command->answer, parts[part], certificate, err);
    json_decref(certificate);
    return rc;
}

/* The three certificates; the root's into the file that -o names, for those who shall
 * believe it. */
static enum kunci_rc tell(struct command *command, const struct ca *ca, struct kunci_err *err)
{
    json_t *lines = json_object();
    const unsigned char *root;
    enum kunci_rc rc;
    size_t i, len;

    rc = out_put(command->answer, "organization", json_string(ca_name(ca)), err);
    if (rc == KUNCI_OK)
        rc = out_put(lines, "organization", json_string(ca_name(ca)), err);
    for (i = 0; rc == KUNCI_OK && i < CA_PARTS; i++)
        rc = add_part(command, ca, (enum ca_part)i, lines, err);
    if (rc == KUNCI_OK)
        out_fields(&command->out, lines, columns);
    if (rc == KUNCI_OK && command->option[OPT_OUTPUT]) {
        root = ca_certificate(ca, CA_ROOT, &len);
        rc = file_deliver(command, "CERTIFICATE", root, len, err);
    }
    json_decref(lines);
    return rc;
}

/* ---- made ---- */

/* A store that is there already may hold the beginnings of one. */
static enum kunci_rc open_store(const char *path, struct store **out, struct kunci_err *err)
{
    struct stat about;

    return store_open(path, stat(path, &about) == 0 ? STORE_WRITE : STORE_CREATE, out, err);
}

enum kunci_rc kuncid_init(struct command *command, struct kunci_err *err)
{
    const struct kunci_config_ams *ams = &command->config.ams;
    struct ca_plan plan = {
        .organisation = command->argument, .public_url = ams->public_url, .node = ams->node};
    struct store *store = NULL;
    struct ca *ca = NULL;
    enum kunci_rc rc;

    if ((rc = file_check_output(command, err)) != KUNCI_OK ||
        (rc = kuncid_token(command, &plan.token, err)) != KUNCI_OK ||
        (rc = open_store(ams->store, &store, err)) != KUNCI_OK)
        return rc;
    out_working(&command->out, _("The authority's keys are being made ..."));
    rc = ca_make(store, &plan, err);
    out_done(&command->out);
    if (rc == KUNCI_OK)
        rc = ca_open(store, NULL, ams->public_url, &ca, err);
    if (rc == KUNCI_OK)
        rc = tell(command, ca, err);
    ca_close(&ca);
    store_close(&store);
    return rc;
}

/* ---- kunci ams ca ---- */

static enum kunci_rc show(struct command *command, struct kunci_err *err)
{
    const struct kunci_config_ams *ams;
    struct store *store = NULL;
    struct ca *ca = NULL;
    enum kunci_rc rc;

    if ((rc = file_check_output(command, err)) == KUNCI_OK &&
        (rc = kuncid_settings(command, &ams, err)) == KUNCI_OK &&
        (rc = store_open(ams->store, STORE_READ, &store, err)) == KUNCI_OK &&
        (rc = ca_open(store, NULL, ams->public_url, &ca, err)) == KUNCI_OK)
        rc = tell(command, ca, err);
    ca_close(&ca);
    store_close(&store);
    return rc;
}

struct lists {
    struct command *command;
    const struct kunci_config_ams *ams;
    struct store *store;
    struct ca *ca;
    char folder[PATH_MAX];
};

static enum kunci_rc tell_list(const struct lists *lists, enum crld_list list,
                               struct kunci_err *err)
{
    char path[PATH_MAX + NAME_MAX];

    snprintf(path, sizeof path, "%s/%s", lists->folder, crld_file(list));
    out_printf(&lists->command->out, _("The revocation list %s is written.\n"), path);
    return out_put(lists->command->answer, list == CRLD_ROOT ? "root" : "issuing",
                   json_string(path), err);
}

static enum kunci_rc open_lists(struct lists *lists, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = kuncid_settings(lists->command, &lists->ams, err)) != KUNCI_OK ||
        (rc = kuncid_token(lists->command, &token, err)) != KUNCI_OK ||
        (rc = store_open(lists->ams->store, STORE_WRITE, &lists->store, err)) != KUNCI_OK ||
        (rc = ca_open(lists->store, token, lists->ams->public_url, &lists->ca, err)) != KUNCI_OK)
        return rc;
    snprintf(lists->folder, sizeof lists->folder, "%s.crl", lists->ams->store);
    if (mkdir(lists->folder, 0755) != 0 && errno != EEXIST)
        return fail_system(err, KUNCI_FILE_WRITE, lists->folder, errno);
    return KUNCI_OK;
}

static enum kunci_rc crl(struct command *command, struct kunci_err *err)
{
    struct lists lists = {.command = command};
    enum kunci_rc rc = open_lists(&lists, err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < CRLD_LISTS; i++)
        if ((rc = crld_make(lists.ca, lists.store, (enum crld_list)i, 0, lists.folder,
                            lists.ams->node, err)) == KUNCI_OK)
            rc = tell_list(&lists, (enum crld_list)i, err);
    ca_close(&lists.ca);
    store_close(&lists.store);
    return rc;
}

enum kunci_rc kuncid_ca(struct command *command, struct kunci_err *err)
{
    if (strcmp(command->argument, "show") == 0)
        return show(command, err);
    if (strcmp(command->argument, "crl") == 0)
        return crl(command, err);
    return fail(err, KUNCI_USAGE_COMMAND, command->argument, NULL);
}
