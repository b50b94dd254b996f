/* The lab's folder. Everything in it is reached from the open folder, so that
 * no other folder can slip in between; a marker, written first and removed last,
 * tells a lab from anything else. */
#include "cli/lab.h"
#include "cli/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKER ".kunci-lab"

static const char *const marks[] = {
    [LAB_BY_UP] = "made by kunci lab up\n",
    [LAB_BY_RUN] = "made by kunci lab run\n",
};

/* All that is ever made; whatever else stands in the folder is not ours. */
static const char *const made[] = {LAB_READY,    LAB_WITH,  "tokens",   "pins",
                                   "ca",         "ams",     "people",   LAB_SOFTHSM_CONF,
                                   LAB_SETTINGS, LAB_CLOCK, LAB_LETTER, LAB_SIGNATURE,
                                   LAB_STATE,    LAB_PART,  MARKER};

/* SoftHSM's settings file knows no quoting: "#" would begin a comment there and
 * "=" end the value. */
static enum kunci_rc check_name(const char *dir, struct kunci_err *err)
{
    const char *p;

    for (p = dir; *p; p++)
        if (*p == '#' || *p == '=' || (unsigned char)*p < ' ' || *p == 127)
            return fail(err, KUNCI_USAGE_VALUE, "--dir",
                        _("SoftHSM takes no folder with #, = or a control character in its name"));
    return *dir ? KUNCI_OK : fail(err, KUNCI_USAGE_MISSING, "--dir", NULL);
}

/* The folder named, else $XDG_DATA_HOME/kunci/lab, as the XDG base directory
 * specification has it. */
static enum kunci_rc choose_folder(const char *dir, char **out, struct kunci_err *err)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int len;

    *out = NULL;
    if (dir)
        len = asprintf(out, "%s", dir);
    else if (data && *data == '/')
        len = asprintf(out, "%s/kunci/lab", data);
    else if (home && *home == '/')
        len = asprintf(out, "%s/.local/share/kunci/lab", home);
    else
        return fail(err, KUNCI_USAGE_MISSING, "--dir", NULL);
    if (len < 0) {
        *out = NULL;
        return fail_memory(err);
    }
    return check_name(*out, err);
}

/* Makes the folders above the usual one; those above --dir must be there. */
static enum kunci_rc make_parents(char *path, struct kunci_err *err)
{
    char *slash;

    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        enum kunci_rc rc = KUNCI_OK;

        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            rc = fail_system(err, KUNCI_FILE_WRITE, path, errno);
        *slash = '/';
        if (rc != KUNCI_OK)
            return rc;
    }
    return KUNCI_OK;
}

/* Opens the folder and learns its absolute name. */
static enum kunci_rc open_folder(const char *path, struct lab *out, struct kunci_err *err)
{
    out->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->folder < 0 && (errno == ENOENT || errno == ENOTDIR))
        return fail(err, KUNCI_LAB_MISSING, path, NULL);
    if (out->folder < 0)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    out->dir = realpath(path, NULL);
    if (!out->dir)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    return check_name(out->dir, err);
}

enum kunci_rc lab_finished(const struct lab *lab, struct kunci_err *err)
{
    return lab_has(lab, LAB_READY) ? KUNCI_OK : fail(err, KUNCI_LAB_UNFINISHED, lab->dir, NULL);
}

/* What to say where there is a lab already. */
static enum kunci_rc there_already(const struct lab *lab, struct kunci_err *err)
{
    if (lab_finished(lab, err) != KUNCI_OK)
        return err->rc;
    return fail(err, KUNCI_LAB_EXISTS, lab->dir, NULL);
}

static enum kunci_rc check_empty(const struct lab *lab, struct kunci_err *err)
{
    int fd = openat(lab->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!entries) {
        (void)fail_system(err, KUNCI_FILE_READ, lab->dir, errno);
        if (fd >= 0)
            close(fd);
        return err->rc;
    }
    while ((entry = readdir(entries)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)fail(err, KUNCI_FILE_EXISTS, lab->dir, NULL);
    closedir(entries);
    return err->rc;
}

/* The marker makes the folder a lab; of two that try at once, one gets there. */
static enum kunci_rc mark(const struct lab *lab, enum lab_maker maker, struct kunci_err *err)
{
    size_t len = strlen(marks[maker]);
    enum kunci_rc rc = KUNCI_OK;
    int fd;

