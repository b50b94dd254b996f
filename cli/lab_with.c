/* Tokens that a lab has beside SoftHSM's. Each is brought up and taken down by a
 * script, which stands beside the library. */
#include "cli/lab.h"
#include "cli/words.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCRIPT_TIME_MS = 60000, SCRIPT_OUTPUT = 1 << 16 };

#define MODULE_LINE "export KUNCI_TOKEN_MODULE='"

/* Answers false where there is no such script. */
static bool find_script(const char *name, char *path, size_t size)
{
    char library[PATH_MAX], *slash;
    const char *p;
    Dl_info info;

    for (p = name; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p))
            return false;
    if (!*name || !dladdr((void *)kunci_proc_run, &info) || !info.dli_fname ||
        !realpath(info.dli_fname, library) || !(slash = strrchr(library, '/')))
        return false;
    *slash = '\0';
    return snprintf(path, size, "%s/kunci/tokens/%s", library, name) < (int)size &&
           access(path, X_OK) == 0;
}

static enum kunci_rc run_script(const struct lab *lab, const char *name, const char *verb,
                                struct kunci_err *err)
{
    char script[PATH_MAX], *folder = NULL;
    struct kunci_proc_result result = {0};
    enum kunci_rc rc;

    if (!find_script(name, script, sizeof script))
        return fail(err, KUNCI_LAB_FAILED, name, _("there is no token of that name"));
    if (asprintf(&folder, "%s/" LAB_WITH "/%s", lab->dir, name) < 0)
        return fail_memory(err);
    const char *const argv[] = {script, verb, folder, NULL};
    const struct kunci_proc proc = {
        .argv = argv, .timeout_ms = SCRIPT_TIME_MS, .max_output = SCRIPT_OUTPUT};

    rc = kunci_proc_run(&proc, &result, err);
    kunci_proc_result_clear(&result);
    free(folder);
    return rc;
}

/* The next of the names, which are separated by commas; false after the last. */
static bool next_name(const char **names, char *name, size_t size)
{
    size_t len = strcspn(*names, ",");

    if (!**names)
        return false;
    snprintf(name, size, "%.*s", (int)len, *names);
    *names += len + ((*names)[len] == ',');
    return true;
}

enum kunci_rc lab_with_check(const char *names, struct kunci_err *err)
{
    char name[64], script[PATH_MAX];

    while (next_name(&names, name, sizeof name))
        if (!find_script(name, script, sizeof script))
            return fail(err, KUNCI_USAGE_VALUE, "--with", _("there is no token of that name"));
    return KUNCI_OK;
}

enum kunci_rc lab_with_up(const struct lab *lab, const char *names, struct kunci_err *err)
{
    enum kunci_rc rc = lab_mkdir(lab, LAB_WITH, err);
    char name[64];

    while (rc == KUNCI_OK && next_name(&names, name, sizeof name))
        rc = run_script(lab, name, "up", err);
    return rc;
}

static int is_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

enum kunci_rc lab_with_list(const struct lab *lab, lab_with_each *each, void *context,
                            struct kunci_err *err)
{
    struct dirent **entries = NULL;
    enum kunci_rc rc = KUNCI_OK;
    int i, count = scandirat(lab->folder, LAB_WITH, &entries, is_name, alphasort);

    if (count < 0)
        return errno == ENOENT ? KUNCI_OK : fail_system(err, KUNCI_FILE_READ, LAB_WITH, errno);
    for (i = 0; i < count; i++) {
        if (rc == KUNCI_OK)
            rc = each(lab, entries[i]->d_name, context, err);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static enum kunci_rc take_down(const struct lab *lab, const char *name, void *context,
                               struct kunci_err *err)
{
    (void)context;
    return run_script(lab, name, "down", err);
}

enum kunci_rc lab_with_down(const struct lab *lab, struct kunci_err *err)
{
    return lab_with_list(lab, take_down, NULL, err);
}

enum kunci_rc lab_with_module(const struct lab *lab, const char *name, char *module, size_t size,
                              struct kunci_err *err)
{
    char file[PATH_MAX], lines[8192];
    const char *value;

    snprintf(file, sizeof file, LAB_WITH "/%s/env", name);
    if (lab_read(lab, file, lines, sizeof lines, err) != KUNCI_OK)
        return err->rc;
    value = strstr(lines, MODULE_LINE);
    value = value ? value + strlen(MODULE_LINE) : "";
    snprintf(module, size, "%.*s", (int)strcspn(value, "'"), value);
    return KUNCI_OK;
}
