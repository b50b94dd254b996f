#include "token/module_config.h"

#include "base/error.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <unistd.h>

#define SUFFIX ".module"

enum { LINE = 4096 };

/* What stands in the files, as text. Of two files with one name, what the first one
 * says counts. */
struct entry {
    char *name;
    char *module, *remote, *enable_in, *disable_in, *trust_policy, *priority, *initialise;
};

struct entries {
    struct entry *list;
    size_t count;
};

static const struct {
    const char *key;
    size_t offset;
} keys[] = {
    {"module", offsetof(struct entry, module)},
    {"remote", offsetof(struct entry, remote)},
    {"enable-in", offsetof(struct entry, enable_in)},
    {"disable-in", offsetof(struct entry, disable_in)},
    {"trust-policy", offsetof(struct entry, trust_policy)},
    {"priority", offsetof(struct entry, priority)},
    {"x-init-reserved", offsetof(struct entry, initialise)},
};

enum { KEYS = sizeof keys / sizeof *keys };

static char **value_of(struct entry *entry, size_t key)
{
    return (char **)(void *)((char *)entry + keys[key].offset);
}

static void entries_clear(struct entries *entries)
{
    size_t i, key;

    for (i = 0; i < entries->count; i++) {
        for (key = 0; key < KEYS; key++)
            free(*value_of(&entries->list[i], key));
        free(entries->list[i].name);
    }
    free(entries->list);
}

/* ---- files ---- */

static char *without_blanks(char *text)
{
    char *end;

    text += strspn(text, " \t\r\n");
    end = text + strlen(text);
    while (end > text && strchr(" \t\r\n", end[-1]))
        *--end = '\0';
    return text;
}

/* "key: value". Answers false where the line is none. */
static bool split_line(char *line, char **key, char **value)
{
    char *colon = strchr(line, ':');

    *key = without_blanks(line);
    if (!colon || **key == '#')
        return false;
    *colon = '\0';
    *key = without_blanks(line);
    *value = without_blanks(colon + 1);
    return true;
}

static bool store(struct entry *entry, const char *key, const char *value)
{
    size_t i;

    for (i = 0; i < KEYS; i++) {
        char **to = value_of(entry, i);

        if (strcmp(keys[i].key, key) == 0 && !*to)
            return (*to = strdup(value)) != NULL;
    }
    return true;
}

static bool read_entry(const char *path, struct entry *entry)
{
    FILE *in = fopen(path, "re");
    char line[LINE], *key, *value;
    bool stored = true;

    while (in && stored && fgets(line, sizeof line, in))
        if (split_line(line, &key, &value))
            stored = store(entry, key, value);
    if (in)
        fclose(in);
    return stored;
}

static struct entry *entry_for(struct entries *entries, const char *name, size_t len)
{
    struct entry *grown;
    size_t i;

    for (i = 0; i < entries->count; i++)
        if (strlen(entries->list[i].name) == len && memcmp(entries->list[i].name, name, len) == 0)
            return &entries->list[i];
    if (!(grown = realloc(entries->list, (entries->count + 1) * sizeof *grown)))
        return NULL;
    entries->list = grown;
    grown[i] = (struct entry){.name = strndup(name, len)};
    if (!grown[i].name)
        return NULL;
    entries->count++;
    return &grown[i];
}

static bool read_folder(struct entries *entries, const char *folder)
{
    glob_t found = {.gl_pathc = 0};
    char pattern[LINE];
    bool read = true;
    size_t i;

    snprintf(pattern, sizeof pattern, "%s/*" SUFFIX, folder);
    if (glob(pattern, 0, NULL, &found) == 0)
        for (i = 0; read && i < found.gl_pathc; i++) {
            const char *name = strrchr(found.gl_pathv[i], '/') + 1;
            struct entry *entry = entry_for(entries, name, strlen(name) - strlen(SUFFIX));

            read = entry && read_entry(found.gl_pathv[i], entry);
        }
    globfree(&found);
    return read;
}

/* ---- which folders ---- */

enum user_config { USER_MERGE, USER_NONE, USER_ONLY };

