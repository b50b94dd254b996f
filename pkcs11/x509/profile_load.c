/* Profiles as files: those that are shipped lie beside the library. */
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "x509/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <kunci/config.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A name without a '/' is one that is shipped. */
static bool path_of(const char *name, char *to, size_t size)
{
    char folder[PATH_MAX];
    int len;

    if (strchr(name, '/'))
        len = snprintf(to, size, "%s", name);
    else if (kunci_share_path("profiles", folder, sizeof folder))
        len = snprintf(to, size, "%s/%s.yaml", folder, name);
    else
        return false;
    return len > 0 && (size_t)len < size;
}

/* Answers errno, 0 where all was read. */
static int read_file(const char *path, struct buf *to)
{
    char part[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), errnum = 0;
    ssize_t got = 1;

    if (fd < 0)
        return errno;
    while (got > 0 && to->len <= YAML_MAX_SIZE) {
        got = read(fd, part, sizeof part);
        errnum = got < 0 ? errno : 0;
        if (got > 0)
            buf_add(to, part, (size_t)got);
    }
    close(fd);
    return errnum;
}

enum kunci_rc profile_load(const char *name, struct profile *out, struct kunci_err *err)
{
    char path[PATH_MAX];
    struct buf text = {0};
    enum kunci_rc rc;
    int errnum;

    *out = (struct profile){.name = NULL};
    errnum = path_of(name, path, sizeof path) ? read_file(path, &text) : ENAMETOOLONG;
    if (errnum)
        rc = err_system(err, KUNCI_PROFILE_NOT_FOUND, name, errnum);
    else if (text.failed)
        rc = err_no_memory(err);
    else
        rc = profile_read(name, text.data, text.len, out, err);
    buf_clear(&text);
    return rc;
}
