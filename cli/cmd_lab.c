/* kunci lab: a place to try everything, and the whole main job played in it. */
#include "cli/command.h"
#include "cli/lab.h"
#include "cli/words.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Where Debian and SoftHSM's own build put it. */
static const char *const softhsm[] = {
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
};

static const struct step {
    const char *name; /* in --json */
    const char *sentence;
    bool of_up; /* "lab up" takes it too */
    lab_step *run;
} steps[] = {
    {"tokens", N_("Tokens of five people set up"), true, lab_tokens_up},
    {"pins", N_("First PIN of every holder set by the security officer"), true, lab_pins_set},
    {"authority", N_("Authority made, its keys on a token"), true, lab_authority_up},
    {"people", N_("Accounts made; operators have their certificates"), true, lab_people_up},
    {"serve", N_("Authority at work"), true, lab_serve_up},
    {"enrol", N_("Budi Santoso: key made on his token, certificate asked for"), false, lab_enrol},
    {"issue", N_("Operator verified, head of agency approved, both signed that"), false,
     lab_enrol_decided},
    {"write", N_("Certificate written beside its key, the pair proved"), false, lab_enrolled},
    {"sign", N_("Letter signed and verified"), false, lab_signed},
    {"days", N_("Almost two years pass; the certificate ends in 20 days"), false, lab_days},
    {"notice", N_("Budi Santoso is told that he can renew it"), false, lab_noticed},
    {"renew", N_("Renewal: new key, asked for with the old one (kapuas-2026)"), false, lab_renew},
    {"approve", N_("Operator verified, head of agency approved the renewal"), false,
     lab_renew_decided},
    {"renewed", N_("New certificate written and proved, the old one superseded"), false,
     lab_renewed},
    {"verify", N_("Letter signed with the new key and verified"), false, lab_signed_again},
    {"revoke", N_("Token reported lost, certificate revoked"), false, lab_revoked},
    {"status", N_("OCSP and revocation list say that it is revoked"), false, lab_told},
    {"audit", N_("Audit trail verified from its first line to its last"), false, lab_audited},
};

enum { STEPS = sizeof steps / sizeof *steps };

static enum kunci_rc find_softhsm(const struct command *command, const char **out,
                                  struct kunci_err *err)
{
    size_t i;

    *out = command->option[OPT_MODULE];
    for (i = 0; !*out && i < sizeof softhsm / sizeof *softhsm; i++)
        if (access(softhsm[i], R_OK) == 0)
            *out = softhsm[i];
    if (!*out)
        return fail(err, KUNCI_MODULE_LOAD, "libsofthsm2.so",
                    _("SoftHSM is not installed (package softhsm2)"));
    return KUNCI_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The line of a step begins before its work and ends after it. */
static enum kunci_rc run_step(struct command *command, struct lab *lab, size_t i, json_t *report,
                              struct kunci_err *err)
{
    int64_t began = now_ms();
    enum kunci_rc rc;

    out_printf(&command->out, "%2zu/%d  %s … ", i + 1, STEPS, _(steps[i].sentence));
    fflush(command->out.file);
    rc = steps[i].run(lab, err);
    out_printf(&command->out, "%s\n", rc == KUNCI_OK ? _("ok") : _("failed"));
    if (json_array_append_new(report,
                              json_pack("{s:s, s:b, s:I}", "step", steps[i].name, "ok",
                                        rc == KUNCI_OK, "ms", (json_int_t)(now_ms() - began))) != 0)
        rc = fail_memory(err);
    return rc;
}

static enum kunci_rc put_text(json_t *object, const char *name, const char *text,
                              struct kunci_err *err)
{
    return out_put(object, name, json_string(text), err);
}

/* A lab that could not be finished is of no use. */
static void take_back(struct command *command, const struct lab *lab)
{
    struct kunci_err err = KUNCI_ERR_INIT; /* the first cause is what is told */
    bool left;

    if (lab_remove(lab, &left, &err) != KUNCI_OK || left)
        out_note(&command->out, _("The unfinished lab in %s could not be removed."), lab->dir);
}

static enum kunci_rc bring_others(struct command *command, const struct lab *lab, const char *names,
                                  struct kunci_err *err)
{
    enum kunci_rc rc;

