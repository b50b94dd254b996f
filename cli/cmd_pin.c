/* kunci pin: the PINs of a token. */
#include "cli/answer.h"
#include "cli/confirm.h"
#include "cli/words.h"

static const struct column status_columns[] = {
    {"label", N_("Token"), false},
    {"pin_state", N_("PIN"), true},
    {"so_pin_state", N_("Security officer's PIN"), true},
    {"pin_min", N_("Shortest PIN"), false},
    {"pin_max", N_("Longest PIN"), false},
    {"pinpad", N_("Keypad of its own"), false},
    {"pin_reset", N_("A forgotten PIN is reset by"), true},
    {NULL, NULL, false},
};

enum kunci_rc cmd_pin_status(struct command *command, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = command_token(command, KUNCI_BLANK_LAST, &token, err)) != KUNCI_OK)
        return rc;
    if ((rc = answer_put_token(command->answer, "token", token, err)) == KUNCI_OK)
        out_fields(&command->out, json_object_get(command->answer, "token"), status_columns);
    return rc;
}

typedef enum kunci_rc change(struct kunci_token *token, struct kunci_err *err);

/* The PIN is changed, also where the token says nothing of itself any more. */
static enum kunci_rc run_change(struct command *command, struct kunci_token *token, change *run,
                                const char *sentence, struct kunci_err *err)
{
    struct kunci_err silent = KUNCI_ERR_INIT;
    enum kunci_rc rc;

    if ((rc = run(token, err)) != KUNCI_OK)
        return rc;
    if (answer_put_token(command->answer, "token", token, &silent) != KUNCI_OK)
        out_note(&command->out, "%s", _("The token does not say how it is now."));
    out_printf(&command->out, "%s\n", sentence);
    return KUNCI_OK;
}

enum kunci_rc cmd_pin_set(struct command *command, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc = command_token(command, KUNCI_BLANK_NEVER, &token, err);

    return rc != KUNCI_OK
               ? rc
               : run_change(command, token, kunci_pin_set, _("The holder's PIN is set."), err);
}

/* PIN options of the one kind change nothing of the other: refused, not ignored. */
static enum kunci_rc check_kind(const struct command *command, struct kunci_err *err)
{
    static const enum option_id holder[] = {OPT_PIN_FILE, OPT_PIN_FD, OPT_NEW_PIN_FILE,
                                            OPT_NEW_PIN_FD};
    static const enum option_id officer[] = {OPT_SO_PIN_FILE, OPT_SO_PIN_FD, OPT_NEW_SO_PIN_FILE,
                                             OPT_NEW_SO_PIN_FD};
    bool so = command->option[OPT_SO] != NULL;
    const enum option_id *wrong = so ? holder : officer;
    char name[32];
    size_t i;

    for (i = 0; i < sizeof holder / sizeof *holder; i++) {
        if (!command->option[wrong[i]])
            continue;
        snprintf(name, sizeof name, "--%s", options[wrong[i]].name);
        return fail(err, KUNCI_USAGE_MISPLACED, name, so ? "pin change --so" : "pin change");
    }
    return KUNCI_OK;
}

enum kunci_rc cmd_pin_change(struct command *command, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = check_kind(command, err)) != KUNCI_OK)
        return rc;
    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) != KUNCI_OK)
        return rc;
    if (command->option[OPT_SO])
        return run_change(command, token, kunci_pin_change_so,
                          _("The security officer's PIN is changed."), err);
    return run_change(command, token, kunci_pin_change, _("The PIN is changed."), err);
}

enum kunci_rc cmd_pin_reset(struct command *command, struct kunci_err *err)
{
    struct kunci_token_info info;
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) != KUNCI_OK)
        return rc;
    if ((rc = kunci_token_info(token, &info, err)) != KUNCI_OK)
        return rc;
    if (info.pin_reset == KUNCI_PIN_RESET_TOOL)
        return fail(err, KUNCI_TOKEN_TOOL, info.label, info.pin_reset_tool);
    if (info.pin_reset == KUNCI_PIN_RESET_PUK)
        rc = confirm(command, err,
                     _("The holder of \"%s\" (serial number %s) gets a new PIN by the PUK; the "
                       "old one, locked or not, is void. Keys and certificates stay as they are. "
                       "Too many wrong PUKs lock the card for good."),
                     info.label, info.serial);
    else
        rc = confirm(
            command, err,
            _("The holder of \"%s\" (serial number %s) gets a new PIN; the old one, locked or "
              "not, is void. Keys and certificates stay as they are. The security officer's "
              "PIN is needed; a wrong one can lock the token for good."),
            info.label, info.serial);
    if (rc != KUNCI_OK)
        return rc;
    return run_change(command, token, kunci_pin_reset, _("The holder has a new PIN."), err);
}
