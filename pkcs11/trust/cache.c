#include "trust/cache.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILES_MAX = 1000, BYTES_MAX = 512 << 20 };

bool cache_get(const char *folder, const char *name, size_t largest, struct buf *out)
{
    char path[PATH_MAX], chunk[65536];
    ssize_t got = -1;
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return false;
    while (out->len <= largest && ((got = read(fd, chunk, sizeof chunk)) > 0 || errno == EINTR))
        if (got > 0)
            buf_add(out, chunk, (size_t)got);
        else if (got == 0)
            break;
    close(fd);
    if (got == 0 && out->len && !out->failed)
        return true;
    buf_clear(out);
    return false;
}

/* Ours have names of 64 digits; temporary ones that were left behind have more. */
static int is_ours(const struct dirent *entry)
{
    return strspn(entry->d_name, "0123456789abcdef") == CACHE_NAME - 1;
}

struct file {
    char name[NAME_MAX + 1];
    time_t when;
    off_t size;
};

static int older(const void *a, const void *b)
{
    const struct file *one = a, *other = b;

    return (one->when > other->when) - (one->when < other->when);
}

static void drop_oldest(const char *folder)
{
    struct dirent **entries = NULL;
    int i, count = scandir(folder, &entries, is_ours, NULL),
           fd = open(folder, O_RDONLY | O_CLOEXEC);
    struct file *files = count > 0 ? calloc((size_t)count, sizeof *files) : NULL;
    off_t sum = 0;
    struct stat about;

    for (i = 0; i < count; i++) {
        if (files && fstatat(fd, entries[i]->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0) {
            snprintf(files[i].name, sizeof files[i].name, "%s", entries[i]->d_name);
            files[i].when = about.st_mtime;
            sum += files[i].size = about.st_size;
        }
        free(entries[i]);
    }
    free(entries);
    if (files)
        qsort(files, (size_t)count, sizeof *files, older);
    for (i = 0; files && i < count && (sum > BYTES_MAX || count - i > FILES_MAX); i++) {
        sum -= files[i].size;
        unlinkat(fd, files[i].name, 0);
    }
    free(files);
    if (fd >= 0)
        close(fd);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno != EINTR)
            return false;
        bytes += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

void cache_put(const char *folder, const char *name, const void *bytes, size_t len)
{
    char path[PATH_MAX], temporary[PATH_MAX];
    bool done;
    int fd;

    if (len > BYTES_MAX || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
        snprintf(temporary, sizeof temporary, "%s/%s.XXXXXX", folder, name) >=
            (int)sizeof temporary)
        return;
    mkdir(folder, 0700); /* the last part of it; what is missing above is a mistake */
    fd = mkostemp(temporary, O_CLOEXEC);
    done = fd >= 0 && write_all(fd, bytes, len);
    if (fd >= 0) {
        done = close(fd) == 0 && done && rename(temporary, path) == 0;
        if (!done)
            unlink(temporary);
    }
    if (!done)
        log_event("trust.cache", "folder", folder, "trouble", strerror(errno), NULL);
    drop_oldest(folder);
}
