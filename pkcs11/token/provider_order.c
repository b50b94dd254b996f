/* What the provider asks the token for. */
#include "token/provider.h"

#include "base/error.h"
#include "token/evp.h"
#include "token/sign_key.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <string.h>

/* Sends the order to the token and hands on a signature that fits. */
static enum kunci_rc send_order(const struct provider_key *key, const struct sign_order *order,
                                unsigned char *to, size_t *len, size_t room, struct kunci_err *err)
{
    unsigned char made[KUNCI_SIGNATURE_MAX];
    enum kunci_rc rc;

    if (!key->held)
        return err_set(err, KUNCI_SIGN_UNSUPPORTED, key->type, "a public key only");
    rc = sign_with_key(key->held, order, made, len, err);
    if (rc == KUNCI_OK && order->how == SIGN_ECDSA)
        rc = sign_ecdsa_der(made, len, err);
    if (rc == KUNCI_OK && *len > room)
        rc = err_set(err, KUNCI_SIGN_UNSUPPORTED, key->type, "no room for the signature");
    if (rc == KUNCI_OK)
        memcpy(to, made, *len);
    return rc;
}

/* OpenSSL's short name, whichever of a hash's names the caller used. */
static const char *hash_name(const EVP_MD *hash)
{
    return OBJ_nid2sn(EVP_MD_get_type(hash));
}

/* Turns OpenSSL's words for the salt into its length. */
static enum kunci_rc fill_in_pss(const struct provider_key *key, EVP_PKEY_CTX *shadow,
                                 const EVP_MD *hash, struct sign_order *order,
                                 struct kunci_err *err)
{
    int salt = 0, most = (EVP_PKEY_get_bits(key->public) + 6) / 8 - EVP_MD_get_size(hash) - 2;
    const EVP_MD *mgf_hash = NULL;

    if (EVP_PKEY_CTX_get_rsa_pss_saltlen(shadow, &salt) <= 0 ||
        EVP_PKEY_CTX_get_rsa_mgf1_md(shadow, &mgf_hash) <= 0)
        return err_openssl(err, "EVP_PKEY_CTX_get_params");
    if (salt == RSA_PSS_SALTLEN_DIGEST)
        salt = EVP_MD_get_size(hash);
    else if (salt < 0)
        salt = most;
    if (salt < 0 || salt > most)
        return err_set(err, KUNCI_SIGN_UNSUPPORTED, key->type, "salt too long for the key");
    order->how = SIGN_PSS;
    order->hash = hash_name(hash);
    order->mgf_hash = hash_name(mgf_hash ? mgf_hash : hash);
    order->salt = (size_t)salt;
    return KUNCI_OK;
}

/* hash NULL: the caller gives what is to be padded as it stands. */
static enum kunci_rc sign_rsa(const struct provider_key *key, EVP_PKEY_CTX *shadow,
                              const EVP_MD *hash, struct sign_order order, unsigned char *to,
                              size_t *len, size_t room, struct kunci_err *err)
{
    int padding = RSA_PKCS1_PADDING;
    unsigned char info[128];
    enum kunci_rc rc;

    if (shadow && EVP_PKEY_CTX_get_rsa_padding(shadow, &padding) <= 0)
        return err_openssl(err, "EVP_PKEY_CTX_get_rsa_padding");
    if (padding == RSA_PKCS1_PSS_PADDING && hash) {
        if ((rc = fill_in_pss(key, shadow, hash, &order, err)) != KUNCI_OK)
            return rc;
    } else if (padding == RSA_PKCS1_PADDING) {
        order.how = SIGN_PKCS1;
        if (hash) {
            order.in_len = sign_digest_info(hash_name(hash), order.in, order.in_len, info);
            order.in = info;
            if (order.in_len == 0)
                return err_set(err, KUNCI_SIGN_UNSUPPORTED, key->type, hash_name(hash));
        }
    } else {
        return err_set(err, KUNCI_SIGN_UNSUPPORTED, key->type, "padding");
    }
    return send_order(key, &order, to, len, room, err);
}

int provider_order(const struct provider_key *key, EVP_PKEY_CTX *shadow, const EVP_MD *hash,
                   const void *in, size_t in_len, unsigned char *to, size_t *len, size_t room)
{
    struct sign_order order = {.in = in, .in_len = in_len};
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_rc rc;

    if (hash && in_len != (size_t)EVP_MD_get_size(hash)) {
        rc = err_set(&err, KUNCI_SIGN_UNSUPPORTED, key->type, "wrong length of the digest");
    } else if (EVP_PKEY_is_a(key->public, "RSA")) {
        rc = sign_rsa(key, shadow, hash, order, to, len, room, &err);
    } else {
        order.how = EVP_PKEY_is_a(key->public, "EC") ? SIGN_ECDSA : SIGN_EDDSA;
        rc = send_order(key, &order, to, len, room, &err);
    }
    if (rc != KUNCI_OK)
        evp_raise(&err);
    return rc == KUNCI_OK;
}
