/* Certificates and CRLs from files and folders. */
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "trust/stock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 << 20 }; /* a CRL of five million entries */

static enum kunci_rc read_fd(const char *path, int fd, struct buf *bytes, struct kunci_err *err)
{
    char chunk[65536];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_system(err, KUNCI_FILE_READ, path, errno);
        if (bytes->len + (size_t)got > FILE_MAX)
            return err_set(err, KUNCI_FILE_TOO_LARGE, path, NULL);
        buf_add(bytes, chunk, (size_t)got);
        if (bytes->failed)
            return err_no_memory(err);
    }
    return KUNCI_OK;
}

/* Takes the descriptor over. */
static enum kunci_rc read_file(struct stock *stock, int fd, const char *path, struct kunci_err *err)
{
    struct buf bytes = {0};
    enum kunci_rc rc;

    if (fd < 0)
        return err_system(err, KUNCI_FILE_READ, path, errno);
    rc = read_fd(path, fd, &bytes, err);
    if (rc == KUNCI_OK && stock_add_any(stock, bytes.data, bytes.len) <= 0)
        rc = stock->failed ? err_no_memory(err)
                           : err_set(err, KUNCI_TRUST_FILE, path,
                                     _("it holds neither certificates nor CRLs, or damaged ones"));
    close(fd);
    buf_clear(&bytes);
    return rc;
}

static enum kunci_rc read_folder(struct stock *stock, const char *path, struct kunci_err *err)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    enum kunci_rc rc = KUNCI_OK;
    int fd;

    if (!folder)
        return err_system(err, KUNCI_FILE_READ, path, errno);
    while (rc != KUNCI_NO_MEMORY && (entry = readdir(folder))) {
        struct kunci_err passed_over = KUNCI_ERR_INIT;

        if (entry->d_name[0] == '.' || entry->d_type == DT_DIR)
            continue;
        /* A pipe that somebody has put there shall keep nobody waiting. */
        fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        rc = read_file(stock, fd, entry->d_name, &passed_over);
        if (rc != KUNCI_OK)
            log_event("trust.passed_over", "folder", path, "file", entry->d_name, "why",
                      passed_over.detail, NULL);
    }
    closedir(folder);
    return rc == KUNCI_NO_MEMORY ? err_no_memory(err) : KUNCI_OK;
}

enum kunci_rc stock_read(struct stock *stock, const char *path, struct kunci_err *err)
{
    struct stat about;

    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return read_folder(stock, path, err);
    return read_file(stock, open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), path, err);
}
