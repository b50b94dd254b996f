#include "cms/message.h"

#include "base/error.h"
#include "cms/signed_data.h"
#include "cms/signer_info.h"
#include "x509/proof.h"

#include <openssl/evp.h>
#include <string.h>

static enum kunci_rc read_signer(const struct kunci_signer *signer, struct outline *own,
                                 struct kunci_err *err)
{
    struct elements at = {signer->cert, signer->cert + signer->cert_len};
    size_t len;

    if (!signer->cert || !outline_take(&at, own) || at.next != at.end)
        return err_set(err, KUNCI_SIGN_NO_CERT, NULL, NULL);
    len = element_whole_len(&own->key); /* what a SubjectPublicKeyInfo ends with */
    if (len > signer->spki_len ||
        memcmp(signer->spki + signer->spki_len - len, own->key.start, len) != 0)
        return err_set(err, KUNCI_KEY_MISMATCH, NULL, NULL);
    return KUNCI_OK;
}

static enum kunci_rc sign_attributes(struct kunci_signer *signer, const struct buf *attributes,
                                     unsigned char *sig, size_t *len, struct kunci_err *err)
{
    enum kunci_rc rc;

    if (attributes->failed)
        return err_no_memory(err);
    rc = kunci_sign_message(signer, attributes->data, attributes->len, sig, len, err);
    return rc == KUNCI_OK ? proof_check(signer, attributes->data, attributes->len, sig, *len, err)
                          : rc;
}

static enum kunci_rc add_signer(struct kunci_signer *signer, const struct signer_parts *parts,
                                const struct message *message, struct buf *to,
                                struct kunci_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE], sig[KUNCI_SIGNATURE_MAX];
    struct signer_signature signature = {.bytes = sig};
    const struct hash *hash = &hashes[hash_of_alg(signer->alg)];
    struct buf attributes = {0};
    enum kunci_rc rc;

    if (EVP_Digest(message->content, message->len, digest, NULL, hash->md(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    signer_attributes(&attributes, parts, digest, hash->len);
    rc = sign_attributes(signer, &attributes, sig, &signature.len, err);
    if (rc == KUNCI_OK)
        signer_info(to, parts, &attributes, &signature);
    buf_clear(&attributes);
    return rc;
}

static void put_together(const struct signed_data *data, const struct message *message,
                         struct buf *out)
{
    struct buf tail = {0};

    signed_data_tail(&tail, data);
    signed_data_head(out, data, message->attached, message->attached ? message->len : 0, tail.len);
    if (message->attached)
        buf_add(out, message->content, message->len);
    buf_add(out, tail.data, tail.len);
    out->failed |= tail.failed;
    buf_clear(&tail);
}

enum kunci_rc message_sign(struct kunci_signer *signer, const struct message *message,
                           struct buf *out, struct kunci_err *err)
{
    struct signed_data data = {.version = 1};
    struct signer_parts parts = {0};
    struct outline own;
    enum kunci_rc rc;

    if ((rc = read_signer(signer, &own, err)) != KUNCI_OK ||
        (rc = signer_parts_make(signer->alg, &own, &parts, err)) != KUNCI_OK)
        return rc;
    buf_add(&data.hashes, parts.hash_algorithm.data, parts.hash_algorithm.len);
    buf_add(&data.certs, signer->cert, signer->cert_len);
    if ((rc = add_signer(signer, &parts, message, &data.signers, err)) == KUNCI_OK) {
        put_together(&data, message, out);
        if (out->failed || data.hashes.failed)
            rc = err_no_memory(err);
    }
    signer_parts_clear(&parts);
    signed_data_clear(&data);
    return rc;
}
