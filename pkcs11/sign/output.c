#include "sign/output.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0666, OWN_MODE = 0600, COPY = 16384 };

static const char *name_of(const struct output *out)
{
    return out->path ? out->path : _("The output");
}

static enum kunci_rc failed(const struct output *out, int errnum, struct kunci_err *err)
{
    return err_system(err, errnum == EEXIST ? KUNCI_FILE_EXISTS : KUNCI_FILE_WRITE, name_of(out),
                      errnum);
}

enum kunci_rc output_look(const char *path, bool *exists, struct kunci_err *err)
{
    struct stat about;

    *exists = lstat(path, &about) == 0;
    if (!*exists)
        return errno == ENOENT ? KUNCI_OK : err_system(err, KUNCI_FILE_WRITE, path, errno);
    if (!S_ISREG(about.st_mode)) /* what would be replaced is a device, a folder, a link */
        return err_set(err, KUNCI_FILE_WRITE, path, _("it is not a plain file"));
    return KUNCI_OK;
}

/* ---- a file without a name ---- */

static int open_nameless(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;

    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    return open(len ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
}

static int give_name(const struct output *out)
{
    char own[64];

    snprintf(own, sizeof own, "/proc/self/fd/%d", out->fd);
    return linkat(AT_FDCWD, own, AT_FDCWD, out->path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/* ---- where the system has none such, or a file has to be replaced ---- */

static int open_temporary(struct output *out, const char *path, mode_t mode)
{
    unsigned number;
    int fd = -1;

    do {
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return -1;
        if (snprintf(out->temporary, sizeof out->temporary, "%s.%08x.tmp", path, number) >=
            (int)sizeof out->temporary) {
            out->temporary[0] = '\0';
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(out->temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0)
        out->temporary[0] = '\0';
    return fd;
}

/* What opening a file without a name says where there are none. */
static bool knows_nameless(int errnum)
{
    return errnum != EOPNOTSUPP && errnum != EISDIR && errnum != ENOENT;
}

/* Some file systems cannot refuse to overwrite; who asked for this output has looked. */
static int put_in_place(const struct output *out)
{
    unsigned flags = out->replace ? 0 : RENAME_NOREPLACE;

    if (renameat2(AT_FDCWD, out->temporary, AT_FDCWD, out->path, flags) == 0)
        return 0;
    return errno == EINVAL && rename(out->temporary, out->path) == 0 ? 0 : errno;
}

/* ---- any ---- */

/* A file that replaces another, or that nobody could name later, has a name at once. */
static int open_file(struct output *out)
{
    int fd = -1;

    if (!out->replace && access("/proc/self/fd", F_OK) == 0)
        fd = open_nameless(out->path);
    if (fd >= 0 || (!out->replace && knows_nameless(errno)))
        return fd;
    return open_temporary(out, out->path, MODE);
}

/* What is handed over at the end never has a name that others could find it by. */
static int open_scratch(struct output *out)
{
    const char *set = secure_getenv("TMPDIR"), *folder = set && *set ? set : "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, OWN_MODE);
    char path[PATH_MAX];

    if (fd >= 0 || knows_nameless(errno))
        return fd;
    snprintf(path, sizeof path, "%s/kunci", folder);
    fd = open_temporary(out, path, OWN_MODE);
    if (fd >= 0)
        unlink(out->temporary);
    out->temporary[0] = '\0';
    return fd;
}

enum kunci_rc output_open(const struct kunci_sign_item *item, bool replace, struct output *out,
                          struct kunci_err *err)
{
    *out = (struct output){.path = item->out, .given_fd = item->out_fd, .replace = replace};
    out->fd = out->path ? open_file(out) : open_scratch(out);
    return out->fd >= 0 ? KUNCI_OK : failed(out, errno, err);
}

enum kunci_rc output_put(struct output *out, uint64_t at, const void *bytes, size_t len,
                         struct kunci_err *err)
{
    const unsigned char *left = bytes;

    while (len) {
        ssize_t put = pwrite(out->fd, left, len, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) /* one that takes nothing will take nothing next time either */
            return failed(out, put < 0 ? errno : EIO, err);
        left += put;
        at += (uint64_t)put;
        len -= (size_t)put;
    }
    return KUNCI_OK;
}

/* Reads all of it: this file is ours, and it is that long. */
static enum kunci_rc get(struct output *out, uint64_t at, unsigned char *to, size_t len,
                         struct kunci_err *err)
{
    while (len) {
        ssize_t got = pread(out->fd, to, len, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed(out, got < 0 ? errno : EIO, err);
        to += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return KUNCI_OK;
}

/* Upwards from the end, downwards from the start, so that nothing is written over
 * before it was read. */
enum kunci_rc output_move(struct output *out, uint64_t from, uint64_t to, uint64_t len,
                          unsigned char *chunk, size_t chunk_len, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    uint64_t done, at;

    for (done = 0; rc == KUNCI_OK && done < len && from != to; done += chunk_len) {
        size_t part = len - done < chunk_len ? (size_t)(len - done) : chunk_len;

        at = to > from ? len - done - part : done;
        if ((rc = get(out, from + at, chunk, part, err)) == KUNCI_OK)
            rc = output_put(out, to + at, chunk, part, err);
    }
    return rc;
}

/* Copies the whole to where it was to go. */
static enum kunci_rc hand_over(struct output *out, uint64_t len, struct kunci_err *err)
{
    unsigned char chunk[COPY];
    enum kunci_rc rc = KUNCI_OK;
    uint64_t at = 0;

    while (rc == KUNCI_OK && at < len) {
        size_t part = len - at < sizeof chunk ? (size_t)(len - at) : sizeof chunk, put = 0;

        rc = get(out, at, chunk, part, err);
        while (rc == KUNCI_OK && put < part) {
            ssize_t some = write(out->given_fd, chunk + put, part - put);

            if (some > 0)
                put += (size_t)some;
            else if (some == 0 || errno != EINTR)
                rc = failed(out, some < 0 ? errno : EIO, err);
        }
        at += part;
    }
    return rc;
}

enum kunci_rc output_finish(struct output *out, uint64_t len, struct kunci_err *err)
{
    int errnum = 0;

    if (!out->path)
        return hand_over(out, len, err);
    if (ftruncate(out->fd, (off_t)len) != 0)
        return failed(out, errno, err);
    errnum = *out->temporary ? put_in_place(out) : give_name(out);
    if (errnum)
        return failed(out, errnum, err);
    out->temporary[0] = '\0';
    return KUNCI_OK;
}

void output_close(struct output *out)
{
    if (out->fd >= 0)
        close(out->fd);
    if (*out->temporary)
        unlink(out->temporary);
    out->fd = -1;
    out->temporary[0] = '\0';
}
