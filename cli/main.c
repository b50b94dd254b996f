/* The command line, of kunci and of kuncid. */
#include "cli/command.h"
#include "cli/help.h"
#include "cli/pins.h"
#include "cli/words.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* PINs pass through this process: it leaves no core, and no other process of the
 * same person may look into it. A reader who goes away is a failed write. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
}

/* What OpenSSL holds goes with the process: to take it apart piece by piece before would
 * cost a tenth of the time that one signature takes. */
static void leave_the_rest(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

static void log_line(void *context, const char *line)
{
    fprintf(context, "%s\n", line);
}

static enum kunci_rc load_settings(struct command *command, struct kunci_err *err)
{
    const char *path = command->option[OPT_CONFIG];
    enum kunci_rc rc;

    if (!path)
        path = getenv("KUNCI_CONFIG");
    if (!path || !*path)
        return KUNCI_OK;
    rc = kunci_config_load(path, &command->config, err);
    if (rc == KUNCI_OK && command->config.lang && !command->option[OPT_LANG])
        kunci_lang_set(command->config.lang);
    if (rc == KUNCI_OK && command->config.clock)
        rc = kunci_clock_follow(command->config.clock, err);
    return rc;
}

static enum kunci_rc take_argument(struct command *command, const struct command_line *line,
                                   struct kunci_err *err)
{
    const char *shown = command->verb->argument;
    size_t first = *command->verb->verb ? 2 : 1, most = !shown ? 0 : 1;

    command->arguments = line->word + first;
    command->argument_count = line->words > first ? line->words - first : 0;
    command->argument = command->argument_count ? command->arguments[0] : NULL;
    if (shown && strstr(shown, "..."))
        most = command->argument_count;
    if (command->argument_count > most)
        return fail(err, KUNCI_USAGE_ARGUMENT, command->arguments[most], NULL);
    if (!command->argument && shown && shown[0] != '[')
        return fail(err, KUNCI_USAGE_MISSING, shown, NULL);
    return KUNCI_OK;
}

static enum kunci_rc run_verb(struct command *command, const struct command_line *line,
                              struct kunci_err *err)
{
    char name[64];
    enum kunci_rc rc;

    command->verb = table_alone(line->word[0]);
    if (!command->verb &&
        (rc = table_verb(line->word[0], line->word[1], &command->verb, err)) != KUNCI_OK)
        return rc;
    table_spell(command->verb, name, sizeof name);
    rc = opt_check(line, name, command->verb->options, command->verb->required, err);
    if (rc == KUNCI_OK)
        rc = take_argument(command, line, err);
    if (rc == KUNCI_OK)
        rc = pins_check(command->option, err);
    if (rc == KUNCI_OK)
        rc = load_settings(command, err);
    if (rc == KUNCI_OK)
        rc = command->verb->run ? command->verb->run(command, err) : command_served(command, err);
    return rc;
}

static enum kunci_rc show_version(struct command *command, struct kunci_err *err)
{
    out_printf(&command->out, "kunci %s\n", KUNCI_VERSION);
    return out_put(command->answer, "version", json_string(KUNCI_VERSION), err);
}

/* "help NOUN VERB", "NOUN VERB --help", and a noun alone. */
static enum kunci_rc show_help(struct command *command, const struct command_line *line,
                               struct kunci_err *err)
{
    const char *first = line->words ? line->word[0] : "help";
    size_t noun = line->words && strcmp(first, "help") == 0 ? 1 : 0;

    /* With --help the rest of the line may be half a command. */
    if (!line->option[OPT_HELP] && opt_check(line, first, 0, 0, err) != KUNCI_OK)
        return err->rc;
    return help_show(command, line->words > noun ? line->word[noun] : NULL,
                     line->words > noun + 1 ? line->word[noun + 1] : NULL, err);
}

static enum kunci_rc dispatch(struct command *command, struct command_line *line,
                              struct kunci_err *err)
{
    const char *usual = line->words == 1 ? command_usual(line->word[0]) : NULL;

    if (usual && !line->option[OPT_HELP])
        line->word[line->words++] = usual; /* there is room: the program's name is no word */
    if (line->option[OPT_VERSION])
        return show_version(command, err);
    if (line->option[OPT_HELP] || line->words == 0 || strcmp(line->word[0], "help") == 0 ||
        (line->words < 2 && !table_alone(line->word[0])))
        return show_help(command, line, err);
    return run_verb(command, line, err);
}

/* The first reading finds the language in which the second one complains. */
static enum kunci_rc read_line(int argc, char **argv, struct command_line *line,
                               struct kunci_err *err)
{
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    enum kunci_rc rc = opt_parse(argc, argv, line, &unsaid);

    kunci_lang_set(line->option[OPT_LANG]);
    if (rc == KUNCI_OK)
        return rc;
    opt_clear(line);
    return opt_parse(argc, argv, line, err);
}

int main(int argc, char **argv)
{
    struct command_line line;
    struct command command = {.out = {.file = stdout, .notes = stderr}, .line = &line};
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_rc rc;

    harden();
    leave_the_rest();
    rc = read_line(argc, argv, &line, &err);
    memcpy(command.option, line.option, sizeof command.option);
    command.out.json = line.option[OPT_JSON] != NULL;
    command.out.quiet = line.option[OPT_QUIET] != NULL;
    if (line.option[OPT_VERBOSE])
        kunci_log_to(log_line, stderr);
    if (rc == KUNCI_OK && !(command.answer = json_object()))
        rc = fail_memory(&err);
    if (rc == KUNCI_OK)
        rc = dispatch(&command, &line, &err);
    if (rc == KUNCI_OK && command.out.json && json_object_size(command.answer))
        out_json(&command.out, command.answer);
    if (rc == KUNCI_OK)
        rc = out_end(&command.out, &err);
    if (rc != KUNCI_OK)
        out_error(&command.out, &err);
    kunci_modules_free(&command.modules);
    kunci_config_clear(&command.config);
    json_decref(command.answer);
    opt_clear(&line);
    return rc == KUNCI_OK ? command.exit_code : kunci_err_exit(rc);
}
