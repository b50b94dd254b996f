#include "sign/signing.h"

#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "sign/chain.h"
#include "x509/proof.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { RSA_LEAST = 2048 };

static enum kunci_rc load_key(struct kunci_signing *signing, struct kunci_err *err)
{
    const struct kunci_signer *signer = signing->signer;

    signing->key = spki_load(signer->spki, signer->spki_len);
    if (!signing->key)
        return err_set(err, KUNCI_KEY_MISMATCH, NULL, NULL);
    if (EVP_PKEY_get_base_id(signing->key) == EVP_PKEY_RSA &&
        EVP_PKEY_get_bits(signing->key) < RSA_LEAST)
        return err_setf(err, KUNCI_KEY_WEAK, NULL, "RSA %d", EVP_PKEY_get_bits(signing->key));
    return KUNCI_OK;
}

static enum kunci_rc prepare_cades(struct kunci_signing *signing,
                                   const struct kunci_sign_options *options, struct kunci_err *err)
{
    const struct kunci_signer *signer = signing->signer;
    struct outline cert;
    enum kunci_rc rc;

    rc = chain_choose(signer, options->certs, options->certs_len, &signing->certs, &cert, err);
    if (rc != KUNCI_OK)
        return rc;
    signing->cert_len = element_whole_len(&cert.whole);
    signing->hash = hash_of_alg(signer->alg);
    return signer_parts_make(signer->alg, &cert, &signing->parts, err);
}

enum kunci_rc kunci_signing_new(struct kunci_signer *signer,
                                const struct kunci_sign_options *options,
                                struct kunci_signing **out, struct kunci_err *err)
{
    struct kunci_signing *signing = calloc(1, sizeof *signing);
    enum kunci_rc rc;

    *out = NULL;
    if (!signing)
        return err_no_memory(err);
    signing->signer = signer;
    signing->format = options->format;
    signing->attached = options->attached && options->format == KUNCI_FORMAT_CADES;
    signing->force = options->force;
    signing->resume = options->resume;
    signing->timestamper = options->timestamper;
    rc = load_key(signing, err);
    if (rc == KUNCI_OK && signing->format == KUNCI_FORMAT_CADES)
        rc = prepare_cades(signing, options, err);
    if (rc == KUNCI_OK)
        *out = signing;
    else
        kunci_signing_free(&signing);
    return rc;
}

void kunci_signing_free(struct kunci_signing **signing)
{
    struct kunci_signing *gone = *signing;

    *signing = NULL;
    if (!gone)
        return;
    EVP_PKEY_free(gone->key);
    signer_parts_clear(&gone->parts);
    buf_clear(&gone->certs);
    free(gone);
}

enum kunci_rc signing_sign(const struct kunci_signing *signing, const void *in, size_t in_len,
                           unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    struct kunci_signer *signer = signing->signer;
    enum kunci_rc rc = signer->sign(signer, in, in_len, sig, sig_len, err);

    return rc != KUNCI_OK
               ? rc
               : proof_check_by(signing->key, signer->alg, in, in_len, sig, *sig_len, err);
}

/* ---- one file ---- */

static const struct way {
    enum kunci_rc (*sign)(const struct task *task, struct kunci_err *err);
    enum kunci_rc (*is_signed)(const struct task *task, bool *is, struct kunci_err *err);
} ways[] = {
    [KUNCI_FORMAT_CADES] = {cades_sign, cades_is_signed},
    [KUNCI_FORMAT_RAW] = {raw_sign, raw_is_signed},
};

/* What can be refused is refused before the token does any work. */
static enum kunci_rc look_at_output(struct task *task, bool *is_signed, struct kunci_err *err)
{
    const struct kunci_signing *signing = task->signing;
    enum kunci_rc rc;

    *is_signed = false;
    if (!task->item->out)
        return KUNCI_OK;
    if ((rc = output_look(task->item->out, &task->replace, err)) != KUNCI_OK || !task->replace)
        return rc;
    if (signing->resume)
        return ways[signing->format].is_signed(task, is_signed, err);
    return signing->force ? KUNCI_OK : err_set(err, KUNCI_FILE_EXISTS, task->item->out, NULL);
}

enum kunci_rc task_run(struct task *task, enum kunci_signed *how, struct kunci_err *err)
{
    bool is_signed;
    enum kunci_rc rc;

    *how = KUNCI_NOT_SIGNED;
    if ((rc = look_at_output(task, &is_signed, err)) != KUNCI_OK)
        return rc;
    if (!is_signed && (rc = ways[task->signing->format].sign(task, err)) != KUNCI_OK)
        return rc;
    *how = is_signed ? KUNCI_SIGNED_BEFORE : KUNCI_SIGNED;
    return KUNCI_OK;
}

enum kunci_rc kunci_sign_file(struct kunci_signing *signing, const struct kunci_sign_item *item,
                              enum kunci_signed *how, struct kunci_err *err)
{
    struct task task = {.signing = signing, .item = item, .work = workspace_new(err)};
    enum kunci_rc rc = task.work ? task_run(&task, how, err) : err->rc;

    workspace_free(&task.work);
    return rc;
}