    if (fchmod(lab->folder, 0700) != 0)
        return fail_system(err, KUNCI_FILE_WRITE, lab->dir, errno);
    fd = openat(lab->folder, MARKER, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return there_already(lab, err);
    if (fd < 0)
        return fail_system(err, KUNCI_FILE_WRITE, lab->dir, errno);
    if (write(fd, marks[maker], len) != (ssize_t)len)
        rc = fail_system(err, KUNCI_FILE_WRITE, lab->dir, ENOSPC);
    close(fd);
    return rc;
}

/* The marker goes last, so that what an interruption leaves is a lab still. */
static enum kunci_rc clear_folder(const struct lab *lab, struct kunci_err *err)
{
    size_t i;

    if (lab_process_end(lab, err) != KUNCI_OK || lab_with_down(lab, err) != KUNCI_OK)
        return err->rc;
    for (i = 0; i < sizeof made / sizeof *made; i++)
        if (lab_unlink(lab->folder, made[i]) != 0)
            return fail_system(err, KUNCI_FILE_WRITE, made[i], errno);
    return KUNCI_OK;
}

/* A lab that an earlier "lab run" left gives way; any other stays. */
static enum kunci_rc give_way(const struct lab *lab, enum lab_maker maker, struct kunci_err *err)
{
    char by[64];

    if (lab_read(lab, MARKER, by, sizeof by, err) != KUNCI_OK)
        return err->rc;
    if (maker != LAB_BY_RUN || strcmp(by, marks[LAB_BY_RUN]) != 0)
        return there_already(lab, err);
    return clear_folder(lab, err);
}

enum kunci_rc lab_make(const char *dir, enum lab_maker maker, struct lab *out,
                       struct kunci_err *err)
{
    char *path = NULL;
    enum kunci_rc rc = choose_folder(dir, &path, err);

    umask(077); /* of the commands that the lab gives, too */
    if (rc == KUNCI_OK && !dir)
        rc = make_parents(path, err);
    if (rc == KUNCI_OK && mkdir(path, 0700) != 0 && errno != EEXIST)
        rc = fail_system(err, KUNCI_FILE_WRITE, path, errno);
    if (rc == KUNCI_OK)
        rc = open_folder(path, out, err);
    if (rc == KUNCI_OK)
        rc = lab_has(out, MARKER) ? give_way(out, maker, err) : check_empty(out, err);
    if (rc == KUNCI_OK)
        rc = mark(out, maker, err);
    free(path);
    return rc;
}

enum kunci_rc lab_open(const char *dir, struct lab *out, struct kunci_err *err)
{
    char *path = NULL;
    enum kunci_rc rc = choose_folder(dir, &path, err);

    if (rc == KUNCI_OK)
        rc = open_folder(path, out, err);
    if (rc == KUNCI_OK && !lab_has(out, MARKER))
        rc = fail(err, KUNCI_LAB_MISSING, out->dir, NULL);
    free(path);
    return rc;
}

enum kunci_rc lab_remove(const struct lab *lab, bool *folder_left, struct kunci_err *err)
{
    *folder_left = false;
    if (clear_folder(lab, err) != KUNCI_OK)
        return err->rc;
    if (rmdir(lab->dir) != 0) {
        if (errno != ENOTEMPTY && errno != EEXIST)
            return fail_system(err, KUNCI_FILE_WRITE, lab->dir, errno);
        *folder_left = true;
    }
    return KUNCI_OK;
}

void lab_close(struct lab *lab)
{
    kunci_modules_free(&lab->modules);
    if (lab->folder >= 0)
        close(lab->folder);
    free(lab->dir);
    *lab = (struct lab)LAB_INIT;
}
