/* kunci completion: scripts for shells, written from the command table. The script
 * knows the table as it was printed; nothing of kunci runs while a person types. */
#include "cli/command.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

static bool holds(option_set set, int id)
{
    return option_in(set, id) || option_is_global((enum option_id)id);
}

static bool is_file(int id)
{
    const char *value = options[id].value;

    return value && (strcmp(value, "FILE") == 0 || strcmp(value, "FOLDER") == 0 ||
                     strcmp(value, "PATH") == 0);
}

static void write_nouns(FILE *to)
{
    const struct noun *noun;

    for (noun = nouns; noun->name; noun++)
        fprintf(to, "%s%s", noun == nouns ? "" : " ", noun->name);
}

static void write_verbs(FILE *to, const char *noun)
{
    const struct verb *verb;

    for (verb = verbs; verb->noun; verb++)
        if (*verb->verb && strcmp(verb->noun, noun) == 0)
            fprintf(to, " %s", verb->verb);
}

/* Options as patterns of a case, "--a|--b": those for which want answers true. */
static void write_pattern(FILE *to, bool (*want)(int id))
{
    const char *between = "";
    int id;

    for (id = 0; id < OPT_COUNT; id++)
        if (want(id)) {
            fprintf(to, "%s--%s", between, options[id].name);
            between = "|";
            if (options[id].letter)
                fprintf(to, "|-%c", options[id].letter);
        }
}

static bool takes_value(int id)
{
    return options[id].value != NULL;
}

/* What bash and zsh share: a function that sets "offer" to the words that fit, or
 * "files" where it is files that do, by the words typed before the cursor. */
static void write_shared(FILE *to)
{
    const struct noun *noun;
    const struct verb *verb;
    int id;

    fputs("_kunci_offer() {\n"
          "    local word noun='' verb='' skip='' previous=''\n"
          "    offer='' files=''\n"
          "    for word in \"$@\"; do\n"
          "        previous=$word\n"
          "        if [ -n \"$skip\" ]; then skip='' previous=''; continue; fi\n"
          "        case $word in\n        ",
          to);
    write_pattern(to, takes_value);
    fputs(") skip=1 ;;\n"
          "        -*) ;;\n"
          "        help) ;;\n"
          "        *) if [ -z \"$noun\" ]; then noun=$word; elif [ -z \"$verb\" ]; then "
          "verb=$word; fi ;;\n"
          "        esac\n    done\n"
          "    if [ -n \"$skip\" ]; then\n        case $previous in\n        ",
          to);
    write_pattern(to, is_file);
    fputs(") files=1 ;;\n", to);
    for (id = 0; id < OPT_COUNT; id++)
        if (options[id].choices)
            fprintf(to, "        --%s) offer='%s' ;;\n", options[id].name, options[id].choices);
    fputs("        esac\n        return\n    fi\n    case \"$noun $verb\" in\n    ' ') offer='",
          to);
    write_nouns(to);
    fputs("' ;;\n", to);
    for (noun = nouns; noun->name; noun++) {
        if (table_alone(noun->name))
            continue;
        fprintf(to, "    '%s ') offer='", noun->name);
        write_verbs(to, noun->name);
        fputs("' ;;\n", to);
    }
    for (verb = verbs; verb->noun; verb++) {
        fprintf(to, "    '%s %s'%s) %soffer='", verb->noun, verb->verb, *verb->verb ? "" : "*",
                verb->argument ? "files=1 " : "");
        for (id = 0; id < OPT_COUNT; id++)
            if (holds(verb->options, id))
                fprintf(to, " --%s", options[id].name);
        fputs("' ;;\n", to);
    }
    fputs("    esac\n}\n", to);
}

static void write_bash(FILE *to)
{
    write_shared(to);
    fputs("_kunci() {\n"
          "    local offer files current=${COMP_WORDS[COMP_CWORD]}\n"
          "    _kunci_offer \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$current\")\n"
          "    if [ -n \"$files\" ]; then\n"
          "        mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$current\")\n"
          "        compopt -o filenames\n"
          "    fi\n"
          "}\n"
          "complete -F _kunci kunci\n",
          to);
}

