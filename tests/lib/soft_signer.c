#include "lib/soft_signer.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "soft_signer: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

EVP_PKEY *soft_key(enum kunci_key_type type)
{
    EVP_PKEY *key = NULL;

    switch (type) {
    case KUNCI_KEY_RSA2048:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
        break;
    case KUNCI_KEY_RSA3072:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
        break;
    case KUNCI_KEY_RSA4096:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)4096);
        break;
    case KUNCI_KEY_P256:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        break;
    case KUNCI_KEY_P384:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
        break;
    case KUNCI_KEY_P521:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
        break;
    case KUNCI_KEY_ED25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    case KUNCI_KEY_OTHER:
        break;
    }
    must(key != NULL, "making a key");
    return key;
}

/* Signs a digest as it is given. */
static void sign_digest(EVP_PKEY *key, enum kunci_alg alg, const void *in, size_t in_len,
                        unsigned char *sig, size_t *sig_len)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool is_pss = alg >= KUNCI_PSS_SHA256 && alg <= KUNCI_PSS_SHA512;

    must(context && EVP_PKEY_sign_init(context) == 1, "EVP_PKEY_sign_init");
    must(EVP_PKEY_CTX_set_signature_md(context, EVP_get_digestbyname(kunci_alg_hash(alg))) == 1,
         "setting the hash");
    if (is_pss)
        must(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1,
             "setting PSS");
    must(EVP_PKEY_sign(context, sig, sig_len, in, in_len) == 1, "EVP_PKEY_sign");
    EVP_PKEY_CTX_free(context);
}

static enum kunci_rc soft_sign(struct kunci_signer *signer, const void *in, size_t in_len,
                               unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    EVP_MD_CTX *context;

    (void)err;
    *sig_len = KUNCI_SIGNATURE_MAX;
    if (kunci_alg_hash(signer->alg)) {
        sign_digest(signer->context, signer->alg, in, in_len, sig, sig_len);
        return KUNCI_OK;
    }
    context = EVP_MD_CTX_new();
    must(context && EVP_DigestSignInit(context, NULL, NULL, NULL, signer->context) == 1 &&
             EVP_DigestSign(context, sig, sig_len, in, in_len) == 1,
         "EVP_DigestSign");
    EVP_MD_CTX_free(context);
    return KUNCI_OK;
}

/* A signer and the copy of its public key that it points to. */
struct soft {
    struct kunci_signer signer;
    unsigned char *spki;
};

static void soft_free(struct kunci_signer *signer)
{
    struct soft *soft = (struct soft *)signer;

    EVP_PKEY_free(signer->context);
    OPENSSL_free(soft->spki);
    free(soft);
}

struct kunci_signer *soft_signer(EVP_PKEY *key, enum kunci_alg alg)
{
    struct soft *soft = calloc(1, sizeof *soft);
    int len;

    must(soft != NULL && EVP_PKEY_up_ref(key) == 1, "making a signer");
    len = i2d_PUBKEY(key, &soft->spki);
    must(len > 0, "i2d_PUBKEY");
    soft->signer = (struct kunci_signer){.alg = alg,
                                         .spki = soft->spki,
                                         .spki_len = (size_t)len,
                                         .sign = soft_sign,
                                         .free = soft_free,
                                         .context = key};
    return &soft->signer;
}
