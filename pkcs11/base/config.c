#include "base/config.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const languages[] = {"id", "en", NULL};
static const char *const evps[] = {
    [KUNCI_EVP_PROVIDER] = "provider", [KUNCI_EVP_LIBP11] = "libp11", NULL};

static const char *const isolations[] = {[KUNCI_ISOLATION_USUAL] = "usual",
                                         [KUNCI_ISOLATION_PROCESS] = "process",
                                         [KUNCI_ISOLATION_NONE] = "none",
                                         NULL};

static const char *const resets[] = {
    [KUNCI_PIN_RESET_SO] = "usual", [KUNCI_PIN_RESET_PUK] = "puk", NULL};

static const char *const revocations[] = {[KUNCI_REVOCATION_HARD] = "hard",
                                          [KUNCI_REVOCATION_SOFT] = "soft",
                                          [KUNCI_REVOCATION_OFF] = "off",
                                          NULL};

enum { DEADLINE_MAX_S = 3600, RENEWAL_DAYS = 30, RENEWAL_DAYS_MAX = 366 };

/* The file, before the modules in it are taken apart. */
struct settings {
    struct kunci_config config;
    json_t *modules, *trust, *authority, *ams;
};

static const struct json_field settings[] = {
    {.name = "module", .kind = JSON_KIND_STRING, .offset = offsetof(struct kunci_config, module)},
    {.name = "modules", .kind = JSON_KIND_OBJECT, .offset = offsetof(struct settings, modules)},
    {.name = "trust", .kind = JSON_KIND_OBJECT, .offset = offsetof(struct settings, trust)},
    {.name = "procedures",
     .kind = JSON_KIND_STRING,
     .offset = offsetof(struct kunci_config, procedures)},
    {.name = "tsa", .kind = JSON_KIND_LIST, .offset = offsetof(struct kunci_config, tsa)},
    {.name = "clock", .kind = JSON_KIND_STRING, .offset = offsetof(struct kunci_config, clock)},
    {.name = "authority", .kind = JSON_KIND_OBJECT, .offset = offsetof(struct settings, authority)},
    {.name = "ams", .kind = JSON_KIND_OBJECT, .offset = offsetof(struct settings, ams)},
    {.name = "lang",
     .kind = JSON_KIND_STRING,
     .offset = offsetof(struct kunci_config, lang),
     .choices = languages},
    {.name = "evp",
     .kind = JSON_KIND_CHOICE,
     .offset = offsetof(struct kunci_config, evp),
     .choices = evps},
};

static const struct json_field of_module[] = {
    {.name = "isolation",
     .kind = JSON_KIND_CHOICE,
     .offset = offsetof(struct kunci_module_setting, isolation),
     .choices = isolations},
    {.name = "serial",
     .kind = JSON_KIND_BOOL,
     .offset = offsetof(struct kunci_module_setting, serial)},
    {.name = "deadline",
     .kind = JSON_KIND_INT,
     .offset = offsetof(struct kunci_module_setting, deadline_s),
     .min = 1,
     .max = DEADLINE_MAX_S},
    {.name = "reset",
     .kind = JSON_KIND_CHOICE,
     .offset = offsetof(struct kunci_module_setting, reset),
     .choices = resets},
    {.name = "initialise",
     .kind = JSON_KIND_STRING,
     .offset = offsetof(struct kunci_module_setting, initialise)},
};

static const struct json_field of_trust[] = {
    {.name = "anchors",
     .kind = JSON_KIND_LIST,
     .offset = offsetof(struct kunci_config_trust, anchors)},
    {.name = "others",
     .kind = JSON_KIND_LIST,
     .offset = offsetof(struct kunci_config_trust, others)},
    {.name = "system",
     .kind = JSON_KIND_BOOL,
     .offset = offsetof(struct kunci_config_trust, system)},
    {.name = "offline",
     .kind = JSON_KIND_BOOL,
     .offset = offsetof(struct kunci_config_trust, offline)},
    {.name = "cache",
     .kind = JSON_KIND_STRING,
     .offset = offsetof(struct kunci_config_trust, cache)},
    {.name = "revocation",
     .kind = JSON_KIND_CHOICE,
     .offset = offsetof(struct kunci_config_trust, revocation),
     .choices = revocations},
};

#define OF(type, member) .offset = offsetof(struct kunci_config_##type, member)

static const struct json_field of_authority[] = {
    {.name = "url", .kind = JSON_KIND_STRING, OF(authority, url), .required = true},
    {.name = "ca", .kind = JSON_KIND_STRING, OF(authority, ca), .required = true},
    {.name = "delete_old_keys", .kind = JSON_KIND_BOOL, OF(authority, delete_old_keys)},
};

static const struct json_field of_ams[] = {
    {.name = "store", .kind = JSON_KIND_STRING, OF(ams, store), .required = true},
    {.name = "node", .kind = JSON_KIND_STRING, OF(ams, node)},
    {.name = "token", .kind = JSON_KIND_STRING, OF(ams, token), .required = true},
    {.name = "pin_file", .kind = JSON_KIND_STRING, OF(ams, pin_file)},
    {.name = "listen", .kind = JSON_KIND_STRING, OF(ams, listen), .required = true},
    {.name = "url", .kind = JSON_KIND_STRING, OF(ams, url), .required = true},
    {.name = "public", .kind = JSON_KIND_STRING, OF(ams, public), .required = true},
    {.name = "public_url", .kind = JSON_KIND_STRING, OF(ams, public_url), .required = true},
    {.name = "rules", .kind = JSON_KIND_LIST, OF(ams, rules)},
    {.name = "domains", .kind = JSON_KIND_LIST, OF(ams, domains)},
    {.name = "renewal_days",
     .kind = JSON_KIND_INT,
     OF(ams, renewal_days),
     .min = 1,
     .max = RENEWAL_DAYS_MAX},
};

