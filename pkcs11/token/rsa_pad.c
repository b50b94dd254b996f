/* OpenSSL's own padding is reached by functions that are marked as old, and by none
 * that are not. */
#undef OPENSSL_API_COMPAT
#define OPENSSL_SUPPRESS_DEPRECATED

#include "token/rsa_pad.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static bool pad_pss(RSA *rsa, const struct sign_order *order, unsigned char *padded)
{
    const EVP_MD *hash = EVP_get_digestbyname(order->hash);
    const EVP_MD *mgf_hash = EVP_get_digestbyname(order->mgf_hash);

    return hash && mgf_hash && order->in_len == (size_t)EVP_MD_get_size(hash) &&
           RSA_padding_add_PKCS1_PSS_mgf1(rsa, padded, order->in, hash, mgf_hash,
                                          (int)order->salt) == 1;
}

size_t rsa_pad(const unsigned char *spki, size_t spki_len, const struct sign_order *order,
               unsigned char padded[KUNCI_SIGNATURE_MAX])
{
    RSA *rsa = d2i_RSA_PUBKEY(NULL, &spki, (long)spki_len);
    int size = rsa ? RSA_size(rsa) : 0;
    bool done = false;

    if (size > 0 && size <= KUNCI_SIGNATURE_MAX && order->in_len < (size_t)size) {
        if (order->how == SIGN_PSS)
            done = pad_pss(rsa, order, padded);
        else
            done = RSA_padding_add_PKCS1_type_1(padded, size, order->in, (int)order->in_len) == 1;
    }
    RSA_free(rsa);
    return done ? (size_t)size : 0;
}
