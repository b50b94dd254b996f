/* The signer over a token's key. */
#include "base/error.h"
#include "base/text.h"
#include "token/key.h"

#include <stdlib.h>

/* DigestInfo of the longest hash. */
enum { DIGEST_INFO_MAX = 128 };

struct key_signer {
    struct kunci_signer signer;
    struct kunci_key *key;
};

static enum sign_how how_of(enum kunci_alg alg)
{
    switch (alg) {
    case KUNCI_ED25519:
        return SIGN_EDDSA;
    case KUNCI_ECDSA_SHA256:
    case KUNCI_ECDSA_SHA384:
    case KUNCI_ECDSA_SHA512:
        return SIGN_ECDSA;
    case KUNCI_PSS_SHA256:
    case KUNCI_PSS_SHA384:
    case KUNCI_PSS_SHA512:
        return SIGN_PSS;
    default:
        return SIGN_PKCS1;
    }
}

static enum kunci_rc sign(struct kunci_signer *signer, const void *in, size_t in_len,
                          unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    struct key_signer *self = signer->context;
    const char *hash = kunci_alg_hash(signer->alg);
    struct sign_order order = {how_of(signer->alg), hash, hash, in_len, in, in_len};
    unsigned char info[DIGEST_INFO_MAX];
    enum kunci_rc rc;

    if (order.how == SIGN_PKCS1) {
        order.in_len = sign_digest_info(hash, in, in_len, info);
        order.in = info;
        if (order.in_len == 0)
            return err_set(err, KUNCI_SIGN_UNSUPPORTED, self->key->half.object.label,
                           _("the digest has the wrong length"));
    }
    rc = sign_with_key(self->key, &order, sig, sig_len, err);
    if (rc == KUNCI_OK && order.how == SIGN_ECDSA)
        rc = sign_ecdsa_der(sig, sig_len, err);
    return rc;
}

static void release(struct kunci_signer *signer)
{
    struct key_signer *self = signer->context;

    kunci_key_free(&self->key);
    free(self);
}

static bool fits(const struct key_half *half, enum kunci_alg alg)
{
    switch (how_of(alg)) {
    case SIGN_EDDSA:
        return half->key_type == CKK_EC_EDWARDS;
    case SIGN_ECDSA:
        return half->key_type == CKK_EC;
    default:
        return half->key_type == CKK_RSA && kunci_alg_hash(alg);
    }
}

static enum kunci_alg usual(const struct key_half *half)
{
    if (half->kind)
        return half->kind->alg;
    return half->key_type == CKK_RSA ? KUNCI_RSA_SHA256 : KUNCI_ALG_NONE;
}

enum kunci_rc kunci_key_signer(struct kunci_key *key, enum kunci_alg alg, struct kunci_signer **out,
                               struct kunci_err *err)
{
    const char *label = key->half.object.label;
    struct key_signer *self;
    const unsigned char *spki;
    size_t spki_len;
    enum kunci_rc rc;

    *out = NULL;
    if (alg == KUNCI_ALG_NONE)
        alg = usual(&key->half);
    if (!key->has_private)
        return err_set(err, KUNCI_KEY_NOT_FOUND, label, NULL);
    if (key->half.never_signs)
        return err_set(err, KUNCI_SIGN_UNSUPPORTED, label, _("the key was not made to sign"));
    if (!fits(&key->half, alg))
        return err_set(err, KUNCI_SIGN_UNSUPPORTED, label, kunci_alg_name(alg));
    if ((rc = kunci_key_spki(key, &spki, &spki_len, err)) != KUNCI_OK)
        return rc;
    if (!(self = calloc(1, sizeof *self)))
        return err_no_memory(err);
    self->key = key_hold(key);
    self->signer = (struct kunci_signer){.alg = alg,
                                         .spki = spki,
                                         .spki_len = spki_len,
                                         .sign = sign,
                                         .free = release,
                                         .context = self};
    *out = &self->signer;
    return KUNCI_OK;
}
