#include "cli/file.h"

#include "cli/words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end or until one byte more than limit is there. */
static int read_all(int fd, char *to, size_t limit, size_t *len)
{
    ssize_t got;

    *len = 0;
    while (*len <= limit && (got = read(fd, to + *len, limit + 1 - *len)) != 0) {
        if (got > 0)
            *len += (size_t)got;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

enum kunci_rc file_read(const char *path, size_t limit, char **out, size_t *len,
                        struct kunci_err *err)
{
    bool own = !is_standard(path);
    int fd = own ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    const char *name = own ? path : _("Standard input");
    enum kunci_rc rc = KUNCI_OK;
    int errnum;

    *out = NULL;
    if (fd < 0)
        return fail_system(err, KUNCI_FILE_READ, name, errno);
    *out = malloc(limit + 1);
    if (!*out)
        rc = fail_memory(err);
    else if ((errnum = read_all(fd, *out, limit, len)))
        rc = fail_system(err, KUNCI_FILE_READ, name, errnum);
    else if (*len > limit)
        rc = fail(err, KUNCI_FILE_TOO_LARGE, name, NULL);
    if (rc != KUNCI_OK) {
        free(*out);
        *out = NULL;
    }
    if (own)
        close(fd);
    return rc;
}

/* Where to write; NULL: standard output. */
static const char *output_of(const struct command *command)
{
    const char *path = command->option[OPT_OUTPUT];

    return path && !is_standard(path) ? path : NULL;
}

enum kunci_rc file_check_new(const struct command *command, const char *path, struct kunci_err *err)
{
    struct stat about;

    if (is_standard(path))
        return command->out.json
                   ? fail(err, KUNCI_USAGE_VALUE, path, _("with --json it has to be a file"))
                   : KUNCI_OK;
    if (lstat(path, &about) != 0)
        return errno == ENOENT ? KUNCI_OK : fail_system(err, KUNCI_FILE_WRITE, path, errno);
    if (!command->option[OPT_FORCE])
        return fail(err, KUNCI_FILE_EXISTS, path, NULL);
    if (!S_ISREG(about.st_mode)) /* what would be replaced is a device, a folder, a link */
        return fail(err, KUNCI_FILE_WRITE, path, _("it is not a plain file"));
    return KUNCI_OK;
}

enum kunci_rc file_check_output(const struct command *command, struct kunci_err *err)
{
    const char *path = output_of(command);

    if (path)
        return file_check_new(command, path, err);
    if (command->out.json && command->option[OPT_DER])
        return fail(err, KUNCI_USAGE_MISSING, "--output", NULL); /* DER is no JSON */
    return KUNCI_OK;
}

/* Writes, gives the file the permissions of any new one, and waits for the disk. */
static int write_all(int fd, const char *bytes, size_t len)
{
    mode_t mask = umask(0);

    umask(mask);
    while (len) {
        ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno != EINTR)
            return errno;
        bytes += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return fchmod(fd, 0666 & ~mask) != 0 || fsync(fd) != 0 ? errno : 0;
}

/* Some file systems cannot refuse to overwrite; file_check_output() has looked. */
static int put_in_place(const char *temporary, const char *path, bool force)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, force ? 0 : RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EINVAL && rename(temporary, path) == 0)
        return 0;
    return errno;
}

/* The whole file under its name, or nothing. */
static enum kunci_rc write_file(const char *path, const char *bytes, size_t len, bool force,
                                struct kunci_err *err)
{
    char temporary[PATH_MAX];
    int fd, errnum;

    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return fail_system(err, KUNCI_FILE_WRITE, path, ENAMETOOLONG);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail_system(err, KUNCI_FILE_WRITE, path, errno);
    errnum = write_all(fd, bytes, len);
    if (close(fd) != 0 && !errnum)
        errnum = errno;
    if (!errnum)
        errnum = put_in_place(temporary, path, force);
    if (!errnum)
        return KUNCI_OK;
    unlink(temporary);
    if (errnum == EEXIST)
        return fail(err, KUNCI_FILE_EXISTS, path, NULL);
    return fail_system(err, KUNCI_FILE_WRITE, path, errnum);
}

/* A name in the answer has to be UTF-8, which a file's need not be. */
static enum kunci_rc answer_file(struct command *command, const char *path, struct kunci_err *err)
{
    char shown[PATH_MAX];

    words_printable(shown, sizeof shown, path);
    out_note(&command->out, _("Written to %s."), shown);
    return out_put(command->answer, "file", json_string(shown), err);
}

enum kunci_rc file_write(struct command *command, const char *path, const char *bytes, size_t len,
                         struct kunci_err *err)
{
    enum kunci_rc rc;

    if (is_standard(path)) {
        out_bytes(&command->out, bytes, len);
        return KUNCI_OK;
    }
    rc = write_file(path, bytes, len, command->option[OPT_FORCE] != NULL, err);
    return rc == KUNCI_OK ? answer_file(command, path, err) : rc;
}

/* To the file, or as the answer; pem: the same as text, NULL where it is none. */
static enum kunci_rc deliver(struct command *command, const void *bytes, size_t len,
                             const char *pem, struct kunci_err *err)
{
    const char *path = output_of(command);

    if (path)
        return file_write(command, path, bytes, len, err);
    if (command->out.json)
        return out_put(command->answer, "pem", json_string(pem), err);
    out_bytes(&command->out, bytes, len);
    return KUNCI_OK;
}

enum kunci_rc file_deliver_text(struct command *command, const char *text, struct kunci_err *err)
{
    return deliver(command, text, strlen(text), text, err);
}

enum kunci_rc file_deliver(struct command *command, const char *pem_name, const unsigned char *der,
                           size_t len, struct kunci_err *err)
{
    char *pem = NULL;
    enum kunci_rc rc;

    if (command->option[OPT_DER])
        return deliver(command, der, len, NULL, err);
    rc = kunci_pem_write(pem_name, der, len, &pem, err);
    if (rc == KUNCI_OK)
        rc = file_deliver_text(command, pem, err);
    free(pem);
    return rc;
}
