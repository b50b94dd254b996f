#include "x509/proof.h"

#include "base/error.h"
#include "base/spki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdbool.h>

/* By functions, as looking hashes up by name would have OpenSSL register all. */
static const EVP_MD *hash_of(enum kunci_alg alg)
{
    switch (alg) {
    case KUNCI_RSA_SHA256:
    case KUNCI_PSS_SHA256:
    case KUNCI_ECDSA_SHA256:
        return EVP_sha256();
    case KUNCI_RSA_SHA384:
    case KUNCI_PSS_SHA384:
    case KUNCI_ECDSA_SHA384:
        return EVP_sha384();
    case KUNCI_RSA_SHA512:
    case KUNCI_PSS_SHA512:
    case KUNCI_ECDSA_SHA512:
        return EVP_sha512();
    default:
        return NULL;
    }
}

static bool use_pss(EVP_PKEY_CTX *context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool proves_digest(EVP_PKEY *key, enum kunci_alg alg, const void *in, size_t in_len,
                          const unsigned char *sig, size_t sig_len)
{
    bool pss = alg >= KUNCI_PSS_SHA256 && alg <= KUNCI_PSS_SHA512, proven;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

    proven = context && EVP_PKEY_verify_init(context) == 1 && (!pss || use_pss(context)) &&
             EVP_PKEY_CTX_set_signature_md(context, hash_of(alg)) == 1 &&
             EVP_PKEY_verify(context, sig, sig_len, in, in_len) == 1;
    EVP_PKEY_CTX_free(context);
    return proven;
}

static bool proves_message(EVP_PKEY *key, const void *in, size_t in_len, const unsigned char *sig,
                           size_t sig_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool proven = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                  EVP_DigestVerify(context, sig, sig_len, in, in_len) == 1;

    EVP_MD_CTX_free(context);
    return proven;
}

enum kunci_rc proof_check_by(EVP_PKEY *key, enum kunci_alg alg, const void *in, size_t in_len,
                             const unsigned char *sig, size_t sig_len, struct kunci_err *err)
{
    bool proven = hash_of(alg) ? proves_digest(key, alg, in, in_len, sig, sig_len)
                               : proves_message(key, in, in_len, sig, sig_len);

    ERR_clear_error();
    return proven ? KUNCI_OK : err_set(err, KUNCI_KEY_MISMATCH, NULL, NULL);
}

enum kunci_rc proof_check_message(EVP_PKEY *key, enum kunci_alg alg, const void *in, size_t in_len,
                                  const unsigned char *sig, size_t sig_len, struct kunci_err *err)
{
    const EVP_MD *hash = hash_of(alg);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (!hash)
        return proof_check_by(key, alg, in, in_len, sig, sig_len, err);
    if (EVP_Digest(in, in_len, digest, &digest_len, hash, NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    return proof_check_by(key, alg, digest, digest_len, sig, sig_len, err);
}

enum kunci_rc proof_check(const struct kunci_signer *signer, const void *in, size_t in_len,
                          const unsigned char *sig, size_t sig_len, struct kunci_err *err)
{
    EVP_PKEY *key = spki_load(signer->spki, signer->spki_len);
    enum kunci_rc rc = key ? proof_check_message(key, signer->alg, in, in_len, sig, sig_len, err)
                           : err_set(err, KUNCI_KEY_MISMATCH, NULL, NULL);

    ERR_clear_error();
    EVP_PKEY_free(key);
    return rc;
}
