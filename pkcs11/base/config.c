#include "base/config.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const languages[] = {"id", "en", NULL};
static const char *const evps[] = {
    [KUNCI_EVP_PROVIDER] = "provider", [KUNCI_EVP_LIBP11] = "libp11", NULL};

static const struct json_field settings[] = {
    {.name = "module", .kind = JSON_KIND_STRING, .offset = offsetof(struct kunci_config, module)},
    {.name = "lang",
     .kind = JSON_KIND_STRING,
     .offset = offsetof(struct kunci_config, lang),
     .choices = languages},
    {.name = "evp",
     .kind = JSON_KIND_CHOICE,
     .offset = offsetof(struct kunci_config, evp),
     .choices = evps},
};

enum kunci_rc config_read(const char *name, const void *bytes, size_t len, struct kunci_config *out,
                          struct kunci_err *err)
{
    struct json_document document;
    enum kunci_rc rc;

    *out = (struct kunci_config){.evp = KUNCI_EVP_PROVIDER};
    if ((rc = yaml_read(name, bytes, len, &document, err)) != KUNCI_OK)
        return rc;
    rc = json_read_object(&document, document.root, settings, sizeof settings / sizeof *settings,
                          out, err);
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

void kunci_config_clear(struct kunci_config *config)
{
    free(config->module);
    free(config->lang);
    *config = (struct kunci_config){0};
}
