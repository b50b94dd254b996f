/* CAdES baseline, detached or with the content within, in one pass over the content.
 *
 * With the content within, it is written where it will stand while it is hashed, behind
 * a gap for the head. How long the head is depends on all lengths that it tells, and
 * these on the signature's; where the guess was wrong, the content is moved. */
#include "base/error.h"
#include "base/text.h"
#include "sign/earlier.h"

#include <stdlib.h>
#include <string.h>

/* A signature under way. */
struct signature {
    const struct task *task;
    struct content content;
    struct output output;
    struct earlier earlier; /* where there is none: empty */
    struct signed_data data;
    uint64_t gap; /* where the content was written */
};

static enum kunci_rc memory_of(const struct buf *buf, struct kunci_err *err)
{
    return buf->failed ? err_no_memory(err) : KUNCI_OK;
}

/* ---- the signature itself ---- */

static enum kunci_rc sign_attributes(const struct task *task, const struct buf *attributes,
                                     unsigned char *sig, size_t *len, struct kunci_err *err)
{
    const struct kunci_signing *signing = task->signing;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (!kunci_alg_hash(signing->signer->alg))
        return signing_sign(signing, attributes->data, attributes->len, sig, len, err);
    if (EVP_Digest(attributes->data, attributes->len, digest, &digest_len,
                   hashes[signing->hash].md(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    return signing_sign(signing, digest, digest_len, sig, len, err);
}

static enum kunci_rc stamp(const struct kunci_timestamper *timestamper,
                           const struct signer_signature *signature, unsigned char **token,
                           size_t *len, struct kunci_err *err)
{
    *token = NULL;
    *len = 0;
    if (!timestamper->stamp)
        return KUNCI_OK;
    return timestamper->stamp(timestamper->context, signature->bytes, signature->len, token, len,
                              err);
}

/* Of the digest in the workspace. */
static enum kunci_rc add_signer(const struct task *task, struct buf *to, struct kunci_err *err)
{
    const struct kunci_signing *signing = task->signing;
    unsigned char sig[KUNCI_SIGNATURE_MAX], *token = NULL;
    struct signer_signature signature = {.bytes = sig};
    struct buf attributes = {0};
    enum kunci_rc rc;

    signer_attributes(&attributes, &signing->parts, task->work->digest[signing->hash],
                      hashes[signing->hash].len);
    if ((rc = memory_of(&attributes, err)) == KUNCI_OK &&
        (rc = sign_attributes(task, &attributes, sig, &signature.len, err)) == KUNCI_OK &&
        (rc = stamp(&signing->timestamper, &signature, &token, &signature.token_len, err)) ==
            KUNCI_OK) {
        signature.token = token;
        signer_info(to, &signing->parts, &attributes, &signature);
        rc = memory_of(to, err);
    }
    buf_clear(&attributes);
    free(token);
    return rc;
}

/* ---- the file ---- */

/* All but our own SignerInfo. */
static void prepare(struct signature *signature)
{
    const struct kunci_signing *signing = signature->task->signing;
    const struct signed_data *before = &signature->earlier.data;
    struct signed_data *data = &signature->data;

    data->version = before->version > 1 ? before->version : 1;
    buf_add(&data->hashes, before->hashes.data, before->hashes.len);
    buf_add(&data->hashes, signing->parts.hash_algorithm.data, signing->parts.hash_algorithm.len);
    buf_add(&data->certs, before->certs.data, before->certs.len);
    buf_add(&data->certs, signing->certs.data, signing->certs.len);
    buf_add(&data->crls, before->crls.data, before->crls.len);
    buf_add(&data->signers, before->signers.data, before->signers.len);
}

/* How long the head will be, the signature being of the usual length. */
static enum kunci_rc guess_gap(struct signature *signature, struct kunci_err *err)
{
    enum { SIGNER_FRAME = 256 }; /* attributes and the rest, nearly */
    const struct signed_data *data = &signature->data;
    size_t tail = data->certs.len + data->crls.len + data->signers.len + SIGNER_FRAME +
                  (size_t)EVP_PKEY_get_size(signature->task->signing->key);
    struct buf head = {0};
    enum kunci_rc rc;

    signed_data_head(&head, data, true, signature->content.expected, tail);
    signature->gap = head.len;
    rc = memory_of(&head, err);
    buf_clear(&head);
    return rc;
}

static enum kunci_rc read_content(struct signature *signature, struct kunci_err *err)
{
    const struct task *task = signature->task;
    bool attached = task->signing->attached;
    unsigned wanted = 1u << task->signing->hash;
    enum kunci_rc rc;

    if (task->item->join && (rc = earlier_hashes(&signature->earlier, &wanted, err)) != KUNCI_OK)
        return rc;
    if (attached && (rc = guess_gap(signature, err)) != KUNCI_OK)
        return rc;
    rc = content_hash(&signature->content, wanted, task->work, attached ? &signature->output : NULL,
                      signature->gap, err);
    if (rc == KUNCI_OK && task->item->join)
        rc = earlier_check(&signature->earlier, task->work, err);
    return rc;
}

/* The head into the gap, which may prove too small or too large, and the tail behind. */
static enum kunci_rc write_around(struct signature *signature, struct kunci_err *err)
{
    bool attached = signature->task->signing->attached;
    struct workspace *work = signature->task->work;
    uint64_t len = attached ? signature->content.len : 0;
    struct output *output = &signature->output;
    struct buf head = {0}, tail = {0};
    enum kunci_rc rc;

    signed_data_tail(&tail, &signature->data);
    signed_data_head(&head, &signature->data, attached, len, tail.len);
    if ((rc = memory_of(&tail, err)) == KUNCI_OK && (rc = memory_of(&head, err)) == KUNCI_OK &&
        (rc = output_move(output, signature->gap, head.len, len, work->chunk, CHUNK, err)) ==
            KUNCI_OK &&
        (rc = output_put(output, head.len + len, tail.data, tail.len, err)) == KUNCI_OK &&
        (rc = output_put(output, 0, head.data, head.len, err)) == KUNCI_OK)
        rc = output_finish(output, head.len + len + tail.len, err);
    buf_clear(&head);
    buf_clear(&tail);
    return rc;
}

enum kunci_rc cades_sign(const struct task *task, struct kunci_err *err)
{
    struct signature signature = {
        .task = task, .content.fd = -1, .output.fd = -1, .earlier.fd = -1};
    enum kunci_rc rc;

    if ((rc = content_open(task->item, &signature.content, err)) != KUNCI_OK)
        goto out;
    if (task->item->join &&
        (rc = earlier_open(task->item->join, &signature.earlier, err)) != KUNCI_OK)
        goto out;
    rc = output_open(task->item, task->replace, &signature.output, err);
    if (rc != KUNCI_OK)
        goto out;
    prepare(&signature);
    if ((rc = read_content(&signature, err)) == KUNCI_OK &&
        (rc = add_signer(task, &signature.data.signers, err)) == KUNCI_OK)
        rc = write_around(&signature, err);
out:
    output_close(&signature.output);
    earlier_close(&signature.earlier);
    content_close(&signature.content);
    signed_data_clear(&signature.data);
    return rc;
}