    out_working(&command->out, _("Other tokens brought up"));
    rc = lab_with_up(lab, names, err);
    out_done(&command->out);
    return rc;
}

static struct lab lab_of(const struct command *command)
{
    struct lab lab = LAB_INIT;

    lab.lang = command->option[OPT_LANG];
    return lab;
}

enum kunci_rc cmd_lab_up(struct command *command, struct kunci_err *err)
{
    struct lab lab = lab_of(command);
    const char *with = command->option[OPT_WITH];
    enum kunci_rc rc;
    size_t i;

    if ((rc = find_softhsm(command, &lab.module, err)) != KUNCI_OK ||
        (with && (rc = lab_with_check(with, err)) != KUNCI_OK) ||
        (rc = lab_make(command->option[OPT_DIR], LAB_BY_UP, &lab, err)) != KUNCI_OK)
        goto out;
    for (i = 0; i < STEPS && rc == KUNCI_OK; i++) {
        if (!steps[i].of_up)
            continue;
        out_working(&command->out, _(steps[i].sentence));
        rc = steps[i].run(&lab, err);
        out_done(&command->out);
    }
    if (rc == KUNCI_OK && with)
        rc = bring_others(command, &lab, with, err);
    if (rc == KUNCI_OK)
        rc = put_text(command->answer, "dir", lab.dir, err);
    if (rc != KUNCI_OK) {
        take_back(command, &lab);
        goto out;
    }
    out_printf(&command->out, _("The lab is in %s.\n"), lab.dir);
    out_printf(&command->out, _("\"kunci lab env\" prints what a shell needs to use it, "
                                "\"kunci lab down\" takes it away.\n"));
out:
    lab_close(&lab);
    return rc;
}

enum kunci_rc cmd_lab_down(struct command *command, struct kunci_err *err)
{
    struct lab lab = LAB_INIT;
    bool left;
    enum kunci_rc rc = lab_open(command->option[OPT_DIR], &lab, err);

    if (rc == KUNCI_OK && (rc = lab_remove(&lab, &left, err)) == KUNCI_OK &&
        (rc = put_text(command->answer, "dir", lab.dir, err)) == KUNCI_OK) {
        out_printf(&command->out, _("The lab in %s is gone.\n"), lab.dir);
        if (left)
            out_note(&command->out, _("The folder itself stays: it holds other files."));
    }
    lab_close(&lab);
    return rc;
}

/* One line for a shell, the value in single quotes. */
static void print_export(struct out *out, const char *name, const char *value)
{
    out_printf(out, "export %s='", name);
    for (; *value; value++)
        if (*value == '\'')
            out_printf(out, "'\\''");
        else
            out_printf(out, "%c", *value);
    out_printf(out, "'\n");
}

static enum kunci_rc tell_variable(struct command *command, const char *name, const char *value,
                                   struct kunci_err *err)
{
    print_export(&command->out, name, value);
    return put_text(command->answer, name, value, err);
}

/* Their own variables would stand in each other's way; their "run" has them. */
static enum kunci_rc tell_other(const struct lab *lab, const char *name, void *context,
                                struct kunci_err *err)
{
    char upper[64], variable[128], value[PATH_MAX];
    size_t i;

