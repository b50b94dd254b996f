/* Whether a file is signed already: its present content, by this certificate, in this
 * form, whole. */
#include "base/error.h"
#include "sign/earlier.h"
#include "x509/proof.h"

#include <string.h>

static bool holds(const struct buf *elements, const void *bytes, size_t len)
{
    const unsigned char *start = (const unsigned char *)elements->data;
    struct elements all = {start, start + elements->len};
    struct element one;

    while (element_take(&all, &one))
        if (element_is(&one, bytes, len))
            return true;
    return false;
}

static bool proves(const struct kunci_signing *signing, const struct buf *attributes,
                   const struct element *sig)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const void *in = attributes->data;
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    size_t len = attributes->len;

    if (kunci_alg_hash(signing->signer->alg)) {
        if (EVP_Digest(in, len, digest, NULL, hashes[signing->hash].md(), NULL) != 1)
            return false;
        in = digest;
        len = hashes[signing->hash].len;
    }
    return proof_check_by(signing->key, signing->signer->alg, in, len, sig->value, (size_t)sig->len,
                          &unsaid) == KUNCI_OK;
}

/* What would be signed now has to be what was signed then, to the byte. */
static bool is_ours(const struct kunci_signing *signing, const struct signer_claim *claim,
                    const struct buf *attributes)
{
    return element_is(&claim->id, signing->parts.id.data, signing->parts.id.len) &&
           claim->attributes.start && element_whole_len(&claim->attributes) == attributes->len &&
           memcmp(claim->attributes.start + 1, attributes->data + 1, attributes->len - 1) == 0 &&
           (claim->timestamped || !signing->timestamper.stamp) &&
           proves(signing, attributes, &claim->signature);
}

static enum kunci_rc is_among(const struct kunci_signing *signing, const struct earlier *earlier,
                              const unsigned char *digest, bool *is, struct kunci_err *err)
{
    const unsigned char *start = (const unsigned char *)earlier->data.signers.data;
    struct elements all = {start, start + earlier->data.signers.len};
    struct buf attributes = {0};
    struct signer_claim claim;
    struct element info;
    bool found = false, failed;

    signer_attributes(&attributes, &signing->parts, digest, hashes[signing->hash].len);
    while (!found && !attributes.failed && element_take(&all, &info))
        found = signer_read(&info, &claim) && is_ours(signing, &claim, &attributes);
    failed = attributes.failed;
    buf_clear(&attributes);
    *is = found && holds(&earlier->data.certs, signing->certs.data, signing->cert_len);
    return failed ? err_no_memory(err) : KUNCI_OK;
}

/* The content within has to be the same as that outside. */
static enum kunci_rc check_within(const struct task *task, const struct earlier *earlier, bool *is,
                                  struct kunci_err *err)
{
    const struct kunci_signing *signing = task->signing;
    unsigned char outside[EVP_MAX_MD_SIZE], *inside = task->work->digest[signing->hash];
    enum kunci_rc rc;

    memcpy(outside, inside, sizeof outside);
    rc = content_hash_part(earlier->fd, earlier->frame.content, earlier->frame.content_len,
                           signing->hash, task->work, inside, is, err);
    *is = *is && memcmp(inside, outside, hashes[signing->hash].len) == 0;
    return rc;
}

static enum kunci_rc compare(const struct task *task, const struct earlier *earlier, bool *is,
                             struct kunci_err *err)
{
    const struct kunci_signing *signing = task->signing;
    struct content content;
    enum kunci_rc rc = content_open(task->item, &content, err);

    if (rc == KUNCI_OK)
        rc = content_hash(&content, 1u << signing->hash, task->work, NULL, 0, err);
    content_close(&content);
    if (rc == KUNCI_OK)
        rc = is_among(signing, earlier, task->work->digest[signing->hash], is, err);
    return *is && signing->attached ? check_within(task, earlier, is, err) : rc;
}

enum kunci_rc cades_is_signed(const struct task *task, bool *is, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    struct earlier earlier;
    enum kunci_rc rc = earlier_open(task->item->out, &earlier, &why);

    *is = false;
    if (rc == KUNCI_NO_MEMORY)
        return err_no_memory(err);
    if (rc != KUNCI_OK) /* half a file, or another one: it is signed anew */
        return KUNCI_OK;
    if (earlier.frame.attached == task->signing->attached)
        rc = compare(task, &earlier, is, err);
    earlier_close(&earlier);
    return rc;
}
