#include "enrol/journal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A journal of finished flows that is longer than that is put aside. */
enum { LONGEST = 16 << 20, ASIDE = 256 << 10, NAME_BYTES = 16, FLOW_BYTES = 16 };

struct journal {
    char path[PATH_MAX], token[256];
    int fd;
    struct records records;
    bool unended; /* the last line still wants its end */
};

/* ---- where it lies ---- */

static enum kunci_rc write_failed(const char *path, struct kunci_err *err)
{
    return err_system(err, KUNCI_FILE_WRITE, path, errno);
}

/* Names in a folder last once the folder itself is on the disk. */
static enum kunci_rc sync_folder_of(const char *path, struct kunci_err *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    int fd;
    bool synced;

    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    synced = fd >= 0 && fsync(fd) == 0;
    if (!synced)
        write_failed(folder, err);
    if (fd >= 0)
        close(fd);
    return err->rc;
}

/* The folder and those above it that are missing. */
static enum kunci_rc make_folder(const char *folder, struct kunci_err *err)
{
    char path[PATH_MAX];
    size_t i, len = strlen(folder);

    for (i = 1; i <= len; i++) {
        if (folder[i] != '/' && folder[i] != '\0')
            continue;
        snprintf(path, sizeof path, "%.*s", (int)i, folder);
        if (mkdir(path, 0700) == 0) {
            if (sync_folder_of(path, err) != KUNCI_OK)
                return err->rc;
        } else if (errno != EEXIST) {
            return write_failed(path, err);
        }
    }
    return KUNCI_OK;
}

static enum kunci_rc find_folder(const struct journal_of *of, char to[PATH_MAX],
                                 struct kunci_err *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int len;

    if (of->folder)
        len = snprintf(to, PATH_MAX, "%s", of->folder);
    else if (state && *state == '/')
        len = snprintf(to, PATH_MAX, "%s/kunci", state);
    else if (home && *home == '/')
        len = snprintf(to, PATH_MAX, "%s/.local/state/kunci", home);
    else
        return err_set(err, KUNCI_FILE_WRITE, "$XDG_STATE_HOME", _("neither it nor HOME is set"));
    /* room for the name that follows */
    return len < PATH_MAX - 64 ? KUNCI_OK : err_system(err, KUNCI_FILE_WRITE, to, ENAMETOOLONG);
}

/* By what tells tokens and authorities apart; no part of it can be anything in a path. */
static enum kunci_rc find_path(const struct journal_of *of, char to[PATH_MAX],
                               struct kunci_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char name[2 * NAME_BYTES + 1];
    struct buf whose = {0};
    enum kunci_rc rc = find_folder(of, to, err);

    if (rc != KUNCI_OK || (rc = make_folder(to, err)) != KUNCI_OK)
        return rc;
    buf_add(&whose, of->serial, strlen(of->serial) + 1);
    buf_add(&whose, of->label, strlen(of->label) + 1);
    buf_text(&whose, of->url);
    if (whose.failed)
        rc = err_no_memory(err);
    else if (EVP_Digest(whose.data, whose.len, digest, NULL, EVP_sha256(), NULL) != 1)
        rc = err_openssl(err, "EVP_Digest");
    buf_clear(&whose);
    if (rc != KUNCI_OK)
        return rc;
    text_hex(name, digest, NAME_BYTES);
    snprintf(to + strlen(to), PATH_MAX - strlen(to), "/%s.journal", name);
    return KUNCI_OK;
}

/* ---- opening ---- */

/* Who put the file aside while we waited for nothing has left us another one. */
static bool is_still_there(int fd, const char *path)
{
    struct stat ours, named;

    return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_dev == named.st_dev &&
           ours.st_ino == named.st_ino;
}

static enum kunci_rc lock_file(struct journal *journal, struct kunci_err *err)
{
    const char *path = journal->path;

    journal->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (journal->fd < 0)
        return write_failed(path, err);
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? err_set(err, KUNCI_JOURNAL_BUSY, journal->token, NULL)
                                    : write_failed(path, err);
    if (!is_still_there(journal->fd, path))
        return err_set(err, KUNCI_JOURNAL_BUSY, journal->token, NULL);
    return sync_folder_of(path, err);
}