    snprintf(upper, sizeof upper, "%s", name);
    for (i = 0; upper[i]; i++)
        upper[i] = (char)toupper((unsigned char)upper[i]);
    snprintf(variable, sizeof variable, "KUNCI_LAB_%s_RUN", upper);
    snprintf(value, sizeof value, "%s/" LAB_WITH "/%s/run", lab->dir, name);
    if (tell_variable(context, variable, value, err) != KUNCI_OK ||
        lab_with_module(lab, name, value, sizeof value, err) != KUNCI_OK)
        return err->rc;
    snprintf(variable, sizeof variable, "KUNCI_LAB_%s_MODULE", upper);
    return tell_variable(context, variable, value, err);
}

static enum kunci_rc tell_authority(struct command *command, const struct lab *lab,
                                    struct kunci_err *err)
{
    char url[64];
    enum kunci_rc rc;

    snprintf(url, sizeof url, "https://127.0.0.1:%u", (unsigned)lab->port);
    if ((rc = tell_variable(command, "KUNCI_AMS_URL", url, err)) != KUNCI_OK)
        return rc;
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)lab->public_port);
    return tell_variable(command, "KUNCI_AMS_PUBLIC_URL", url, err);
}

enum kunci_rc cmd_lab_env(struct command *command, struct kunci_err *err)
{
    static const struct {
        const char *name, *file;
    } variables[] = {
        {"SOFTHSM2_CONF", LAB_SOFTHSM_CONF},  {"KUNCI_CONFIG", LAB_SETTINGS},
        {"KUNCI_LAB_PIN_FILE", LAB_PIN_FILE}, {"KUNCI_CA_FILE", LAB_ROOT},
        {"XDG_STATE_HOME", LAB_STATE},
    };
    struct lab lab = LAB_INIT;
    enum kunci_rc rc = lab_open(command->option[OPT_DIR], &lab, err);
    size_t i;

    if (rc == KUNCI_OK)
        rc = lab_finished(&lab, err);
    if (rc == KUNCI_OK && (rc = lab_settings_read(&lab, err)) == KUNCI_OK)
        rc = tell_authority(command, &lab, err);
    for (i = 0; i < sizeof variables / sizeof *variables && rc == KUNCI_OK; i++) {
        char *value = NULL;

        if (asprintf(&value, "%s/%s", lab.dir, variables[i].file) < 0) {
            rc = fail_memory(err);
            break;
        }
        rc = tell_variable(command, variables[i].name, value, err);
        free(value);
    }
    if (rc == KUNCI_OK)
        rc = lab_with_list(&lab, tell_other, command, err);
    lab_close(&lab);
    return rc;
}

/* What the journey made, in words and in the answer. */
static enum kunci_rc tell(struct command *command, const struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc;

    if ((rc = put_text(command->answer, "dir", lab->dir, err)) == KUNCI_OK &&
        (rc = put_text(command->answer, "token", lab_holders[LAB_OFFICIAL].label, err)) ==
            KUNCI_OK &&
        (rc = put_text(command->answer, "serial", lab->serial, err)) == KUNCI_OK)
        out_printf(&command->out,
                   _("Done: two certificates came and went, and at no time was the token %s "
                     "without a working pair until its holder reported it lost. The lab stays in "
                     "%s, its authority at work; \"kunci lab down\" ends it.\n"),
                   lab_holders[LAB_OFFICIAL].label, lab->dir);
    return rc;
}

enum kunci_rc cmd_lab_run(struct command *command, struct kunci_err *err)
{
    struct lab lab = lab_of(command);
    json_t *report = json_array();
    enum kunci_rc rc;
    size_t i;

    if ((rc = out_put(command->answer, "steps", report, err)) == KUNCI_OK &&
        (rc = find_softhsm(command, &lab.module, err)) == KUNCI_OK)
        rc = lab_make(command->option[OPT_DIR], LAB_BY_RUN, &lab, err);
    if (rc == KUNCI_OK) {
        for (i = 0; i < STEPS && rc == KUNCI_OK; i++)
            rc = run_step(command, &lab, i, report, err);
        if (rc == KUNCI_OK)
            rc = tell(command, &lab, err);
        else
            out_note(&command->out, _("The lab is left in %s as it is, to be looked into."),
                     lab.dir);
    }
    lab_close(&lab);
    return rc;
}
