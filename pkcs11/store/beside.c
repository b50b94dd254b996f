#include "store/beside.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum kunci_rc failed(const struct beside *beside, const char *path, int errnum,
                            struct kunci_err *err)
{
    return err_system(err, errnum == EEXIST ? KUNCI_FILE_EXISTS : beside->failure, path, errnum);
}

enum kunci_rc beside_make(struct beside *beside, const char *path, enum kunci_rc failure,
                          struct kunci_err *err)
{
    int fd;

    beside->failure = failure;
    beside->path[0] = '\0';
    if (access(path, F_OK) == 0)
        return failed(beside, path, EEXIST, err);
    if (snprintf(beside->path, sizeof beside->path, "%s.XXXXXX", path) >=
        (int)sizeof beside->path) {
        beside->path[0] = '\0';
        return failed(beside, path, ENAMETOOLONG, err);
    }
    fd = mkostemp(beside->path, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        int errnum = errno;

        beside->path[0] = '\0';
        return failed(beside, path, errnum, err);
    }
    close(fd);
    return KUNCI_OK;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC), errnum = 0;

    if (fd < 0)
        return errno;
    if (fsync(fd) != 0)
        errnum = errno;
    close(fd);
    return errnum;
}

/* A name is on the disk when its folder is. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');

    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    return sync_path(folder, O_DIRECTORY);
}

enum kunci_rc beside_place(struct beside *beside, const char *path, struct kunci_err *err)
{
    int errnum = sync_path(beside->path, 0);

    /* Unlike renaming, linking refuses on any file system to replace what is there. */
    if (!errnum && link(beside->path, path) != 0)
        errnum = errno;
    if (!errnum) {
        beside_drop(beside);
        errnum = sync_folder(path);
    }
    return errnum ? failed(beside, path, errnum, err) : KUNCI_OK;
}

void beside_drop(struct beside *beside)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal"};
    char path[PATH_MAX + 16];
    size_t i;

    if (!beside->path[0])
        return;
    (void)unlink(beside->path);
    for (i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", beside->path, ends[i]);
        (void)unlink(path);
    }
    beside->path[0] = '\0';
}
