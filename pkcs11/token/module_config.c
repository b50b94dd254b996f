#include "token/module_config.h"

#include "base/error.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".module"

static const char *const patterns[] = {
    "/usr/share/p11-kit/modules/*" SUFFIX,
    "/etc/pkcs11/modules/*" SUFFIX,
};

/* Those that p11-kit runs elsewhere, or in some programs only, are its own affair. */
static bool is_ours(const char *key, const char *value)
{
    return strcmp(key, "remote") != 0 && strcmp(key, "enable-in") != 0 &&
           strcmp(key, "disable-in") != 0 &&
           (strcmp(key, "trust-policy") != 0 || strcmp(value, "yes") != 0);
}

/* "key: value"; answers the path of the module, to be freed, or NULL. */
static char *read_path(const char *file)
{
    FILE *in = fopen(file, "re");
    char line[4096], key[64], value[4096], *path = NULL;
    bool ours = true;

    while (in && fgets(line, sizeof line, in)) {
        if (sscanf(line, " %63[^:# \t] : %4095s", key, value) != 2)
            continue;
        ours &= is_ours(key, value);
        if (strcmp(key, "module") == 0 && value[0] == '/') {
            free(path);
            path = strdup(value);
        }
    }
    if (in)
        fclose(in);
    if (ours)
        return path;
    free(path);
    return NULL;
}

static enum kunci_rc add(struct module_config *config, const char *file, struct kunci_err *err)
{
    struct configured_module *grown, made = {.path = read_path(file)};
    const char *name = strrchr(file, '/') + 1;

    if (!made.path)
        return KUNCI_OK;
    made.name = strndup(name, strlen(name) - strlen(SUFFIX));
    grown = realloc(config->modules, (config->count + 1) * sizeof *grown);
    if (grown)
        config->modules = grown;
    if (!made.name || !grown) {
        free(made.name);
        free(made.path);
        return err_no_memory(err);
    }
    config->modules[config->count++] = made;
    return KUNCI_OK;
}

enum kunci_rc module_config_read(struct module_config *out, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i, j;

    memset(out, 0, sizeof *out);
    for (i = 0; rc == KUNCI_OK && i < sizeof patterns / sizeof *patterns; i++) {
        glob_t found = {.gl_pathc = 0};

        if (glob(patterns[i], 0, NULL, &found) == 0)
            for (j = 0; rc == KUNCI_OK && j < found.gl_pathc; j++)
                rc = add(out, found.gl_pathv[j], err);
        globfree(&found);
    }
    if (rc != KUNCI_OK)
        module_config_clear(out);
    return rc;
}

void module_config_clear(struct module_config *config)
{
    size_t i;

    for (i = 0; i < config->count; i++) {
        free(config->modules[i].name);
        free(config->modules[i].path);
    }
    free(config->modules);
    memset(config, 0, sizeof *config);
}