static enum kunci_rc read_all(struct journal *journal, char **out, size_t *len,
                              struct kunci_err *err)
{
    struct stat stat_now;
    ssize_t got = 0;

    *out = NULL;
    *len = 0;
    if (fstat(journal->fd, &stat_now) != 0)
        return err_system(err, KUNCI_FILE_READ, journal->path, errno);
    if (stat_now.st_size > LONGEST)
        return err_set(err, KUNCI_FILE_TOO_LARGE, journal->path, NULL);
    if (!(*out = malloc((size_t)stat_now.st_size + 1)))
        return err_no_memory(err);
    while (*len < (size_t)stat_now.st_size &&
           (got = pread(journal->fd, *out + *len, (size_t)stat_now.st_size - *len, (off_t)*len)) >
               0)
        *len += (size_t)got;
    return got < 0 ? err_system(err, KUNCI_FILE_READ, journal->path, errno) : KUNCI_OK;
}

/* What was torn off goes: the next line begins on a line of its own. */
static enum kunci_rc drop_rest(struct journal *journal, size_t sound, size_t len,
                               struct kunci_err *err)
{
    if (sound == len)
        return KUNCI_OK;
    return ftruncate(journal->fd, (off_t)sound) == 0 && fsync(journal->fd) == 0
               ? KUNCI_OK
               : write_failed(journal->path, err);
}

static enum kunci_rc load(struct journal *journal, size_t *len, struct kunci_err *err)
{
    char *bytes = NULL;
    size_t sound;
    enum kunci_rc rc = read_all(journal, &bytes, len, err);

    if (rc == KUNCI_OK && (rc = records_read(journal->path, bytes, *len, &journal->records, &sound,
                                             &journal->unended, err)) == KUNCI_OK)
        rc = drop_rest(journal, sound, *len, err);
    free(bytes);
    return rc;
}

static void close_file(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd); /* and with it the lock */
    journal->fd = -1;
}

/* Nothing of it is needed any more: every flow is over, and no key waits for another. */
static enum kunci_rc put_aside(struct journal *journal, struct kunci_err *err)
{
    char aside[PATH_MAX + 8];

    snprintf(aside, sizeof aside, "%s.old", journal->path);
    if (rename(journal->path, aside) != 0)
        return write_failed(aside, err);
    close_file(journal);
    records_clear(&journal->records);
    return lock_file(journal, err);
}

static bool is_spent(const struct journal *journal, size_t len)
{
    const struct record *now = &journal->records.now;

    return len > ASIDE && now->closed && now->cert.len && !journal->unended;
}

enum kunci_rc journal_open(const struct journal_of *of, struct journal **out, struct kunci_err *err)
{
    struct journal *journal = calloc(1, sizeof *journal);
    enum kunci_rc rc;
    size_t len;

    *out = NULL;
    if (!journal)
        return err_no_memory(err);
    journal->fd = -1;
    snprintf(journal->token, sizeof journal->token, "%s", of->label);
    if ((rc = find_path(of, journal->path, err)) == KUNCI_OK &&
        (rc = lock_file(journal, err)) == KUNCI_OK && (rc = load(journal, &len, err)) == KUNCI_OK &&
        is_spent(journal, len))
        rc = put_aside(journal, err);
    if (rc == KUNCI_OK)
        *out = journal;
    else
        journal_free(&journal);
    return rc;
}

void journal_free(struct journal **journal)
{
    struct journal *gone = *journal;

    *journal = NULL;
    if (!gone)
        return;
    close_file(gone);
    records_clear(&gone->records);
    free(gone);
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}

const struct record *journal_now(const struct journal *journal)
{
    return &journal->records.now;
}

const struct record *journal_spare(const struct journal *journal)
{
    return &journal->records.spare;
}

bool journal_is_open(const struct journal *journal)
{
    return journal->records.now.flow && !journal->records.now.closed;
}

/* ---- writing ---- */

