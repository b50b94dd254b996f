#include "cli/pool.h"

#include "cli/file.h"
#include "cli/words.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum kunci_rc pool_add(struct pool *pool, struct certs_der der, struct kunci_err *err)
{
    struct certs_der *certs = reallocarray(pool->certs, pool->count + 1, sizeof *certs);

    if (!certs) {
        free(der.bytes);
        return fail_memory(err);
    }
    pool->certs = certs;
    pool->certs[pool->count++] = der;
    return KUNCI_OK;
}

void pool_clear(struct pool *pool)
{
    size_t i;

    for (i = 0; i < pool->count; i++)
        free(pool->certs[i].bytes);
    free(pool->certs);
    *pool = (struct pool){NULL, 0};
}

/* One block of PEM, or DER; what is no certificate is passed over. */
static enum kunci_rc add_block(struct pool *pool, const char *bytes, size_t len,
                               struct kunci_err *err)
{
    struct kunci_err none = KUNCI_ERR_INIT;
    struct certs_der der;
    enum kunci_rc rc = kunci_cert_read(bytes, len, &der.bytes, &der.len, &none);

    if (rc == KUNCI_NO_MEMORY)
        return fail_memory(err);
    return rc == KUNCI_OK ? pool_add(pool, der, err) : KUNCI_OK;
}

static enum kunci_rc add_file(struct pool *pool, const char *path, struct kunci_err *err)
{
    static const char begin[] = "-----BEGIN ";
    char *bytes = NULL, *block, *next;
    size_t len = 0;
    enum kunci_rc rc = file_read(path, CERTS_FILE_MAX, &bytes, &len, err);

    if (rc == KUNCI_OK && !(block = memmem(bytes, len, begin, sizeof begin - 1)))
        rc = add_block(pool, bytes, len, err);
    else
        for (; rc == KUNCI_OK && block; block = next) {
            size_t left = len - (size_t)(block - bytes);

            next = memmem(block + 1, left - 1, begin, sizeof begin - 1);
            rc = add_block(pool, block, next ? (size_t)(next - block) : left, err);
        }
    free(bytes);
    return rc;
}

/* Plain files alone, as a pipe would be waited for. */
static enum kunci_rc add_folder(struct pool *pool, const char *path, struct kunci_err *err)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    enum kunci_rc rc = KUNCI_OK;
    char file[PATH_MAX];
    struct stat about;

    if (!folder)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    while (rc == KUNCI_OK && (entry = readdir(folder))) {
        int len = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);

        if (len < (int)sizeof file && stat(file, &about) == 0 && S_ISREG(about.st_mode) &&
            about.st_size <= CERTS_FILE_MAX)
            rc = add_file(pool, file, err);
    }
    closedir(folder);
    return rc;
}

enum kunci_rc pool_add_path(struct pool *pool, const char *path, struct kunci_err *err)
{
    size_t before = pool->count;
    struct stat about;
    enum kunci_rc rc;

    if (stat(path, &about) != 0)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    if (S_ISDIR(about.st_mode))
        return add_folder(pool, path, err);
    rc = add_file(pool, path, err);
    if (rc == KUNCI_OK && pool->count == before)
        rc = fail(err, KUNCI_CERT_INVALID, path, _("no certificate is in it"));
    return rc;
}

enum kunci_rc pool_append(const struct pool *pool, unsigned char **der, size_t *len,
                          struct kunci_err *err)
{
    size_t i, all = *len;
    unsigned char *grown;

    for (i = 0; i < pool->count; i++)
        all += pool->certs[i].len;
    if (!(grown = realloc(*der, all + 1)))
        return fail_memory(err);
    *der = grown;
    for (i = 0; i < pool->count; i++) {
        memcpy(grown + *len, pool->certs[i].bytes, pool->certs[i].len);
        *len += pool->certs[i].len;
    }
    return KUNCI_OK;
}
