#include "sign/earlier.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Certificates and signers; nobody has more of them. */
enum { TAIL_MAX = 8 << 20 };

static enum kunci_rc refuse(const struct earlier *earlier, const char *why, struct kunci_err *err)
{
    return err_set(err, KUNCI_JOIN_INVALID, earlier->path, why);
}

/* As much as there is, up to len. */
static size_t read_at(int fd, unsigned char *to, size_t len, uint64_t at)
{
    size_t have = 0;
    ssize_t got;

    while (have < len && (got = pread(fd, to + have, len - have, (off_t)(at + have))) > 0)
        have += (size_t)got;
    return have;
}

static enum kunci_rc read_tail(struct earlier *out, struct kunci_err *err)
{
    uint64_t len = out->frame.end - out->frame.tail;
    unsigned char *tail;
    const char *wrong = NULL;

    if (len > TAIL_MAX)
        return refuse(out, _("it is damaged"), err);
    if (!(tail = malloc((size_t)len + 1)))
        return err_no_memory(err);
    if (read_at(out->fd, tail, (size_t)len + 1, out->frame.tail) != len)
        wrong = _("it is not whole, or more stands after it");
    else
        wrong = signed_data_read_tail(tail, (size_t)len, &out->data);
    free(tail);
    if (out->data.hashes.failed || out->data.certs.failed || out->data.crls.failed ||
        out->data.signers.failed)
        return err_no_memory(err);
    return wrong ? refuse(out, wrong, err) : KUNCI_OK;
}

enum kunci_rc earlier_open(const char *path, struct earlier *out, struct kunci_err *err)
{
    unsigned char head[SIGNED_DATA_HEAD_MAX];
    const char *wrong;
    enum kunci_rc rc;

    *out = (struct earlier){.path = path,
                            .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (out->fd < 0)
        return err_system(err, KUNCI_FILE_READ, path, errno);
    wrong = signed_data_read_head(head, read_at(out->fd, head, sizeof head, 0), &out->frame,
                                  &out->data);
    rc = wrong ? refuse(out, wrong, err) : read_tail(out, err);
    if (rc != KUNCI_OK)
        earlier_close(out);
    return rc;
}

void earlier_close(struct earlier *earlier)
{
    if (earlier->fd >= 0)
        close(earlier->fd);
    earlier->fd = -1;
    signed_data_clear(&earlier->data);
}

/* ---- its signers ---- */

static struct elements signers_of(const struct earlier *earlier)
{
    const unsigned char *start = (const unsigned char *)earlier->data.signers.data;

    return (struct elements){start, start + earlier->data.signers.len};
}

enum kunci_rc earlier_hashes(const struct earlier *earlier, unsigned *wanted, struct kunci_err *err)
{
    struct elements all = signers_of(earlier);
    struct signer_claim claim;
    struct element info;

    while (element_take(&all, &info)) {
        if (!signer_read(&info, &claim))
            return refuse(earlier, _("it is damaged"), err);
        if (claim.hash == HASHES)
            return refuse(earlier, _("one of its signers used a hash that is none of SHA-2"), err);
        *wanted |= 1u << claim.hash;
    }
    return KUNCI_OK;
}

/* One without attributes tells no digest: its signature is over the content itself. */
enum kunci_rc earlier_check(const struct earlier *earlier, const struct workspace *work,
                            struct kunci_err *err)
{
    struct elements all = signers_of(earlier);
    struct signer_claim claim;
    struct element info;

    while (element_take(&all, &info))
        if (signer_read(&info, &claim) && claim.digest.start &&
            (claim.digest.len != hashes[claim.hash].len ||
             memcmp(claim.digest.value, work->digest[claim.hash], hashes[claim.hash].len) != 0))
            return refuse(earlier, _("it was made of another content"), err);
    return KUNCI_OK;
}
