/* Help and completion: all that is in the command table is in them. */
#include "cli/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A command whose answer is kept in memory. */
struct asked {
    struct command command;
    char *said;
    size_t len;
};

static void asked_open(struct asked *asked, bool json)
{
    *asked = (struct asked){0};
    asked->command.out.file = open_memstream(&asked->said, &asked->len);
    asked->command.out.notes = stderr;
    asked->command.out.json = json;
    asked->command.answer = json_object();
    assert_non_null(asked->command.out.file);
    assert_non_null(asked->command.answer);
}

static void asked_close(struct asked *asked)
{
    fclose(asked->command.out.file);
    json_decref(asked->command.answer);
    free(asked->said);
}

static const char *help(struct asked *asked, const char *noun, const char *verb)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(help_show(&asked->command, noun, verb, &err), KUNCI_OK);
    assert_int_equal(fflush(asked->command.out.file), 0);
    return asked->said;
}

static void test_top_names_every_command(void **state)
{
    const struct verb *verb;
    struct asked asked;
    const char *said;
    char name[64];
    int id;

    (void)state;
    asked_open(&asked, false);
    said = help(&asked, NULL, NULL);
    for (verb = verbs; verb->noun; verb++) {
        snprintf(name, sizeof name, "\n  %s%s%s ", verb->noun, *verb->verb ? " " : "", verb->verb);
        assert_non_null(strstr(said, name));
        assert_non_null(strstr(said, verb->summary));
    }
    for (id = 0; id < OPT_COUNT; id++) {
        snprintf(name, sizeof name, "--%s ", options[id].name);
        assert_int_equal(strstr(said, name) != NULL, option_is_global((enum option_id)id));
    }
    asked_close(&asked);
}

static void test_each_command_shows_its_options(void **state)
{
    const struct verb *verb;
    char name[64];
    int id;

    (void)state;
    for (verb = verbs; verb->noun; verb++) {
        struct asked asked;
        const char *said;

        asked_open(&asked, false);
        said = help(&asked, verb->noun, verb->verb);
        for (id = 0; id < OPT_COUNT; id++) {
            bool own = option_in(verb->options, id) || option_is_global((enum option_id)id);

            snprintf(name, sizeof name, " --%s ", options[id].name);
            assert_int_equal(strstr(said, name) != NULL, own);
        }
        if (verb->argument)
            assert_non_null(strstr(said, verb->argument));
        asked_close(&asked);
    }
}

static void test_levels(void **state)
{
    static const struct {
        const char *noun, *verb;
        enum kunci_rc want;
        size_t commands; /* in the JSON answer; 0: any number */
    } rows[] = {
        {NULL, NULL, KUNCI_OK, 0},
        {"token", NULL, KUNCI_OK, 4},
        {"pin", NULL, KUNCI_OK, 4},
        {"help", NULL, KUNCI_OK, 0},
        {"csr", "new", KUNCI_OK, 1},
        {"tokn", NULL, KUNCI_USAGE_COMMAND, 0},
        {"csr", "make", KUNCI_USAGE_COMMAND, 0},
        {"nothing", "new", KUNCI_USAGE_COMMAND, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct asked asked;

        asked_open(&asked, true);
        assert_int_equal(help_show(&asked.command, rows[i].noun, rows[i].verb, &err), rows[i].want);
        if (rows[i].commands)
            assert_int_equal(json_array_size(json_object_get(asked.command.answer, "commands")),
                             rows[i].commands);
        asked_close(&asked);
        assert_int_equal(asked.len, 0);
    }
}

/* The words a shell is given are those of the table. */
static void test_completion(void **state)
{
    const struct verb *shell, *verb;

    (void)state;
    for (shell = verbs; shell->noun; shell++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct asked asked;
        int id;

        if (strcmp(shell->noun, "completion") != 0)
            continue;
        asked_open(&asked, false);
        asked.command.verb = shell;
        assert_int_equal(cmd_completion_show(&asked.command, &err), KUNCI_OK);
        assert_int_equal(fflush(asked.command.out.file), 0);
        for (verb = verbs; verb->noun; verb++) {
            assert_non_null(strstr(asked.said, verb->noun));
            assert_non_null(strstr(asked.said, verb->verb));
        }
        for (id = 0; id < OPT_COUNT; id++)
            assert_non_null(strstr(asked.said, options[id].name));
        asked_close(&asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_top_names_every_command),
        cmocka_unit_test(test_each_command_shows_its_options),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_completion),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
