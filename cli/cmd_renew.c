/* kunci renew, enrol, revoke: the holder's flows with an authority. */
#include "cli/answer.h"
#include "cli/confirm.h"
#include "cli/counter.h"
#include "cli/file.h"
#include "cli/words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_MAX = 10 << 20, FIELDS_MAX = 1 << 20 };
enum { HOLD = 6 }; /* RFC 5280, 5.3.1: suspended, which is no revocation */

/* ---- what is told on the way ---- */

/* Those that end with a colon are followed by what they are about. */
static const char *const news_texts[] = {
    [KUNCI_ENROL_FRESH] = N_("Nothing was under way: this begins anew."),
    [KUNCI_ENROL_CONTINUES] = N_("An earlier run is gone on with; its request:"),
    [KUNCI_ENROL_UNSENT] = N_("An earlier run is gone on with; nothing was sent yet."),
    [KUNCI_ENROL_HALF_GONE] = N_("Half a key that a run left when it was cut off is removed:"),
    [KUNCI_ENROL_KEY_MADE] = N_("A key was made on the token:"),
    [KUNCI_ENROL_KEY_KEPT] = N_("The key of an earlier run is used:"),
    [KUNCI_ENROL_SENT] = N_("Handed in as request:"),
    [KUNCI_ENROL_WAITS] =
        N_("Ctrl-C ends this, and the same command goes on later. The request waits for:"),
    [KUNCI_ENROL_OFFLINE] = N_("The authority cannot be reached just now:"),
    [KUNCI_ENROL_ISSUED] = N_("A certificate was issued, the one that was asked for:"),
    [KUNCI_ENROL_WRITTEN] = N_("The certificate is written beside its key:"),
    [KUNCI_ENROL_FOUND_WRITTEN] = N_("The certificate stands beside its key already:"),
    [KUNCI_ENROL_PROVED] = N_("The new pair signs, and the authority knows it:"),
    [KUNCI_ENROL_DELETED] = N_("The old key and its certificate are deleted:"),
    [KUNCI_ENROL_OLD_KEPT] = N_("The old key and its certificate stay on the token:"),
};

static void tell(void *context, enum kunci_enrol_news news, const char *about)
{
    const struct command *command = context;
    const char *text = _(news_texts[news]);
    char shown[512];

    words_printable(shown, sizeof shown, about);
    if (text[strlen(text) - 1] == ':')
        out_note(&command->out, "%s %s", text, *shown ? _(shown) : ""); /* a role is a word */
    else
        out_note(&command->out, "%s", text);
}

/* ---- what is asked ---- */

static const struct column data_columns[] = {
    {"account", N_("Account"), false},
    {"subject", N_("Subject"), false},
    {NULL, NULL, false},
};

static const struct column subject_columns[] = {
    {"subject", N_("Subject"), false}, {"serial", N_("Serial number"), false},
    {"issuer", N_("Issuer"), false},   {"from", N_("Valid from"), false},
    {"to", N_("Valid to"), false},     {NULL, NULL, false},
};

static const struct column pair_columns[] = {
    {"name", N_("Field"), false},
    {"value", N_("Value"), false},
    {NULL, NULL, false},
};

static void show_data(struct out *out, const json_t *shown)
{
    json_t *rows = json_array(), *value;
    const char *name;

    out_fields(out, shown, data_columns);
    json_object_foreach(json_object_get(shown, "data"), name, value) if (json_is_string(value))
        json_array_append_new(rows, json_pack("{s:s, s:O}", "name", name, "value", value));
    out_printf(out, "\n");
    if (json_array_size(rows))
        out_table(out, rows, pair_columns);
    json_decref(rows);
}

static void show_subject(struct out *out, json_t *shown)
{
    json_object_set_new(shown, "from",
                        answer_time(json_integer_value(json_object_get(shown, "not_before"))));
    json_object_set_new(shown, "to",
                        answer_time(json_integer_value(json_object_get(shown, "not_after"))));
    out_fields(out, shown, subject_columns);
}

static enum kunci_rc ask(void *context, enum kunci_enrol_question what, const char *json,
                         struct kunci_err *err)
{
    struct command *command = context;
    struct out beside = command->out; /* what is shown here is not the answer */
    json_t *shown;
    enum kunci_rc rc = counter_read(json, &shown, err);
    char subject[512];