/* In one write; where the disk takes only a part of it, that goes again. */
static enum kunci_rc append(struct journal *journal, const struct buf *line, struct kunci_err *err)
{
    off_t end = lseek(journal->fd, 0, SEEK_END);
    ssize_t put = end < 0 ? -1 : write(journal->fd, line->data, line->len);
    int errnum = put < 0 ? errno : ENOSPC;

    if (put == (ssize_t)line->len && fsync(journal->fd) == 0)
        return KUNCI_OK;
    if (put == (ssize_t)line->len)
        errnum = errno;
    if (end >= 0 && ftruncate(journal->fd, end) != 0)
        errnum = errno;
    return err_system(err, KUNCI_FILE_WRITE, journal->path, errnum);
}

static enum kunci_rc write_line(struct journal *journal, const json_t *line, struct kunci_err *err)
{
    bool memory = false, taken;
    struct buf text = {0};
    enum kunci_rc rc;

    if (journal->unended)
        buf_text(&text, "\n");
    record_line(&text, line);
    rc = text.failed ? err_no_memory(err) : append(journal, &text, err);
    buf_clear(&text);
    if (rc != KUNCI_OK)
        return rc;
    journal->unended = false;
    taken = records_take(&journal->records, line, &memory);
    if (memory)
        return err_no_memory(err);
    return taken ? KUNCI_OK
                 : err_set(err, KUNCI_JOURNAL_DAMAGED, journal->path,
                           _("a line was written out of its order"));
}

static json_t *make_line(const char *flow, const char *event, enum arrow arrow, json_t *more)
{
    time_t now = (time_t)clock_system.now(clock_system.context);
    json_t *line;
    struct tm utc;
    char at[32];

    gmtime_r(&now, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &utc);
    line = json_pack("{s:s, s:s, s:s}", "at", at, "flow", flow, "event", event);
    if (line && arrow < ARROWS &&
        json_object_set_new(line, "arrow", json_string(arrow_names[arrow])) != 0) {
        json_decref(line);
        line = NULL;
    }
    if (line && more && json_object_update(line, more) != 0) {
        json_decref(line);
        line = NULL;
    }
    return line;
}

static enum kunci_rc put(struct journal *journal, const char *flow, const char *event,
                         enum arrow arrow, json_t *more, struct kunci_err *err)
{
    json_t *line = flow ? make_line(flow, event, arrow, more) : NULL;
    enum kunci_rc rc = line ? write_line(journal, line, err) : err_no_memory(err);

    json_decref(more);
    json_decref(line);
    return rc;
}

enum kunci_rc journal_start(struct journal *journal, const char *kind, json_t *more,
                            struct kunci_err *err)
{
    unsigned char random[FLOW_BYTES];
    char flow[2 * FLOW_BYTES + 1];

    if (!more)
        more = json_object();
    if (!more || json_object_set_new(more, "kind", json_string(kind)) != 0) {
        json_decref(more);
        return err_no_memory(err);
    }
    if (RAND_bytes(random, sizeof random) != 1) {
        json_decref(more);
        return err_openssl(err, "RAND_bytes");
    }
    text_hex(flow, random, sizeof random);
    return put(journal, flow, "open", ARROWS, more, err);
}

enum kunci_rc journal_begin(struct journal *journal, enum arrow arrow, json_t *more,
                            struct kunci_err *err)
{
    return put(journal, journal->records.now.flow, "begin", arrow, more, err);
}

enum kunci_rc journal_done(struct journal *journal, enum arrow arrow, json_t *more,
                           struct kunci_err *err)
{
    return put(journal, journal->records.now.flow, "done", arrow, more, err);
}

enum kunci_rc journal_note(struct journal *journal, json_t *more, struct kunci_err *err)
{
    return put(journal, journal->records.now.flow, "note", ARROWS, more, err);
}

enum kunci_rc journal_close(struct journal *journal, const char *how, struct kunci_err *err)
{
    json_t *more = json_pack("{s:s}", "closed", how);

    return more ? put(journal, journal->records.now.flow, "close", ARROWS, more, err)
                : err_no_memory(err);
}
