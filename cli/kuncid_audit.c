/* kunci audit: the authority's audit trail shown, verified, handed on. */
#include "cli/file.h"
#include "cli/kuncid.h"
#include "cli/when.h"
#include "cli/words.h"

#include "ams/ca.h"
#include "audit/export.h"
#include "store/beside.h"

#include <errno.h>
#include <kunci/clock.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 50, CERT_MAX = 1 << 20 };

static enum kunci_rc open_store(const struct command *command, enum store_use use,
                                struct store **out, struct kunci_err *err)
{
    const struct kunci_config_ams *ams;
    enum kunci_rc rc = kuncid_settings(command, &ams, err);

    *out = NULL;
    return rc == KUNCI_OK ? store_open(ams->store, use, out, err) : rc;
}

/* ---- show ---- */

static const struct column columns[] = {
    {"seq", N_("No."), false}, {"at", N_("Time"), false},         {"event", N_("Event"), false},
    {"by", N_("By"), false},   {"request", N_("Request"), false}, {"subject", N_("About"), false},
    {NULL, NULL, false},
};

enum kunci_rc kuncid_audit_show(struct command *command, struct kunci_err *err)
{
    bool chosen = command->option[OPT_SINCE] || command->option[OPT_UNTIL];
    struct store *store = NULL;
    int64_t since, until;
    json_t *rows = NULL;
    enum kunci_rc rc;

    if ((rc = when_option(command, OPT_SINCE, 0, &since, err)) == KUNCI_OK &&
        (rc = when_option(command, OPT_UNTIL, 0, &until, err)) == KUNCI_OK &&
        (rc = open_store(command, STORE_READ, &store, err)) == KUNCI_OK)
        rc = audit_list(store, since, until, chosen ? 0 : SHOWN, &rows, err);
    if (rc == KUNCI_OK)
        out_table(&command->out, rows, columns);
    if (rc == KUNCI_OK)
        rc = out_put(command->answer, "rows", json_incref(rows), err);
    json_decref(rows);
    store_close(&store);
    return rc;
}

/* ---- verify ---- */

static const struct column report_columns[] = {
    {"rows", N_("Rows"), false},
    {"seals", N_("Seals"), false},
    {"sealed", N_("Sealed up to row"), false},
    {"exported", N_("Exported"), false},
    {"hash", N_("Hash of the last row"), false},
    {NULL, NULL, false},
};

static enum kunci_rc tell(struct command *command, const struct audit_report *report,
                          const char *exported, struct kunci_err *err)
{
    enum kunci_rc rc;

    if ((rc = out_put(command->answer, "rows", json_integer(report->rows), err)) == KUNCI_OK &&
        (rc = out_put(command->answer, "seals", json_integer(report->seals), err)) == KUNCI_OK &&
        (rc = out_put(command->answer, "sealed", json_integer(report->sealed), err)) == KUNCI_OK &&
        (!exported ||
         (rc = out_put(command->answer, "exported", json_string(exported), err)) == KUNCI_OK))
        rc = out_put(command->answer, "hash", json_string(report->head.hash), err);
    if (rc == KUNCI_OK)
        out_fields(&command->out, command->answer, report_columns);
    return rc;
}

/* By --trust, else those that the store knows. */
static enum kunci_rc read_sealers(const struct command *command, struct store *store,
                                  unsigned char **bytes, struct audit_sealers *out,
                                  struct kunci_err *err)
{
    const char *path = command->option[OPT_TRUST];
    char *text = NULL;
    enum kunci_rc rc;
    size_t len;

    if (!path)
        return audit_sealers_of(store, bytes, out, err);
    if ((rc = file_read(path, CERT_MAX, &text, &len, err)) == KUNCI_OK)
        rc = kunci_cert_read(text, len, bytes, &out->len, err);
    out->certs = *bytes;
    free(text);
    return rc;
}

/* A piece at a time: an export may be long. */
static enum kunci_rc check_file(struct command *command, const char *path,
                                const struct audit_sealers *sealers, struct kunci_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    struct audit_check *check = NULL;
    struct audit_report report;
    const char *exported;
    char piece[65536];
    enum kunci_rc rc;
    size_t got;

    if (!file)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    rc = audit_check_new(sealers, &check, err);
    while (rc == KUNCI_OK && (got = fread(piece, 1, sizeof piece, file)) > 0)
        rc = audit_check_add(check, piece, got, err);
    if (rc == KUNCI_OK && ferror(file))
        rc = fail_system(err, KUNCI_FILE_READ, path, errno);
    if (rc == KUNCI_OK && (rc = audit_check_end(check, &report, &exported, err)) == KUNCI_OK)
        rc = tell(command, &report, exported, err);
    audit_check_free(&check);
    if (!standard)
        fclose(file);
    return rc;
}

enum kunci_rc kuncid_audit_verify(struct command *command, struct kunci_err *err)
{
    bool needs_store = !command->argument || !command->option[OPT_TRUST];
    struct audit_sealers sealers = {NULL, 0};
    struct store *store = NULL;
    unsigned char *certs = NULL;
    struct audit_report report;
    enum kunci_rc rc = KUNCI_OK;

    if (needs_store)
        rc = open_store(command, STORE_READ, &store, err);
    if (rc == KUNCI_OK)
        rc = read_sealers(command, store, &certs, &sealers, err);
    if (rc == KUNCI_OK && command->argument)
        rc = check_file(command, command->argument, &sealers, err);
    else if (rc == KUNCI_OK && (rc = audit_verify(store, &sealers, &report, err)) == KUNCI_OK)
        rc = tell(command, &report, NULL, err);
    free(certs);
    store_close(&store);
    return rc;
}

/* ---- export ---- */

/* The file has its name when it is whole. */
static enum kunci_rc write_file(struct command *command, struct store *store, const struct ca *ca,
                                const char *path, struct kunci_err *err)
{
    const struct audit_export how = {
        .signer = ca_signer(ca, CA_AUDIT), .node = command->config.ams.node, .at = kunci_now()};
    struct beside beside;
    struct audit_report report;
    FILE *file = NULL;
    enum kunci_rc rc = beside_make(&beside, path, KUNCI_FILE_WRITE, err);

    if (rc == KUNCI_OK && !(file = fopen(beside.path, "we")))
        rc = fail_system(err, KUNCI_FILE_WRITE, path, errno);
    if (rc == KUNCI_OK)
        rc = audit_export(store, &how, file, path, &report, err);
    if (file && fclose(file) != 0 && rc == KUNCI_OK)
        rc = fail_system(err, KUNCI_FILE_WRITE, path, errno);
    if (rc == KUNCI_OK)
        rc = beside_place(&beside, path, err);
    beside_drop(&beside);
    if (rc == KUNCI_OK &&
        (rc = out_put(command->answer, "file", json_string(path), err)) == KUNCI_OK)
        rc = tell(command, &report, NULL, err);
    return rc;
}

enum kunci_rc kuncid_audit_export(struct command *command, struct kunci_err *err)
{
    struct kunci_token *token = NULL;
    struct store *store = NULL;
    struct ca *ca = NULL;
    enum kunci_rc rc;

    if ((rc = open_store(command, STORE_WRITE, &store, err)) == KUNCI_OK &&
        (rc = kuncid_token(command, &token, err)) == KUNCI_OK &&
        (rc = ca_open(store, token, command->config.ams.public_url, &ca, err)) == KUNCI_OK)
        rc = write_file(command, store, ca, command->option[OPT_OUTPUT], err);
    ca_close(&ca);
    store_close(&store);
    return rc;
}
