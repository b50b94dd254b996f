#include "cli/help.h"

#include "cli/words.h"

#include <string.h>

/* "-o, --output FILE" */
static void spell(int id, char *to, size_t size)
{
    const struct option_row *row = &options[id];
    char letter[5] = {'-', row->letter, ',', ' ', '\0'};

    snprintf(to, size, "%s--%s%s%s", row->letter ? letter : "", row->name, row->value ? " " : "",
             row->value ? row->value : "");
}

/* Two columns. The texts are whole lines already, so their width is their length. */
static void show_line(struct out *out, const char *left, const char *right)
{
    out_printf(out, "  %-24s  %s\n", left, right);
}

static void show_option(struct out *out, int id)
{
    char left[64];

    spell(id, left, sizeof left);
    show_line(out, left, _(options[id].summary));
    if (options[id].choices)
        show_line(out, "", options[id].choices);
}

static void show_global_options(struct out *out)
{
    int id;

    out_printf(out, "\n%s\n", _("Options of every command, anywhere on the line:"));
    for (id = 0; id < OPT_COUNT; id++)
        if (option_is_global((enum option_id)id))
            show_option(out, id);
}

static void show_commands(struct out *out, const char *noun)
{
    const struct verb *verb;
    char left[64];

    for (verb = verbs; verb->noun; verb++) {
        if (noun && strcmp(verb->noun, noun) != 0)
            continue;
        table_spell(verb, left, sizeof left);
        show_line(out, left, _(verb->summary));
    }
}

static void show_all(struct out *out)
{
    out_printf(out, "%s\n\n%s\n", _("kunci looks after tokens, their keys and certificates."),
               _("Usage: kunci NOUN VERB [OPTION...] [ARGUMENT]"));
    out_printf(out, "\n%s\n", _("Commands:"));
    show_commands(out, NULL);
    show_global_options(out);
    out_printf(out, "\n%s\n", _("\"kunci help NOUN VERB\" shows the options of one command."));
}

static void show_noun(struct out *out, const char *name)
{
    const struct noun *noun;

    for (noun = nouns; strcmp(noun->name, name) != 0; noun++)
        ;
    out_printf(out, "%s\n\n%s\n", _(noun->summary), _("Commands:"));
    show_commands(out, name);
    out_printf(out, "\n%s\n", _("\"kunci help NOUN VERB\" shows the options of one command."));
}

static void show_verb(struct out *out, const struct verb *verb)
{
    char left[64];
    int id;

    out_printf(out, "%s\n\n", _(verb->summary));
    table_spell(verb, left, sizeof left);
    out_printf(out, _("Usage: kunci %s"), left);
    for (id = 0; id < OPT_COUNT; id++)
        if (option_in(verb->required, id)) {
            spell(id, left, sizeof left);
            out_printf(out, " %s", left);
        }
    if (verb->options & ~verb->required)
        out_printf(out, " %s", _("[OPTION...]"));
    out_printf(out, "%s%s\n", verb->argument ? " " : "", verb->argument ? verb->argument : "");
    if (verb->options)
        out_printf(out, "\n%s\n", _("Options:"));
    for (id = 0; id < OPT_COUNT; id++)
        if (option_in(verb->options, id))
            show_option(out, id);
    show_global_options(out);
}

static json_t *option_names(option_set set)
{
    json_t *names = json_array();
    int id;

    for (id = 0; id < OPT_COUNT; id++)
        if (option_in(set, id) &&
            json_array_append_new(names, json_sprintf("--%s", options[id].name)) != 0) {
            json_decref(names);
            return NULL;
        }
    return names;
}

static json_t *describe(const struct verb *verb)
{
    return json_pack("{s:s, s:s?, s:s, s:s?, s:o, s:o}", "noun", verb->noun, "verb",
                     *verb->verb ? verb->verb : NULL, "summary", _(verb->summary), "argument",
                     verb->argument, "options", option_names(verb->options), "required",
                     option_names(verb->required));
}

static enum kunci_rc answer(struct command *command, const char *noun, const struct verb *only,
                            struct kunci_err *err)
{
    json_t *list = json_array();
    const struct verb *verb;

    for (verb = verbs; verb->noun; verb++) {
        if ((noun && strcmp(verb->noun, noun) != 0) || (only && verb != only))
            continue;
        if (json_array_append_new(list, describe(verb)) != 0) {
            json_decref(list);
            return fail_memory(err);
        }
    }
    return out_put(command->answer, "commands", list, err);
}

enum kunci_rc help_show(struct command *command, const char *noun, const char *verb,
                        struct kunci_err *err)
{
    const struct verb *row = NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (noun && strcmp(noun, "help") == 0) /* help of help is all of it */
        noun = verb = NULL;
    if (noun && (row = table_alone(noun)))
        verb = NULL;
    if (noun && !row)
        rc = verb ? table_verb(noun, verb, &row, err) : table_noun(noun, err);
    if (rc != KUNCI_OK)
        return rc;
    if (row)
        show_verb(&command->out, row);
    else if (noun)
        show_noun(&command->out, noun);
    else
        show_all(&command->out);
    return answer(command, noun, row, err);
}