static enum kunci_rc read_modules(const struct json_document *document, json_t *modules,
                                  struct kunci_config *out, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    const char *name;
    json_t *module = NULL;

    if (!(out->modules = calloc(json_object_size(modules) + 1, sizeof *out->modules)))
        return err_no_memory(err);
    json_object_foreach(modules, name, module)
    {
        struct kunci_module_setting *setting = &out->modules[out->module_count++];

        if (!(setting->module = strdup(name)))
            return err_no_memory(err);
        rc = json_read_object(document, module, of_module, sizeof of_module / sizeof *of_module,
                              setting, err);
        if (rc != KUNCI_OK)
            break;
    }
    return rc;
}

static enum kunci_rc read_authorities(const struct json_document *document,
                                      const struct settings *read, struct kunci_config *out,
                                      struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;

    if (read->authority)
        rc = json_read_object(document, read->authority, of_authority,
                              sizeof of_authority / sizeof *of_authority, &out->authority, err);
    out->ams.renewal_days = RENEWAL_DAYS;
    if (rc == KUNCI_OK && read->ams)
        rc = json_read_object(document, read->ams, of_ams, sizeof of_ams / sizeof *of_ams,
                              &out->ams, err);
    return rc;
}

/* Here a line can be named, long before a signature fails for it. */
static enum kunci_rc check_tsa(const struct json_document *document, char *const *urls,
                               struct kunci_err *err)
{
    for (; urls && *urls; urls++)
        if (strncasecmp(*urls, "http://", 7) != 0 && strncasecmp(*urls, "https://", 8) != 0)
            return json_complain(document, document->root, "tsa",
                                 _("it begins with http:// or https://"), err);
    return KUNCI_OK;
}

enum kunci_rc config_read(const char *name, const void *bytes, size_t len, struct kunci_config *out,
                          struct kunci_err *err)
{
    struct settings read = {.config = {.evp = KUNCI_EVP_PROVIDER}};
    struct json_document document;
    enum kunci_rc rc;

    *out = read.config;
    if ((rc = yaml_read(name, bytes, len, &document, err)) != KUNCI_OK)
        return rc;
    rc = json_read_object(&document, document.root, settings, sizeof settings / sizeof *settings,
                          &read, err);
    *out = read.config;
    if (rc == KUNCI_OK)
        rc = check_tsa(&document, out->tsa, err);
    if (rc == KUNCI_OK && read.modules)
        rc = read_modules(&document, read.modules, out, err);
    if (rc == KUNCI_OK && read.trust)
        rc = json_read_object(&document, read.trust, of_trust, sizeof of_trust / sizeof *of_trust,
                              &out->trust, err);
    if (rc == KUNCI_OK)
        rc = read_authorities(&document, &read, out, err);
    json_document_clear(&document);
    if (rc != KUNCI_OK)
        kunci_config_clear(out);
    return rc;
}

/* One byte more than the longest is enough to know that a file is too long. */
static enum kunci_rc read_file(const char *path, int fd, struct buf *bytes, struct kunci_err *err)
{
    char chunk[4096];
    ssize_t got;

    while (bytes->len <= YAML_MAX_SIZE && (got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_system(err, KUNCI_FILE_READ, path, errno);
        buf_add(bytes, chunk, (size_t)got);
        if (bytes->failed)
            return err_no_memory(err);
    }
    return KUNCI_OK;
}

enum kunci_rc kunci_config_load(const char *path, struct kunci_config *out, struct kunci_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct buf bytes = {0};
    enum kunci_rc rc;

    *out = (struct kunci_config){0};
    if (fd < 0)
        return err_system(err, KUNCI_FILE_READ, path, errno);
    rc = read_file(path, fd, &bytes, err);
    if (rc == KUNCI_OK)
        rc = config_read(path, bytes.data, bytes.len, out, err);
    close(fd);
    buf_clear(&bytes);
    return rc;
}

static void clear_ams(struct kunci_config_ams *ams)
{
    free(ams->store);
    free(ams->node);
    free(ams->token);
    free(ams->pin_file);
    free(ams->listen);
    free(ams->url);
    free(ams->public);
    free(ams->public_url);
    json_list_free(&ams->rules);
    json_list_free(&ams->domains);
}

void kunci_config_clear(struct kunci_config *config)
{
    size_t i;

    clear_ams(&config->ams);
    free(config->authority.url);
    free(config->authority.ca);
    free(config->clock);

    for (i = 0; i < config->module_count; i++) {
        free(config->modules[i].module);
        free(config->modules[i].initialise);
    }
    free(config->modules);
    json_list_free(&config->trust.anchors);
    json_list_free(&config->trust.others);
    free(config->procedures);
    json_list_free(&config->tsa);
    free(config->trust.cache);
    free(config->module);
    free(config->lang);
    *config = (struct kunci_config){0};
}