    if (rc != KUNCI_OK)
        return rc;
    beside.file = beside.notes;
    beside.json |= beside.quiet;
    words_printable(subject, sizeof subject, json_string_value(json_object_get(shown, "subject")));
    if (what == KUNCI_ENROL_DATA)
        show_data(&beside, shown);
    else
        show_subject(&beside, shown);
    rc = what == KUNCI_ENROL_DATA
             ? confirm(command, err,
                       _("This is what the authority knows of you; a certificate for \"%s\" will "
                         "be asked for. Is it right?"),
                       subject)
             : confirm(command, err,
                       _("This certificate for \"%s\" will be written to the token. Is it yours?"),
                       subject);
    json_decref(shown);
    return rc;
}

/* ---- Ctrl-C ---- */

static volatile int stop;

static void on_interrupt(int number)
{
    (void)number;
    stop = 1;
}

static void stop_on_interrupt(void)
{
    const struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- what the options say ---- */

struct wishes {
    struct kunci_enrol_options said;
    struct kunci_attachment attachments[MORE_MAX + 1];
    char names[MORE_MAX + 1][64];
    char *bytes[MORE_MAX + 1], *fields;
    struct counter counter;
};

static void clear_wishes(struct wishes *wishes)
{
    size_t i;

    for (i = 0; i < wishes->said.attachment_count; i++)
        free(wishes->bytes[i]);
    free(wishes->fields);
    counter_close(&wishes->counter);
}

/* "surat-rekomendasi=surat.pdf" */
static enum kunci_rc read_attachment(struct wishes *wishes, const char *text, struct kunci_err *err)
{
    size_t i = wishes->said.attachment_count, len = strcspn(text, "="), got = 0;
    enum kunci_rc rc;

    if (!text[len] || !text[len + 1] || len == 0 || len >= sizeof wishes->names[i] ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") < len)
        return fail(err, KUNCI_USAGE_VALUE, "--attach",
                    _("it must be the document's name, = and a file"));
    if ((rc = file_read(text + len + 1, DOCUMENT_MAX, &wishes->bytes[i], &got, err)) != KUNCI_OK)
        return rc;
    memcpy(wishes->names[i], text, len);
    wishes->names[i][len] = '\0';
    wishes->attachments[i] = (struct kunci_attachment){wishes->names[i], wishes->bytes[i], got};
    wishes->said.attachment_count++;
    return KUNCI_OK;
}

static enum kunci_rc read_files(struct command *command, struct wishes *wishes,
                                struct kunci_err *err)
{
    const char *all[MORE_MAX + 2], *fields = command->option[OPT_FIELDS];
    enum kunci_rc rc = KUNCI_OK;
    size_t i, len = 0;

    opt_all(command->line, OPT_ATTACH, all);
    wishes->said.attachments = wishes->attachments;
    for (i = 0; rc == KUNCI_OK && all[i]; i++)
        rc = read_attachment(wishes, all[i], err);
    if (rc == KUNCI_OK && fields) {
        rc = file_read(fields, FIELDS_MAX, &wishes->fields, &len, err);
        wishes->said.fields_name = fields;
        wishes->said.fields = wishes->fields;
        wishes->said.fields_len = len;
    }
    return rc;
}

static enum kunci_rc prepare(struct command *command, struct wishes *wishes, struct kunci_err *err)
{
    const char *type = command->option[OPT_TYPE];
    struct kunci_enrol_options *said = &wishes->said;
    enum kunci_rc rc;

    if ((rc = read_files(command, wishes, err)) != KUNCI_OK ||
        (rc = counter_open(command, &wishes->counter, err)) != KUNCI_OK)
        return rc;
    said->cert = command->option[OPT_CERT];
    said->account = command->option[OPT_ACCOUNT];
    said->password = wishes->counter.password;
    said->type = type ? kunci_key_type_by_name(type) : KUNCI_KEY_OTHER;
    said->reason = command->option[OPT_REASON];
    said->ca = command->config.authority.ca;
    said->no_wait = command->option[OPT_NO_WAIT] != NULL;
    said->delete_old_keys = command->config.authority.delete_old_keys;
    said->port = (struct kunci_enrol_port){command, ask, tell, &stop};
    stop_on_interrupt();
    return KUNCI_OK;
}

/* ---- the answer ---- */

static void say_end(struct command *command, const json_t *answer)
{
    const char *waits = json_string_value(json_object_get(answer, "waits_for"));
    char shown[64];

    if (json_is_true(json_object_get(answer, "finished"))) {
        out_printf(&command->out, "%s\n", _("It is done."));
        return;
    }
    words_printable(shown, sizeof shown, waits ? waits : "");
    out_printf(&command->out,
               _("The request %d waits for: %s. Give the same command again later.\n"),
               (int)json_integer_value(json_object_get(answer, "request")), *shown ? _(shown) : "");
}

static enum kunci_rc deliver(struct command *command, char *text, struct kunci_err *err)
{
    json_t *answer;
    enum kunci_rc rc = counter_read(text, &answer, err);

    if (rc != KUNCI_OK)
        return rc;
    say_end(command, answer);
    if (json_object_update(command->answer, answer) != 0)
        rc = fail_memory(err);
    json_decref(answer);
    return rc;
}

typedef enum kunci_rc flow(struct kunci_ams *ams, const struct kunci_enrol_options *options,
                           char **json, struct kunci_err *err);

static enum kunci_rc run(struct command *command, struct wishes *wishes, flow *how,
                         struct kunci_err *err)
{
    char *text = NULL;
    enum kunci_rc rc = how(wishes->counter.ams, &wishes->said, &text, err);

    if (rc == KUNCI_OK)
        rc = deliver(command, text, err);
    free(text);
    return rc;
}

/* ---- the commands ---- */

enum kunci_rc cmd_renew(struct command *command, struct kunci_err *err)
{
    struct wishes wishes = {.fields = NULL};
    enum kunci_rc rc;

    if ((rc = prepare(command, &wishes, err)) == KUNCI_OK &&
        (rc = command_token(command, KUNCI_BLANK_NEVER, &wishes.said.token, err)) == KUNCI_OK)
        rc = run(command, &wishes, kunci_renew, err);
    clear_wishes(&wishes);
    return rc;
}

/* A blank token is set up first, and a holder who has no PIN gets his: a run that was cut
 * off between these finds what is missing. */
static enum kunci_rc set_up(struct command *command, struct kunci_token *token,
                            struct kunci_err *err)
{
    const char *label = command->option[OPT_LABEL];
    struct kunci_token_info info;
    enum kunci_rc rc = kunci_token_info(token, &info, err);

    if (rc == KUNCI_OK && !info.initialised && !label)
        return fail(err, KUNCI_USAGE_MISSING, "--label", NULL);
    if (rc == KUNCI_OK && !info.initialised &&
        (rc = kunci_token_init(token, label, false, err)) == KUNCI_OK) {
        out_note(&command->out, "%s", _("The token is set up."));
        rc = kunci_token_info(token, &info, err);
    }
    if (rc == KUNCI_OK && !info.user_pin_set && (rc = kunci_pin_set(token, err)) == KUNCI_OK)
        out_note(&command->out, "%s", _("The holder's PIN is set."));
    return rc;
}

enum kunci_rc cmd_enrol(struct command *command, struct kunci_err *err)
{
    struct wishes wishes = {.fields = NULL};
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = prepare(command, &wishes, err)) == KUNCI_OK &&
        (rc = command_token(command, KUNCI_BLANK_LAST, &token, err)) == KUNCI_OK &&
        (rc = set_up(command, token, err)) == KUNCI_OK) {
        wishes.said.token = token;
        rc = run(command, &wishes, kunci_enrol, err);
    }
    clear_wishes(&wishes);
    return rc;
}

/* With the account's password no token is needed: it may be lost. */
enum kunci_rc cmd_revoke(struct command *command, struct kunci_err *err)
{
    struct wishes wishes = {.fields = NULL};
    enum kunci_rc rc;
    int reason = kunci_flow_crl_reason(command->option[OPT_REASON], false);

    if (reason < 0 || reason == HOLD)
        return fail(err, KUNCI_USAGE_VALUE, "--reason", _("kunci-revoke(1) tells the reasons"));
    if ((rc = prepare(command, &wishes, err)) == KUNCI_OK && !wishes.said.account)
        rc = command_token(command, KUNCI_BLANK_NEVER, &wishes.said.token, err);
    if (rc == KUNCI_OK)
        rc = confirm(command, err, "%s",
                     _("A certificate that is revoked stays so: its key signs nothing that is "
                       "believed any more."));
    if (rc == KUNCI_OK)
        rc = run(command, &wishes, kunci_revoke, err);
    clear_wishes(&wishes);
    return rc;
}
