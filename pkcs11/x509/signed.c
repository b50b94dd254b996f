#include "x509/signed.h"

#include "base/der.h"
#include "base/error.h"
#include "x509/algor.h"
#include "x509/proof.h"

#include <openssl/asn1.h>
#include <stdlib.h>

enum kunci_rc signed_prepare(const struct kunci_signer *signer, struct kunci_err *err)
{
    X509_ALGOR *algor;
    enum kunci_rc rc = algor_new(signer->alg, &algor, err);

    X509_ALGOR_free(algor);
    return rc;
}

static enum kunci_rc prove(const struct kunci_signer *signer, EVP_PKEY *key,
                           const struct buf *inner, const unsigned char *sig, size_t sig_len,
                           struct kunci_err *err)
{
    if (key)
        return proof_check_message(key, signer->alg, inner->data, inner->len, sig, sig_len, err);
    return proof_check(signer, inner->data, inner->len, sig, sig_len, err);
}

enum kunci_rc signed_make_by(struct kunci_signer *signer, EVP_PKEY *key, const struct buf *inner,
                             unsigned char **der, size_t *len, struct kunci_err *err)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct buf parts = {0}, whole = {0};
    size_t sig_len = 0;
    enum kunci_rc rc;

    *der = NULL;
    *len = 0;
    buf_add(&parts, inner->data, inner->len);
    if ((rc = algor_add(signer->alg, &parts, err)) != KUNCI_OK ||
        (rc = kunci_sign_message(signer, inner->data, inner->len, sig, &sig_len, err)) !=
            KUNCI_OK ||
        (rc = prove(signer, key, inner, sig, sig_len, err)) != KUNCI_OK)
        goto out;
    der_header(&parts, V_ASN1_BIT_STRING, sig_len + 1);
    buf_add(&parts, "", 1); /* no bits of the last byte are unused */
    buf_add(&parts, sig, sig_len);
    der_wrap(&whole, DER_SEQUENCE, &parts);
    *len = whole.len;
    *der = (unsigned char *)buf_take(&whole);
    if (!*der)
        rc = err_no_memory(err);
out:
    buf_clear(&parts);
    buf_clear(&whole);
    return rc;
}

enum kunci_rc signed_make(struct kunci_signer *signer, const struct buf *inner, unsigned char **der,
                          size_t *len, struct kunci_err *err)
{
    return signed_make_by(signer, NULL, inner, der, len, err);
}
