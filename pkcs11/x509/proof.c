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

enum kunci_rc proof_check(const struct kunci_signer *signer, const void *in, size_t in_len,
                          const unsigned char *sig, size_t sig_len, struct kunci_err *err)
{
    bool pss = signer->alg >= KUNCI_PSS_SHA256 && signer->alg <= KUNCI_PSS_SHA512, proven;
    EVP_PKEY *key = spki_load(signer->spki, signer->spki_len);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context;

    proven = key && digest &&
             EVP_DigestVerifyInit(digest, &context, hash_of(signer->alg), NULL, key) == 1 &&
             (!pss || use_pss(context)) && EVP_DigestVerify(digest, sig, sig_len, in, in_len) == 1;
    EVP_MD_CTX_free(digest);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return proven ? KUNCI_OK : err_set(err, KUNCI_KEY_MISMATCH, NULL, NULL);
}
