/* Files in the lab's folder, reached from the open folder. */
#include "cli/lab.h"
#include "cli/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kunci_rc lab_write(const struct lab *lab, const char *name, const void *bytes, size_t len,
                        struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    const char *left = bytes;
    int fd;

    fd = openat(lab->folder, LAB_PART, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_system(err, KUNCI_FILE_WRITE, name, errno);
    while (len && rc == KUNCI_OK) {
        ssize_t put = write(fd, left, len);

        if (put >= 0)
            left += put, len -= (size_t)put;
        else if (errno != EINTR)
            rc = fail_system(err, KUNCI_FILE_WRITE, name, errno);
    }
    if (close(fd) != 0 && rc == KUNCI_OK)
        rc = fail_system(err, KUNCI_FILE_WRITE, name, errno);
    if (rc == KUNCI_OK && renameat(lab->folder, LAB_PART, lab->folder, name) != 0)
        rc = fail_system(err, KUNCI_FILE_WRITE, name, errno);
    return rc;
}

enum kunci_rc lab_read(const struct lab *lab, const char *name, char *buf, size_t size,
                       struct kunci_err *err)
{
    int fd = openat(lab->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return fail_system(err, KUNCI_FILE_READ, name, errno);
    got = read(fd, buf, size - 1); /* our own small files: one read gets them whole */
    if (got < 0)
        (void)fail_system(err, KUNCI_FILE_READ, name, errno);
    buf[got > 0 ? got : 0] = '\0';
    close(fd);
    return err->rc;
}

enum kunci_rc lab_mkdir(const struct lab *lab, const char *name, struct kunci_err *err)
{
    if (mkdirat(lab->folder, name, 0700) != 0)
        return fail_system(err, KUNCI_FILE_WRITE, name, errno);
    return KUNCI_OK;
}

bool lab_has(const struct lab *lab, const char *name)
{
    struct stat about;

    return fstatat(lab->folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode);
}

/* Empties the folder and closes it. */
static int unlink_all(int folder)
{
    DIR *entries = fdopendir(folder);
    const struct dirent *entry;
    int result = 0, errnum;

    if (!entries) {
        errnum = errno;
        close(folder);
        errno = errnum;
        return -1;
    }
    while (result == 0 && (entry = readdir(entries)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = lab_unlink(dirfd(entries), entry->d_name);
    errnum = errno;
    closedir(entries);
    errno = errnum;
    return result;
}

int lab_unlink(int folder, const char *name)
{
    int inner;

    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return -1;
    inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0 || unlink_all(inner) != 0)
        return -1;
    return unlinkat(folder, name, AT_REMOVEDIR);
}
