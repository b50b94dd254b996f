#include "cli/sop_book.h"

#include "cli/file.h"
#include "cli/words.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1 << 20 };

static const char ending[] = ".yaml";

static bool is_yaml(const char *path)
{
    size_t len = strlen(path);

    return len > strlen(ending) && strcmp(path + len - strlen(ending), ending) == 0;
}

static bool is_procedure(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && is_yaml(entry->d_name);
}

/* The procedure's name is the file's, without folder and ending. */
static void name_of(const char *path, char *to, size_t size)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t len = strlen(file);

    if (is_yaml(file))
        len -= strlen(ending);
    snprintf(to, size, "%.*s", (int)len, file);
}

static enum kunci_rc read_sop(const char *path, struct kunci_sop **out, struct kunci_err *err)
{
    char name[NAME_MAX + 1], *bytes = NULL;
    enum kunci_rc rc;
    size_t len;

    name_of(path, name, sizeof name);
    if ((rc = file_read(path, LIMIT, &bytes, &len, err)) == KUNCI_OK)
        rc = kunci_sop_read(name, bytes, len, out, err);
    free(bytes);
    return rc;
}

static enum kunci_rc add_file(struct kunci_sop_book *book, const char *path, struct kunci_err *err)
{
    struct kunci_sop *sop = NULL;
    enum kunci_rc rc = read_sop(path, &sop, err);

    if (rc == KUNCI_OK)
        rc = kunci_sop_book_add(book, &sop, err);
    kunci_sop_free(&sop);
    return rc;
}

static enum kunci_rc add_folder(struct kunci_sop_book *book, const char *folder,
                                struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    struct dirent *entry;
    char path[PATH_MAX];
    DIR *stream = opendir(folder);

    if (!stream)
        return fail_system(err, KUNCI_FILE_READ, folder, errno);
    while (rc == KUNCI_OK && (entry = readdir(stream)))
        if (is_procedure(entry)) {
            if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
                rc = add_file(book, path, err);
            else
                rc = fail_system(err, KUNCI_FILE_READ, folder, ENAMETOOLONG);
        }
    closedir(stream);
    return rc;
}

enum kunci_rc sop_book_open(const struct command *command, struct sop_book *out,
                            struct kunci_err *err)
{
    const char *own = command->config.procedures;
    char shipped[PATH_MAX];
    enum kunci_rc rc;

    *out = (struct sop_book){NULL, NULL};
    if ((rc = kunci_sop_book_new(&out->book, err)) != KUNCI_OK)
        return rc;
    if (!kunci_share_path("sop", shipped, sizeof shipped))
        rc = fail_system(err, KUNCI_FILE_READ, "sop", ENAMETOOLONG);
    if (rc == KUNCI_OK)
        rc = add_folder(out->book, shipped, err);
    if (rc == KUNCI_OK && own)
        rc = add_folder(out->book, own, err);
    if (rc != KUNCI_OK)
        sop_book_close(out);
    return rc;
}

void sop_book_close(struct sop_book *book)
{
    kunci_sop_book_free(&book->book);
    kunci_sop_free(&book->own);
}

enum kunci_rc sop_book_named(struct sop_book *book, const char *name, const struct kunci_sop **out,
                             struct kunci_err *err)
{
    enum kunci_rc rc;

    if (!strchr(name, '/') && !is_yaml(name)) {
        *out = kunci_sop_find(book->book, name, NULL, NULL);
        return *out ? KUNCI_OK : fail(err, KUNCI_SOP_NOT_FOUND, name, NULL);
    }
    kunci_sop_free(&book->own);
    rc = read_sop(name, &book->own, err);
    *out = book->own;
    return rc;
}
