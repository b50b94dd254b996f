/* kunci token: the tokens that are plugged in. */
#include "cli/answer.h"
#include "cli/confirm.h"
#include "cli/words.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

static const struct column list_columns[] = {
    {"label", N_("Label"), false},
    {"serial", N_("Serial number"), false},
    {"manufacturer", N_("Manufacturer"), false},
    {"model", N_("Model"), false},
    {"pin_state", N_("PIN"), true},
    {"slot", N_("Reader"), false},
    {NULL, NULL, false},
};

static const struct column info_columns[] = {
    {"label", N_("Label"), false},
    {"manufacturer", N_("Manufacturer"), false},
    {"model", N_("Model"), false},
    {"serial", N_("Serial number"), false},
    {"slot", N_("Reader"), false},
    {"slot_id", N_("Slot number"), false},
    {"module", N_("Module"), false},
    {"uri", N_("URI"), false},
    {"hardware", N_("Hardware version"), false},
    {"firmware", N_("Firmware version"), false},
    {"initialised", N_("Set up"), false},
    {"write_protected", N_("Write-protected"), false},
    {"pinpad", N_("Keypad of its own"), false},
    {"login_required", N_("PIN needed"), false},
    {"removable", N_("Removable"), false},
    {"hardware_slot", N_("Reader is hardware"), false},
    {"rng", N_("Random numbers"), false},
    {"clock", N_("Clock"), false},
    {"flags", N_("Flags"), false},
    {"pin_state", N_("PIN"), true},
    {"so_pin_state", N_("Security officer's PIN"), true},
    {"pin_min", N_("Shortest PIN"), false},
    {"pin_max", N_("Longest PIN"), false},
    {"key_types", N_("Makes keys"), false},
    {NULL, NULL, false},
};

/* A token that is pulled out, or fails, while it is asked must not hide the others:
 * it is listed as broken. */
static enum kunci_rc list_token(struct kunci_token *token, json_t *tokens, json_t *broken,
                                struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    json_t *holder = json_object();
    enum kunci_rc rc = answer_put_token(holder, "token", token, &why);
    char sentence[512];
    int failed;

    if (rc == KUNCI_OK)
        failed = json_array_append(tokens, json_object_get(holder, "token"));
    else if (rc == KUNCI_NO_MEMORY)
        failed = -1;
    else
        failed = json_array_append_new(
            broken, json_pack("{s:s, s:s}", "name", why.about, "why",
                              kunci_err_sentence(&why, sentence, sizeof sentence)));
    json_decref(holder);
    return failed ? fail_memory(err) : KUNCI_OK;
}

static enum kunci_rc collect(struct kunci_modules *modules, json_t *tokens, json_t *broken,
                             struct kunci_err *err)
{
    const char *name, *why;
    enum kunci_rc rc;
    size_t i;

    for (i = 0; i < kunci_token_count(modules); i++)
        if ((rc = list_token(kunci_token_at(modules, i), tokens, broken, err)) != KUNCI_OK)
            return rc;
    for (i = 0; kunci_modules_broken(modules, i, &name, &why); i++)
        if (json_array_append_new(broken, json_pack("{s:s, s:s}", "name", name, "why", why)) != 0)
            return fail_memory(err);
    return KUNCI_OK;
}

enum kunci_rc cmd_token_list(struct command *command, struct kunci_err *err)
{
    json_t *tokens = json_array(), *broken = json_array(), *entry;
    struct kunci_modules *modules;
    enum kunci_rc rc;
    size_t i;

    if ((rc = command_modules(command, &modules, err)) != KUNCI_OK)
        goto out;
    if ((rc = collect(modules, tokens, broken, err)) != KUNCI_OK)
        goto out;
    if (json_array_size(tokens) == 0)
        out_printf(&command->out, "%s\n", _("No token is plugged in."));
    else
        out_table(&command->out, tokens, list_columns);
    json_array_foreach(broken, i, entry) out_note(&command->out, _("kunci: %s cannot be used: %s"),
                                                  json_string_value(json_object_get(entry, "name")),
                                                  json_string_value(json_object_get(entry, "why")));
    if ((rc = out_put(command->answer, "tokens", json_incref(tokens), err)) == KUNCI_OK)
        rc = out_put(command->answer, "broken", json_incref(broken), err);
out:
    json_decref(tokens);
    json_decref(broken);
    return rc;
}

