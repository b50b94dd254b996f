/* Commands of kunci that the lab gives as a person in it would, each in a process of its
 * own. */
#include "cli/lab.h"
#include "cli/words.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHILD_TIME_MS = 60000, CHILD_OUTPUT = 1 << 22, WORDS_MAX = 48, SETTINGS_MAX = 8 };

/* What the person's shell would hand on, and what a sanitizer is told. */
static const char *const handed_on[] = {"LANGUAGE", "ASAN_OPTIONS", "LSAN_OPTIONS", NULL};

enum kunci_rc lab_program(char *path, size_t size, bool served, struct kunci_err *err)
{
    ssize_t len = readlink("/proc/self/exe", path, size - 2);

    if (len < 0)
        return fail_system(err, KUNCI_FILE_READ, "/proc/self/exe", errno);
    path[len] = '\0';
    if (served && path[len - 1] != 'd')
        strcat(path, "d"); /* kunci and kuncid lie side by side */
    return KUNCI_OK;
}

static bool add(char **environment, size_t *count, const char *name, const char *dir,
                const char *value)
{
    int len = dir ? asprintf(&environment[*count], "%s=%s/%s", name, dir, value)
                  : asprintf(&environment[*count], "%s=%s", name, value);

    if (len < 0)
        environment[*count] = NULL;
    else
        (*count)++;
    return len >= 0;
}

static bool make_environment(const struct lab *lab, char **environment)
{
    size_t count = 0, i;
    const char *value;

    if (!add(environment, &count, "SOFTHSM2_CONF", lab->dir, LAB_SOFTHSM_CONF) ||
        !add(environment, &count, "XDG_STATE_HOME", lab->dir, LAB_STATE))
        return false;
    for (i = 0; handed_on[i]; i++)
        if ((value = getenv(handed_on[i])) && !add(environment, &count, handed_on[i], NULL, value))
            return false;
    return true;
}

/* What the command says of its error is the detail of ours. */
static enum kunci_rc explain(const char *what, const json_t *answer, struct kunci_err *unsaid,
                             struct kunci_err *err)
{
    const char *message =
        json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
    char said[512];
    size_t len;

    words_printable(said, sizeof said, message ? message : unsaid->detail);
    len = strlen(said);
    if (len && said[len - 1] == '.') /* ours ends with one */
        said[len - 1] = '\0';
    return fail(err, KUNCI_LAB_FAILED, what, said);
}

enum kunci_rc lab_kunci(const struct lab *lab, const char *const *words, json_t **out,
                        struct kunci_err *err)
{
    const char *argv[WORDS_MAX] = {NULL, "--config", LAB_SETTINGS, "--json", "--yes"};
    char *environment[SETTINGS_MAX] = {NULL}, program[PATH_MAX], what[64];
    struct kunci_proc proc = {.argv = argv,
                              .env = (const char *const *)environment,
                              .dir = lab->dir,
                              .timeout_ms = CHILD_TIME_MS,
                              .max_output = CHILD_OUTPUT};
    struct kunci_proc_result result = {0};
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    json_t *answer = NULL;
    enum kunci_rc rc;
    size_t i, count = 5;

    if (out)
        *out = NULL;
    if ((rc = lab_program(program, sizeof program, false, err)) != KUNCI_OK)
        return rc;
    argv[0] = program;
    if (lab->lang) {
        argv[count++] = "--lang";
        argv[count++] = lab->lang;
    }
    for (i = 0; words[i] && count + 1 < WORDS_MAX; i++)
        argv[count++] = words[i];
    snprintf(what, sizeof what, "kunci %s %s", words[0], words[1] ? words[1] : "");
    if (!make_environment(lab, environment)) {
        rc = fail_memory(err);
    } else {
        rc = kunci_proc_run(&proc, &result, &unsaid);
        answer = result.out ? json_loadb(result.out, result.out_len, 0, NULL) : NULL;
        if (rc != KUNCI_OK)
            rc = explain(what, answer, &unsaid, err);
        if (out)
            *out = json_incref(answer);
    }
    json_decref(answer);
    kunci_proc_result_clear(&result);
    for (i = 0; i < SETTINGS_MAX; i++)
        free(environment[i]);
    return rc;
}