static void write_zsh(FILE *to)
{
    fputs("#compdef kunci\n", to);
    write_shared(to);
    fputs("_kunci() {\n"
          "    local offer files\n"
          "    _kunci_offer \"${(@)words[2,CURRENT-1]}\"\n"
          "    [ -n \"$offer\" ] && compadd -- ${=offer}\n"
          "    [ -n \"$files\" ] && _files\n"
          "}\n"
          "compdef _kunci kunci\n",
          to);
}

/* Between single quotes, as fish reads them. */
static void write_quoted(FILE *to, const char *text)
{
    fputc('\'', to);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('\'', to);
}

static void write_fish_option(FILE *to, int id, const char *condition)
{
    const struct option_row *row = &options[id];

    fprintf(to, "complete -c kunci%s -l %s", condition, row->name);
    if (row->letter)
        fprintf(to, " -s %c", row->letter);
    if (row->choices)
        fprintf(to, " -x -a '%s'", row->choices);
    else if (row->value)
        fputs(is_file(id) ? " -r -F" : " -x", to);
    fputs(" -d ", to);
    write_quoted(to, _(row->summary));
    fputc('\n', to);
}

static void write_fish_options(FILE *to, const struct verb *verb, const char *condition)
{
    int id;

    for (id = 0; id < OPT_COUNT; id++)
        if (option_in(verb->options, id))
            write_fish_option(to, id, condition);
    if (verb->argument)
        fprintf(to, "complete -c kunci%s -F\n", condition);
}

static void write_fish_verb(FILE *to, const struct verb *verb)
{
    char condition[128];

    if (!*verb->verb) {
        snprintf(condition, sizeof condition, " -n '__fish_seen_subcommand_from %s'", verb->noun);
        write_fish_options(to, verb, condition);
        return;
    }
    fprintf(to,
            "complete -c kunci -n '__fish_seen_subcommand_from %s; and not "
            "__fish_seen_subcommand_from",
            verb->noun);
    write_verbs(to, verb->noun);
    fprintf(to, "' -a %s -d ", verb->verb);
    write_quoted(to, _(verb->summary));
    fputc('\n', to);
    snprintf(condition, sizeof condition,
             " -n '__fish_seen_subcommand_from %s; and __fish_seen_subcommand_from %s'", verb->noun,
             verb->verb);
    write_fish_options(to, verb, condition);
}

static void write_fish(FILE *to)
{
    const struct noun *noun;
    const struct verb *verb;
    int id;

    fputs("complete -c kunci -f\n", to);
    for (noun = nouns; noun->name; noun++) {
        fprintf(to, "complete -c kunci -n __fish_use_subcommand -a %s -d ", noun->name);
        write_quoted(to, _(noun->summary));
        fputc('\n', to);
    }
    for (id = 0; id < OPT_COUNT; id++)
        if (option_is_global((enum option_id)id))
            write_fish_option(to, id, "");
    for (verb = verbs; verb->noun; verb++)
        write_fish_verb(to, verb);
}

static const struct shell {
    const char *name;
    void (*write)(FILE *to);
} shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

enum kunci_rc cmd_completion_show(struct command *command, struct kunci_err *err)
{
    const struct shell *shell = shells;
    char *script = NULL;
    enum kunci_rc rc;
    size_t len = 0;
    FILE *to = open_memstream(&script, &len);

    if (!to)
        return fail_memory(err);
    while (strcmp(shell->name, command->verb->verb) != 0)
        shell++;
    shell->write(to);
    if (fclose(to) != 0) {
        free(script);
        return fail_memory(err);
    }
    out_printf(&command->out, "%s", script);
    rc = out_put(command->answer, "script", json_string(script), err);
    free(script);
    return rc;
}