enum kunci_rc cmd_token_info(struct command *command, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;
    unsigned types;
    json_t *shown;

    if ((rc = command_token(command, KUNCI_BLANK_LAST, &token, err)) != KUNCI_OK)
        return rc;
    if ((rc = kunci_token_key_types(token, &types, err)) != KUNCI_OK)
        return rc;
    if ((rc = answer_put_token(command->answer, "token", token, err)) != KUNCI_OK)
        return rc;
    shown = json_object_get(command->answer, "token");
    rc = out_put(shown, "key_types", answer_key_types(types), err);
    if (rc == KUNCI_OK)
        out_fields(&command->out, shown, info_columns);
    return rc;
}

/* What is on a token goes with it: said before, and asked. A blank one has nothing to
 * lose. */
static enum kunci_rc confirm_init(const struct command *command, struct kunci_token *token,
                                  struct kunci_err *err)
{
    struct kunci_token_info info;
    enum kunci_rc rc = kunci_token_info(token, &info, err);
    char label[256];

    if (rc != KUNCI_OK)
        return rc;
    words_printable(label, sizeof label, command->option[OPT_LABEL]);
    if (!info.initialised)
        return KUNCI_OK;
    if (!command->option[OPT_ERASE])
        return fail(err, KUNCI_TOKEN_INITIALISED, info.label, NULL);
    return confirm(command, err,
                   _("ALL keys and certificates on the token \"%s\" (serial number %s) will be "
                     "erased for good, and it will be set up anew as \"%s\". The security "
                     "officer's PIN is needed; a wrong one can lock the token for good."),
                   info.label, info.serial, label);
}

enum kunci_rc cmd_token_init(struct command *command, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = command_token(command, KUNCI_BLANK_FIRST, &token, err)) != KUNCI_OK)
        return rc;
    if ((rc = confirm_init(command, token, err)) != KUNCI_OK)
        return rc;
    rc = kunci_token_init(token, command->option[OPT_LABEL], command->option[OPT_ERASE] != NULL,
                          err);
    if (rc != KUNCI_OK)
        return rc;
    rc = answer_put_token(command->answer, "token", token, err);
    out_printf(&command->out, "%s\n",
               _("The token is set up. Give the holder a PIN with \"kunci pin set\"."));
    return rc;
}

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* "2026-11-21T02:40:01Z  in  pkcs11:..."; a document a line with --json. */
static enum kunci_rc report_event(struct out *out, struct kunci_token *token,
                                  enum kunci_token_event event, struct kunci_err *err)
{
    const char *what = event == KUNCI_TOKEN_IN ? "in" : "out";
    json_t *when = answer_time(kunci_now()), *document = NULL;
    char *uri = NULL;
    enum kunci_rc rc = kunci_token_uri(token, &uri, err);

    if (rc != KUNCI_OK)
        goto out;
    document = json_pack("{s:O, s:s, s:s}", "time", when, "event", what, "uri", uri);
    if (!document) {
        rc = fail_memory(err);
        goto out;
    }
    if (out->json)
        out_json(out, document);
    out_printf(out, "%s  %-3s  %s\n", json_string_value(when), what, uri);
    rc = out_end(out, err);
out:
    json_decref(document);
    json_decref(when);
    free(uri);
    return rc;
}

static int64_t steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The library waits in short turns, so that a signal is soon noticed. */
enum { TURN_MS = 500, TIMEOUT_MAX = INT_MAX / 1000 };

enum kunci_rc cmd_token_watch(struct command *command, struct kunci_err *err)
{
    const char *timeout = command->option[OPT_TIMEOUT];
    long seconds = timeout ? opt_number(timeout, TIMEOUT_MAX) : 0;
    int64_t until = steady_ms() + seconds * 1000, left = TURN_MS;
    struct kunci_modules *modules;
    enum kunci_token_event event;
    struct kunci_token *token;
    enum kunci_rc rc;

    if (seconds < 0)
        return fail(err, KUNCI_USAGE_VALUE, "--timeout", _("it must be a number of seconds"));
    if ((rc = command_modules(command, &modules, err)) != KUNCI_OK)
        return rc;
    stop_on_signals();
    while (rc == KUNCI_OK && !stopped) {
        if (timeout && (left = until - steady_ms()) <= 0)
            break;
        rc = kunci_token_watch(modules, left < TURN_MS ? (int)left : TURN_MS, &token, &event, err);
        if (rc == KUNCI_OK && token)
            rc = report_event(&command->out, token, event, err);
    }
    return rc;
}
