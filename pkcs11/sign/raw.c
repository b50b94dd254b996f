/* The bare signature over a file: what programs that know nothing of CMS check. */
#include "base/error.h"
#include "base/text.h"
#include "sign/signing.h"
#include "x509/proof.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What goes to the token for Ed25519 is the file itself, in one piece. */
enum { ONE_PIECE = 16 << 20 };

/* What is handed to the token: a digest, or the whole content. */
struct handed {
    const unsigned char *bytes;
    size_t len;
    unsigned char *owned;
};

static enum kunci_rc hand(const struct task *task, struct handed *out, struct kunci_err *err)
{
    enum kunci_alg alg = task->signing->signer->alg;
    enum hash_id hash = hash_of_alg(alg);
    struct content content;
    enum kunci_rc rc;

    *out = (struct handed){.bytes = task->work->digest[hash], .len = hashes[hash].len};
    if ((rc = content_open(task->item, &content, err)) == KUNCI_OK && kunci_alg_hash(alg)) {
        rc = content_hash(&content, 1u << hash, task->work, NULL, 0, err);
    } else if (rc == KUNCI_OK) {
        rc = content_read(&content, ONE_PIECE, &out->owned, err);
        out->bytes = out->owned;
        out->len = (size_t)content.len;
    }
    content_close(&content);
    return rc;
}

enum kunci_rc raw_sign(const struct task *task, struct kunci_err *err)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct handed handed = {0};
    struct output output;
    size_t len;
    enum kunci_rc rc;

    if (task->item->join)
        return err_set(err, KUNCI_JOIN_INVALID, task->item->join, _("a bare signature is alone"));
    if ((rc = output_open(task->item, task->replace, &output, err)) != KUNCI_OK)
        return rc;
    if ((rc = hand(task, &handed, err)) == KUNCI_OK &&
        (rc = signing_sign(task->signing, handed.bytes, handed.len, sig, &len, err)) == KUNCI_OK &&
        (rc = output_put(&output, 0, sig, len, err)) == KUNCI_OK)
        rc = output_finish(&output, len, err);
    output_close(&output);
    free(handed.owned);
    return rc;
}

enum kunci_rc raw_is_signed(const struct task *task, bool *is, struct kunci_err *err)
{
    struct kunci_err mismatch = KUNCI_ERR_INIT;
    unsigned char sig[KUNCI_SIGNATURE_MAX + 1];
    struct handed handed = {0};
    int fd = open(task->item->out, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t len = fd >= 0 ? read(fd, sig, sizeof sig) : -1;
    enum kunci_rc rc = KUNCI_OK;

    *is = false;
    if (len > 0 && len <= KUNCI_SIGNATURE_MAX && (rc = hand(task, &handed, err)) == KUNCI_OK)
        *is = proof_check_by(task->signing->key, task->signing->signer->alg, handed.bytes,
                             handed.len, sig, (size_t)len, &mismatch) == KUNCI_OK;
    if (fd >= 0)
        close(fd);
    free(handed.owned);
    return rc;
}
