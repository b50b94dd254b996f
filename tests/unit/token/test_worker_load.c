/* Modules that cannot be loaded, or not wholly: the error names them and says why, at
 * once, and this process is none the worse for it. */
#include "lib/measure.h"
#include "token/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_S = 1, AT_ONCE_MS = 10000 };

static const struct wrong {
    const char *file, *why;
} wrongs[] = {
    {"not_there", "No such file"},
    {"text", "file too short"},
    {"no_list", "C_GetFunctionList"},
    {"refuses", "C_GetFunctionList"},
    {"null_list", "C_GetFunctionList"},
    {"holes", ""},
    {"aborts", "killed by signal 6: the licence has expired"},
    {"hangs", "no answer for 1000 ms"},
    {"undefined", "kunci_is_nowhere"},
};

static enum kunci_rc open_module(const char *file, struct kunci_modules **modules,
                                 struct kunci_err *err)
{
    char path[512], name[64];
    struct kunci_module_setting setting = {.module = name, .deadline_s = DEADLINE_S};
    const struct kunci_modules_options how = {
        .path = path, .settings = &setting, .setting_count = 1};

    snprintf(name, sizeof name, "%s.so", file);
    snprintf(path, sizeof path, "%s/%s", WRONG, name);
    return kunci_modules_open(&how, modules, err);
}

static void no_child_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void is_named(void **state)
{
    const struct wrong *wrong = *state;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_modules *modules;
    double began = measure_wall();

    assert_int_equal(open_module(wrong->file, &modules, &err), KUNCI_MODULE_LOAD);
    assert_true(measure_wall() - began < AT_ONCE_MS);
    assert_null(modules);
    assert_non_null(strstr(err.about, wrong->file));
    if (!strstr(err.detail, wrong->why))
        fail_msg("\"%s\" does not say \"%s\"", err.detail, wrong->why);
    no_child_is_left();
}

/* It starts, and has no functions besides. */
static void half_a_module_is_none(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_modules *modules;

    (void)state;
    assert_int_not_equal(open_module("half", &modules, &err), KUNCI_OK);
    assert_non_null(strstr(err.about, "half"));
    assert_null(modules);
    no_child_is_left();
}

/* Each has a function list of its own, and there are so many. */
static void as_many_as_there_are_lists(void **state)
{
    const struct worker_settings settings = {.deadline_ms = 10000};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct worker *workers[WORKER_LIMIT], *last;
    int i;

    (void)state;
    for (i = 0; i < WORKER_LIMIT; i++) {
        assert_int_equal(worker_new(WRONG "/half.so", &settings, &workers[i], &err), KUNCI_OK);
        assert_int_equal(worker_functions(workers[i])->C_Initialize(NULL), CKR_OK);
    }
    assert_int_equal(worker_new(WRONG "/half.so", &settings, &last, &err), KUNCI_MODULE_LOAD);
    assert_null(last);
    worker_free(workers[7]);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(worker_new(WRONG "/half.so", &settings, &workers[7], &err), KUNCI_OK);
    for (i = 0; i < WORKER_LIMIT; i++)
        worker_free(workers[i]);
    no_child_is_left();
}

static int set_up(void **state)
{
    FILE *text = fopen(WRONG "/text.so", "we");

    (void)state;
    return !text || fputs("no program\n", text) < 0 || fclose(text) != 0;
}

#define IS_NAMED(i)                                                                                \
    {                                                                                              \
        wrongs[i].file, is_named, NULL, NULL, (void *)(uintptr_t)&wrongs[i]                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        IS_NAMED(0),
        IS_NAMED(1),
        IS_NAMED(2),
        IS_NAMED(3),
        IS_NAMED(4),
        IS_NAMED(5),
        IS_NAMED(6),
        IS_NAMED(7),
        IS_NAMED(8),
        cmocka_unit_test(half_a_module_is_none),
        cmocka_unit_test(as_many_as_there_are_lists),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
