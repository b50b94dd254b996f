#include "cms/bytes.h"

#include "base/error.h"
#include "base/text.h"
#include "cms/check.h"
#include "cms/signed_data.h"
#include "cms/signer_info.h"
#include "x509/proof.h"

#include <limits.h>

/* ---- signed ---- */

static enum kunci_rc memory_of(const struct buf *buf, struct kunci_err *err)
{
    return buf->failed ? err_no_memory(err) : KUNCI_OK;
}

static enum kunci_rc add_signer(struct kunci_signer *signer, const struct signer_parts *parts,
                                const void *content, size_t len, struct buf *to,
                                struct kunci_err *err)
{
    const struct hash *hash = &hashes[hash_of_alg(signer->alg)];
    unsigned char digest[EVP_MAX_MD_SIZE], sig[KUNCI_SIGNATURE_MAX];
    struct signer_signature signature = {.bytes = sig};
    struct buf attributes = {0};
    enum kunci_rc rc;

    if (EVP_Digest(content, len, digest, NULL, hash->md(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    signer_attributes(&attributes, parts, digest, hash->len);
    rc = memory_of(&attributes, err);
    if (rc == KUNCI_OK)
        rc = kunci_sign_message(signer, attributes.data, attributes.len, sig, &signature.len, err);
    if (rc == KUNCI_OK) /* before it leaves, as all that a token signs */
        rc = proof_check(signer, attributes.data, attributes.len, sig, signature.len, err);
    if (rc == KUNCI_OK) {
        signer_info(to, parts, &attributes, &signature);
        rc = memory_of(to, err);
    }
    buf_clear(&attributes);
    return rc;
}

enum kunci_rc cms_bytes_sign(struct kunci_signer *signer, const void *content, size_t len,
                             bool attached, struct buf *out, struct kunci_err *err)
{
    struct elements certs = {signer->cert, signer->cert + signer->cert_len};
    struct signed_data data = {.version = 1};
    struct signer_parts parts = {0};
    struct buf tail = {0};
    struct outline cert;
    enum kunci_rc rc;

    if (!signer->cert || !outline_take(&certs, &cert))
        return err_set(err, KUNCI_SIGN_NO_CERT, NULL, NULL);
    if ((rc = signer_parts_make(signer->alg, &cert, &parts, err)) != KUNCI_OK)
        return rc;
    buf_add(&data.hashes, parts.hash_algorithm.data, parts.hash_algorithm.len);
    buf_add(&data.certs, signer->cert, signer->cert_len);
    rc = add_signer(signer, &parts, content, len, &data.signers, err);
    if (rc == KUNCI_OK) {
        signed_data_tail(&tail, &data);
        signed_data_head(out, &data, attached, attached ? len : 0, tail.len);
        buf_add(out, content, attached ? len : 0);
        buf_add(out, tail.data, tail.len);
        out->failed |= tail.failed || data.hashes.failed;
        rc = memory_of(out, err);
    }
    buf_clear(&tail);
    signed_data_clear(&data);
    signer_parts_clear(&parts);
    return rc;
}

/* ---- proved ---- */

static bool take_content(void *context, const unsigned char *bytes, size_t len)
{
    struct buf *content = context;

    if (len > CMS_BYTES_MAX - content->len)
        return false;
    buf_add(content, bytes, len);
    return true;
}

static enum kunci_rc refuse(const char *detail, struct kunci_err *err)
{
    return err_set(err, KUNCI_CMS_INVALID, _("The signature"), detail);
}

/* Of the one signer. */
static enum kunci_rc prove(const struct cms *cms, X509 **cert, struct kunci_err *err)
{
    struct cms_proof proof;
    enum kunci_rc rc;

    if (cms->contradicted)
        return refuse(_("it is of another content"), err);
    if (!cms->complete)
        return refuse(_("its content is not within"), err);
    if (sk_CMS_SignerInfo_num(cms->signers) != 1)
        return refuse(_("it has more than one signer"), err);
    rc = cms_check(cms, sk_CMS_SignerInfo_value(cms->signers, 0), &proof, err);
    if (rc != KUNCI_OK)
        return rc;
    if (proof.indication != KUNCI_PASSED || !proof.cert)
        return refuse(proof.detail[0] ? proof.detail : kunci_reason_sentence(proof.reason), err);
    if (X509_up_ref(proof.cert) != 1)
        return err_openssl(err, "X509_up_ref");
    *cert = proof.cert;
    return KUNCI_OK;
}

void cms_bytes_clear(struct cms_bytes *bytes)
{
    buf_clear(&bytes->content);
    X509_free(bytes->cert);
    bytes->cert = NULL;
}

enum kunci_rc cms_bytes_check(const void *message, size_t message_len, const void *content,
                              size_t len, struct cms_bytes *out, struct kunci_err *err)
{
    const struct cms_sink sink = {take_content, &out->content};
    BIO *in = NULL, *beside = NULL;
    struct cms cms = {0};
    enum kunci_rc rc;

    *out = (struct cms_bytes){.cert = NULL};
    if (message_len > CMS_BYTES_MAX * 2 || len > INT_MAX)
        return refuse(_("it is larger than a signature can be"), err);
    in = BIO_new_mem_buf(message, (int)message_len);
    if (content)
        beside = BIO_new_mem_buf(content, (int)len);
    if (!in || (content && !beside)) {
        rc = err_no_memory(err);
        goto out;
    }
    rc = cms_read(in, content ? NULL : &sink, &cms, err);
    if (rc == KUNCI_OK && content) {
        buf_add(&out->content, content, len);
        rc = cms_read_content(&cms, beside, err);
    }
    if (rc == KUNCI_OK && (rc = memory_of(&out->content, err)) == KUNCI_OK)
        rc = prove(&cms, &out->cert, err);
out:
    cms_clear(&cms);
    BIO_free(in);
    BIO_free(beside);
    return rc;
}