/* A person's own files count for that person's programs alone. */
static enum user_config user_config(void)
{
    FILE *in = fopen("/etc/pkcs11/pkcs11.conf", "re");
    enum user_config how = USER_MERGE;
    char line[LINE], *key, *value;

    while (in && fgets(line, sizeof line, in))
        if (split_line(line, &key, &value) && strcmp(key, "user-config") == 0)
            how = strcmp(value, "none") == 0   ? USER_NONE
                  : strcmp(value, "only") == 0 ? USER_ONLY
                                               : USER_MERGE;
    if (in)
        fclose(in);
    return getuid() == 0 || getauxval(AT_SECURE) ? USER_NONE : how;
}

static void user_folder(char *to, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (config && *config)
        snprintf(to, size, "%s/pkcs11/modules", config);
    else
        snprintf(to, size, "%s/.config/pkcs11/modules", home ? home : "");
}

static bool read_all(struct entries *entries)
{
    enum user_config how = user_config();
    char folder[LINE];
    bool read = true;

    user_folder(folder, sizeof folder);
    if (how != USER_NONE)
        read = read_folder(entries, folder);
    if (how != USER_ONLY)
        read = read && read_folder(entries, "/etc/pkcs11/modules") &&
               read_folder(entries, "/usr/share/p11-kit/modules");
    return read;
}

/* ---- what they mean ---- */

/* Names are parted by commas and blanks. */
static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);

    while (*list) {
        size_t word = strcspn(list, ", \t");

        if (word == len && memcmp(list, name, len) == 0)
            return true;
        list += word;
        list += strspn(list, ", \t");
    }
    return false;
}

static bool is_hidden(const struct entry *entry)
{
    const char *program = program_invocation_short_name;

    if (entry->trust_policy && strcasecmp(entry->trust_policy, "yes") == 0)
        return true;
    if (entry->enable_in)
        return !is_listed(entry->enable_in, program);
    return entry->disable_in && is_listed(entry->disable_in, program);
}

/* Relative names are meant in the folder that p11-kit was built for. */
static char *path_of(const char *module)
{
    char *path;

    if (module[0] == '/')
        return strdup(module);
    return asprintf(&path, KUNCI_P11_MODULES "/%s", module) >= 0 ? path : NULL;
}

static bool understand(struct entry *entry, struct configured_module *to)
{
    bool done = true;

    memset(to, 0, sizeof *to);
    to->hidden = is_hidden(entry) || ((!entry->module || !*entry->module) && !entry->remote);
    to->priority = entry->priority ? strtol(entry->priority, NULL, 10) : 0;
    if (!entry->remote && !to->hidden)
        done = (to->path = path_of(entry->module)) != NULL;
    to->name = entry->name;
    to->initialise = entry->initialise && *entry->initialise ? entry->initialise : NULL;
    entry->name = NULL;
    if (to->initialise)
        entry->initialise = NULL;
    return done;
}

static int by_priority(const void *a, const void *b)
{
    const struct configured_module *left = a, *right = b;

    if (left->priority != right->priority)
        return left->priority > right->priority ? -1 : 1;
    return strcmp(left->name, right->name);
}

enum kunci_rc module_config_read(struct module_config *out, struct kunci_err *err)
{
    struct entries entries = {.list = NULL};
    bool read = read_all(&entries);

    *out = (struct module_config){.modules = NULL};
    if (read && (out->modules = calloc(entries.count + 1, sizeof *out->modules)))
        while (read && out->count < entries.count) {
            read = understand(&entries.list[out->count], &out->modules[out->count]);
            out->count++;
        }
    entries_clear(&entries);
    if (!read || !out->modules) {
        module_config_clear(out);
        return err_no_memory(err);
    }
    qsort(out->modules, out->count, sizeof *out->modules, by_priority);
    return KUNCI_OK;
}

void module_config_clear(struct module_config *config)
{
    size_t i;

    for (i = 0; i < config->count; i++) {
        free(config->modules[i].name);
        free(config->modules[i].path);
        free(config->modules[i].initialise);
    }
    free(config->modules);
    *config = (struct module_config){.modules = NULL};
}
