/* The card's arithmetic, by OpenSSL. */
#include "tokens/piv_card.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

EVP_PKEY *key_generate(unsigned char algorithm)
{
    switch (algorithm) {
    case ALG_RSA1024:
        return EVP_RSA_gen(1024);
    case ALG_RSA2048:
        return EVP_RSA_gen(2048);
    case ALG_P256:
        return EVP_EC_gen("P-256");
    case ALG_P384:
        return EVP_EC_gen("P-384");
    default:
        return NULL;
    }
}

static bool is_rsa(const struct piv_key *key)
{
    return EVP_PKEY_get_base_id(key->key) == EVP_PKEY_RSA;
}

static bool add_number(const EVP_PKEY *key, const char *name, unsigned tag, struct bytes *out)
{
    unsigned char number[512];
    BIGNUM *n = NULL;
    bool ok = EVP_PKEY_get_bn_param(key, name, &n) == 1;

    if (ok)
        bytes_tlv(out, tag, number, (size_t)BN_bn2bin(n, number));
    BN_free(n);
    return ok;
}

bool key_public(const struct piv_key *key, struct bytes *out)
{
    struct bytes inner = {.len = 0};
    unsigned char *point = NULL;
    size_t len;
    bool ok;

    if (is_rsa(key)) {
        ok = add_number(key->key, OSSL_PKEY_PARAM_RSA_N, 0x81, &inner) &&
             add_number(key->key, OSSL_PKEY_PARAM_RSA_E, 0x82, &inner);
    } else {
        len = EVP_PKEY_get1_encoded_public_key(key->key, &point);
        ok = len > 0;
        if (ok)
            bytes_tlv(&inner, 0x86, point, len);
        OPENSSL_free(point);
    }
    if (ok)
        bytes_tlv(out, 0x7f49, inner.data, inner.len);
    return ok;
}

/* RSA is bare, whatever the padding was: the client has done it. */
bool key_sign(const struct piv_key *key, struct part input, struct bytes *out)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->key, NULL);
    unsigned char signature[512];
    size_t len = sizeof signature;
    bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
              (!is_rsa(key) || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1) &&
              EVP_PKEY_sign(ctx, signature, &len, input.data, input.len) == 1;

    if (ok)
        bytes_add(out, signature, len);
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool key_agree(const struct piv_key *key, struct part peer, struct bytes *out)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->key, NULL);
    EVP_PKEY *other = EVP_PKEY_new();
    unsigned char secret[64];
    size_t len = sizeof secret;
    bool ok = ctx && other && !is_rsa(key) && EVP_PKEY_copy_parameters(other, key->key) == 1 &&
              EVP_PKEY_set1_encoded_public_key(other, peer.data, peer.len) == 1 &&
              EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, other) == 1 &&
              EVP_PKEY_derive(ctx, secret, &len) == 1;

    if (ok)
        bytes_add(out, secret, len);
    EVP_PKEY_free(other);
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool management_cipher(const unsigned char *key, bool encrypt,
                       const unsigned char in[CHALLENGE_LENGTH],
                       unsigned char out[CHALLENGE_LENGTH])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len;
    bool ok = ctx && EVP_CipherInit_ex2(ctx, EVP_des_ede3_ecb(), key, NULL, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_CipherUpdate(ctx, out, &len, in, CHALLENGE_LENGTH) == 1 &&
              len == CHALLENGE_LENGTH;

    EVP_CIPHER_CTX_free(ctx);
    return ok;
}
