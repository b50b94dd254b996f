#include "sign/content.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the workspace ---- */

struct workspace *workspace_new(struct kunci_err *err)
{
    struct workspace *work = malloc(sizeof *work);
    bool good = work;
    int i;

    for (i = 0; work && i < HASHES; i++)
        good &= (work->context[i] = EVP_MD_CTX_new()) != NULL;
    if (!good) {
        err_no_memory(err);
        workspace_free(&work);
    }
    return work;
}

void workspace_free(struct workspace **work)
{
    int i;

    for (i = 0; *work && i < HASHES; i++)
        EVP_MD_CTX_free((*work)->context[i]);
    free(*work);
    *work = NULL;
}

static enum kunci_rc begin(struct workspace *work, unsigned wanted, struct kunci_err *err)
{
    int i;

    for (i = 0; i < HASHES; i++)
        if ((wanted & 1u << i) && EVP_DigestInit_ex(work->context[i], hashes[i].md(), NULL) != 1)
            return err_openssl(err, "EVP_DigestInit");
    return KUNCI_OK;
}

static enum kunci_rc add(struct workspace *work, unsigned wanted, size_t len, struct kunci_err *err)
{
    int i;

    for (i = 0; i < HASHES; i++)
        if ((wanted & 1u << i) && EVP_DigestUpdate(work->context[i], work->chunk, len) != 1)
            return err_openssl(err, "EVP_DigestUpdate");
    return KUNCI_OK;
}

static enum kunci_rc end(struct workspace *work, unsigned wanted, struct kunci_err *err)
{
    int i;

    for (i = 0; i < HASHES; i++)
        if ((wanted & 1u << i) && EVP_DigestFinal_ex(work->context[i], work->digest[i], NULL) != 1)
            return err_openssl(err, "EVP_DigestFinal");
    return KUNCI_OK;
}

/* ---- the content ---- */

static bool is_file(const struct content *content)
{
    return S_ISREG(content->at_start.st_mode);
}

enum kunci_rc content_open(const struct kunci_sign_item *item, struct content *out,
                           struct kunci_err *err)
{
    off_t at;

    *out = (struct content){.name = item->in ? item->in : _("Standard input"),
                            .fd = item->in_fd,
                            .own = item->in != NULL};
    if (out->own && (out->fd = open(item->in, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
        return err_system(err, KUNCI_FILE_READ, out->name, errno);
    if (fstat(out->fd, &out->at_start) != 0)
        return err_system(err, KUNCI_FILE_READ, out->name, errno);
    if (is_file(out) && (at = lseek(out->fd, 0, SEEK_CUR)) >= 0 && at < out->at_start.st_size)
        out->expected = (uint64_t)(out->at_start.st_size - at);
    return KUNCI_OK;
}

void content_close(struct content *content)
{
    if (content->own && content->fd >= 0)
        close(content->fd);
    content->fd = -1;
}

/* Nothing was got at the end. */
static enum kunci_rc read_some(struct content *content, void *to, size_t len, size_t *out,
                               struct kunci_err *err)
{
    ssize_t got;

    do
        got = read(content->fd, to, len);
    while (got < 0 && errno == EINTR);
    *out = got > 0 ? (size_t)got : 0;
    content->len += *out;
    return got < 0 ? err_system(err, KUNCI_FILE_READ, content->name, errno) : KUNCI_OK;
}

/* Half of the old and half of the new would be signed by nobody's will. */
static enum kunci_rc check_unchanged(const struct content *content, struct kunci_err *err)
{
    const struct stat *then = &content->at_start;
    struct stat now;

    if (!is_file(content))
        return KUNCI_OK;
    if (fstat(content->fd, &now) != 0)
        return err_system(err, KUNCI_FILE_READ, content->name, errno);
    if (content->len != content->expected || now.st_size != then->st_size ||
        now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec)
        return err_set(err, KUNCI_FILE_CHANGED, content->name, NULL);
    return KUNCI_OK;
}

/* One that grows faster than it is read has no end. */
static bool has_grown(const struct content *content)
{
    return is_file(content) && content->len > content->expected;
}

enum kunci_rc content_hash(struct content *content, unsigned wanted, struct workspace *work,
                           struct output *copy, uint64_t at, struct kunci_err *err)
{
    enum kunci_rc rc = begin(work, wanted, err);
    size_t got = 1;

    while (rc == KUNCI_OK && got && !has_grown(content)) {
        if ((rc = read_some(content, work->chunk, CHUNK, &got, err)) == KUNCI_OK)
            rc = add(work, wanted, got, err);
        if (rc == KUNCI_OK && copy)
            rc = output_put(copy, at, work->chunk, got, err);
        at += got;
    }
    if (rc == KUNCI_OK && (rc = check_unchanged(content, err)) == KUNCI_OK)
        rc = end(work, wanted, err);
    return rc;
}

static enum kunci_rc too_large(const struct content *content, size_t limit, struct kunci_err *err)
{
    return err_setf(err, KUNCI_SIGN_ONE_PIECE, content->name, _("%zu MiB at most"), limit >> 20);
}

enum kunci_rc content_read(struct content *content, size_t limit, unsigned char **out,
                           struct kunci_err *err)
{
    size_t room = is_file(content) ? (size_t)content->expected : limit;
    enum kunci_rc rc = KUNCI_OK;
    size_t got = 1;

    *out = NULL;
    if (content->expected > limit)
        return too_large(content, limit, err);
    if (!(*out = malloc(room + 1)))
        return err_no_memory(err);
    while (rc == KUNCI_OK && got && content->len <= room)
        rc = read_some(content, *out + content->len, room + 1 - (size_t)content->len, &got, err);
    if (rc == KUNCI_OK && !is_file(content) && content->len > limit)
        rc = too_large(content, limit, err);
    return rc == KUNCI_OK ? check_unchanged(content, err) : rc;
}

enum kunci_rc content_hash_part(int fd, uint64_t from, uint64_t len, enum hash_id hash,
                                struct workspace *work, unsigned char *digest, bool *whole,
                                struct kunci_err *err)
{
    enum kunci_rc rc = begin(work, 1u << hash, err);
    ssize_t got = 1;

    while (rc == KUNCI_OK && len && got > 0) {
        got = pread(fd, work->chunk, len < CHUNK ? (size_t)len : CHUNK, (off_t)from);
        if (got > 0) {
            rc = add(work, 1u << hash, (size_t)got, err);
            from += (uint64_t)got;
            len -= (uint64_t)got;
        }
    }
    *whole = len == 0;
    if (rc == KUNCI_OK && EVP_DigestFinal_ex(work->context[hash], digest, NULL) != 1)
        rc = err_openssl(err, "EVP_DigestFinal");
    return rc;
}
