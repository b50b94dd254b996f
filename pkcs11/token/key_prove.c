/* Two halves that say nothing of each other: a signature tells. */
#include "token/key.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <string.h>

static CK_RV sign(const struct session *session, const struct key_half *private,
                  const unsigned char *in, size_t in_len, unsigned char *sig, size_t *len)
{
    CK_MECHANISM mechanism = {private->kind->sign, NULL, 0};
    CK_ULONG room = KUNCI_SIGNATURE_MAX;
    unsigned char copy[32];
    CK_RV rv = session->f->C_SignInit(session->handle, &mechanism, private->object.handle);

    memcpy(copy, in, in_len);
    if (rv == CKR_OK)
        rv = session->f->C_Sign(session->handle, copy, in_len, sig, &room);
    *len = room;
    return rv;
}

static bool check(EVP_PKEY *public, bool hashed, const unsigned char *in, size_t in_len,
                  unsigned char *sig, size_t len)
{
    EVP_MD_CTX *digest = NULL;
    EVP_PKEY_CTX *context = NULL;
    struct kunci_err ignored = KUNCI_ERR_INIT;
    bool fits;

    if (hashed) {
        context = EVP_PKEY_CTX_new(public, NULL);
        fits = sign_ecdsa_der(sig, &len, &ignored) == KUNCI_OK && context &&
               EVP_PKEY_verify_init(context) == 1 &&
               EVP_PKEY_verify(context, sig, len, in, in_len) == 1;
    } else {
        digest = EVP_MD_CTX_new();
        fits = digest && EVP_DigestVerifyInit(digest, NULL, NULL, NULL, public) == 1 &&
               EVP_DigestVerify(digest, sig, len, in, in_len) == 1;
    }
    EVP_PKEY_CTX_free(context);
    EVP_MD_CTX_free(digest);
    return fits;
}

bool key_can_prove(const struct session *session, const struct key_half *private)
{
    return !session->of_so && private->kind && private->key_type != CKK_RSA &&
           !private->always_authenticate && !private->never_signs;
}

bool key_proves(const struct session *session, const struct key_half *private,
                const struct key_half *public)
{
    unsigned char in[32], sig[KUNCI_SIGNATURE_MAX];
    const unsigned char *der = public->spki;
    EVP_PKEY *key;
    size_t len;
    bool proves;

    if (!key_can_prove(session, private) || RAND_bytes(in, sizeof in) != 1 ||
        sign(session, private, in, sizeof in, sig, &len) != CKR_OK)
        return false;
    if (!(key = d2i_PUBKEY(NULL, &der, (long)public->spki_len)))
        return false;
    proves = check(key, private->key_type == CKK_EC, in, sizeof in, sig, len);
    EVP_PKEY_free(key);
    return proves;
}
