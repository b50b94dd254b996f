/* The command line: what is taken, and how each mistake is told. */
#include "cli/command.h"
#include "cli/opt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARGUMENTS_MAX = 8 };

/* Splits line at its blanks into argv. The texts live in copy. */
static int split(const char *line, char *copy, size_t size, char **argv)
{
    int argc = 0;
    char *word;

    assert_true(strlen(line) < size);
    strcpy(copy, line);
    for (word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        assert_true(argc < ARGUMENTS_MAX);
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    return argc;
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *name, *in;
        enum kunci_rc want;
        const char *about, *detail; /* NULL: not looked at */
    } rows[] = {
        {"nothing", "kunci", KUNCI_OK, NULL, NULL},
        {"a command", "kunci token list", KUNCI_OK, NULL, NULL},
        {"options first", "kunci --json -q token list", KUNCI_OK, NULL, NULL},
        {"options last", "kunci token list --json -q", KUNCI_OK, NULL, NULL},
        {"short ones together", "kunci -qv token list", KUNCI_OK, NULL, NULL},
        {"value apart", "kunci csr new -o file", KUNCI_OK, NULL, NULL},
        {"value attached", "kunci csr new -ofile", KUNCI_OK, NULL, NULL},
        {"value with =", "kunci csr new --output=file", KUNCI_OK, NULL, NULL},
        {"a value like an option", "kunci token init --label --json", KUNCI_OK, NULL, NULL},
        {"unknown", "kunci --bogus", KUNCI_USAGE_OPTION, "--bogus", ""},
        {"unknown letter", "kunci -x", KUNCI_USAGE_OPTION, "-x", ""},
        {"unknown letter after a known", "kunci -qx", KUNCI_USAGE_OPTION, "-x", ""},
        {"misspelt", "kunci --lable", KUNCI_USAGE_OPTION, "--lable", "--label"},
        {"misspelt with a value", "kunci --modul=x", KUNCI_USAGE_OPTION, "--modul", "--module"},
        {"shortened", "kunci --jso", KUNCI_USAGE_OPTION, "--jso", "--json"},
        {"shortened with a value apart", "kunci --tim 3", KUNCI_USAGE_OPTION, "--tim", NULL},
        {"repeated", "kunci --json --json", KUNCI_USAGE_REPEATED, "--json", NULL},
        {"repeated, long and short", "kunci -q --quiet", KUNCI_USAGE_REPEATED, "--quiet", NULL},
        {"without its value", "kunci --label", KUNCI_USAGE_VALUE, "--label", NULL},
        {"letter without its value", "kunci -o", KUNCI_USAGE_VALUE, "--output", NULL},
        {"empty value", "kunci --label=", KUNCI_USAGE_VALUE, "--label", NULL},
        {"value for a flag", "kunci --json=1", KUNCI_USAGE_VALUE, "--json", NULL},
        {"no such choice", "kunci --lang fr", KUNCI_USAGE_VALUE, "--lang", NULL},
        {"part of a choice", "kunci --type rsa", KUNCI_USAGE_VALUE, "--type", NULL},
        {"a choice in capitals", "kunci --type P256", KUNCI_OK, NULL, NULL},
        {"many words", "kunci a b c d", KUNCI_OK, NULL, NULL},
        {"after --, a word", "kunci a b -- --json", KUNCI_OK, NULL, NULL},
        {"the first mistake is told", "kunci --json --json --bogus", KUNCI_USAGE_REPEATED, "--json",
         NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        char *argv[ARGUMENTS_MAX + 1], copy[128];
        struct command_line line;
        int argc = split(rows[i].in, copy, sizeof copy, argv);

        print_message("%s\n", rows[i].name);
        assert_int_equal(opt_parse(argc, argv, &line, &err), rows[i].want);
        assert_int_equal(err.rc, rows[i].want);
        if (rows[i].about)
            assert_string_equal(err.about, rows[i].about);
        if (rows[i].detail)
            assert_string_equal(err.detail, rows[i].detail);
        opt_clear(&line);
    }
}

/* An answer in JSON was asked for, so the error must be one too. */
static void test_all_is_read_after_a_mistake(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *argv[ARGUMENTS_MAX + 1], copy[128];
    struct command_line line;
    int argc = split("kunci --bogus token list --lang id --json", copy, sizeof copy, argv);

    (void)state;
    assert_int_equal(opt_parse(argc, argv, &line, &err), KUNCI_USAGE_OPTION);
    assert_non_null(line.option[OPT_JSON]);
    assert_string_equal(line.option[OPT_LANG], "id");
    assert_int_equal(line.words, 2);
    assert_string_equal(line.word[1], "list");
    opt_clear(&line);
}

/* The choices stand in the table as one text; that text is no choice. */
static void test_all_choices_at_once(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char program[] = "kunci", option[] = "--lang", value[] = "id en";
    char *argv[] = {program, option, value, NULL};
    struct command_line line;

    (void)state;
    assert_int_equal(opt_parse(3, argv, &line, &err), KUNCI_USAGE_VALUE);
    opt_clear(&line);
}

/* Some have it set, and getopt then stops at the first word. */
static void test_posixly_correct(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *argv[ARGUMENTS_MAX + 1], copy[128];
    struct command_line line;
    int argc = split("kunci token --json list", copy, sizeof copy, argv);

    (void)state;
    assert_int_equal(setenv("POSIXLY_CORRECT", "1", 1), 0);
    assert_int_equal(opt_parse(argc, argv, &line, &err), KUNCI_OK);
    assert_int_equal(unsetenv("POSIXLY_CORRECT"), 0);
    assert_non_null(line.option[OPT_JSON]);
    assert_string_equal(line.word[1], "list");
    opt_clear(&line);
}

static void test_belonging(void **state)
{
    static const struct {
        const char *name, *in;
        option_set takes, needs;
        enum kunci_rc want;
        const char *about;
    } rows[] = {
        {"global anywhere", "kunci token list --json --token a", 0, 0, KUNCI_OK, ""},
        {"its own", "kunci token init --label a", OPTION(LABEL), OPTION(LABEL), KUNCI_OK, ""},
        {"another's", "kunci token list --label a", 0, 0, KUNCI_USAGE_MISPLACED, "--label"},
        {"needed", "kunci token init", OPTION(LABEL), OPTION(LABEL), KUNCI_USAGE_MISSING,
         "--label"},
        {"misplaced before missing", "kunci token init --der", OPTION(LABEL), OPTION(LABEL),
         KUNCI_USAGE_MISPLACED, "--der"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        char *argv[ARGUMENTS_MAX + 1], copy[128];
        struct command_line line;
        int argc = split(rows[i].in, copy, sizeof copy, argv);

        print_message("%s\n", rows[i].name);
        assert_int_equal(opt_parse(argc, argv, &line, &err), KUNCI_OK);
        assert_int_equal(opt_check(&line, "token init", rows[i].takes, rows[i].needs, &err),
                         rows[i].want);
        assert_string_equal(err.about, rows[i].about);
        opt_clear(&line);
    }
}

static void test_numbers(void **state)
{
    static const struct {
        const char *in;
        long most, want;
    } rows[] = {
        {"0", 9, 0},
        {"9", 9, 9},
        {"10", 9, -1},
        {"", 9, -1},
        {"-1", 9, -1},
        {"+1", 9, -1},
        {" 1", 9, -1},
        {"1x", 9, -1},
        {"2147483647", 2147483647, 2147483647},
        {"99999999999999999999999", 2147483647, -1},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(opt_number(rows[i].in, rows[i].most), rows[i].want);
}

static void test_names_in_the_table(void **state)
{
    static const struct {
        const char *noun, *verb;
        enum kunci_rc want;
        const char *about, *meant;
    } rows[] = {
        {"token", "list", KUNCI_OK, "", ""},
        {"tokn", "list", KUNCI_USAGE_COMMAND, "tokn", "token"},
        {"token", "lst", KUNCI_USAGE_COMMAND, "token lst", "token list"},
        {"token", "frobnicate", KUNCI_USAGE_COMMAND, "token frobnicate", ""},
        {"", "", KUNCI_USAGE_COMMAND, "", ""},
        {"a\033[31m", "x", KUNCI_USAGE_COMMAND, "a?[31m", ""},
    };
    const struct verb *verb;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;

        assert_int_equal(table_verb(rows[i].noun, rows[i].verb, &verb, &err), rows[i].want);
        assert_string_equal(err.about, rows[i].about);
        assert_string_equal(err.detail, rows[i].meant);
    }
}

/* What a command cannot do without, it must also take. */
static void test_table_is_sound(void **state)
{
    const struct verb *verb;

    (void)state;
    for (verb = verbs; verb->noun; verb++) {
        struct kunci_err err = KUNCI_ERR_INIT;

        assert_int_equal(table_noun(verb->noun, &err), KUNCI_OK);
        assert_int_equal(verb->required & ~verb->options, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_all_is_read_after_a_mistake),
        cmocka_unit_test(test_all_choices_at_once),
        cmocka_unit_test(test_posixly_correct),
        cmocka_unit_test(test_belonging),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names_in_the_table),
        cmocka_unit_test(test_table_is_sound),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
