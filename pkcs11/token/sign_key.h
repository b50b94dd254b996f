/* One signature by a key on its token: what the signer, the OpenSSL provider
 * and the libp11 bridge have in common. */
#ifndef TOKEN_SIGN_KEY_H
#define TOKEN_SIGN_KEY_H

#include <kunci/key.h>

enum sign_how {
    SIGN_PKCS1, /* in: a DigestInfo, or any bytes short enough to be padded */
    SIGN_PSS,   /* in: a digest */
    SIGN_RAW,   /* in: as many bytes as the modulus has, padded by the caller (RSA) */
    SIGN_ECDSA, /* in: a digest; out: r and s, each as long as the order */
    SIGN_EDDSA  /* in: the message */
};

struct sign_order {
    enum sign_how how;
    const char *hash, *mgf_hash; /* PSS only: OpenSSL's names, "SHA256" */
    size_t salt;                 /* PSS only */
    const void *in;
    size_t in_len;
};

/* Many threads may sign with one key at once. sig has room for
 * KUNCI_SIGNATURE_MAX bytes. */
KUNCI_MUST_USE enum kunci_rc sign_with_key(struct kunci_key *key, const struct sign_order *order,
                                           unsigned char *sig, size_t *sig_len,
                                           struct kunci_err *err);

/* Turns r and s in place into the DER that everything but PKCS#11 wants. */
KUNCI_MUST_USE enum kunci_rc sign_ecdsa_der(unsigned char *sig, size_t *sig_len,
                                            struct kunci_err *err);

/* The DigestInfo that PKCS#1 signatures are made of, for a digest made by hash
 * ("SHA256"). to has room for 128 bytes; answers its length, 0 for an unknown
 * hash or a digest of the wrong length. */
size_t sign_digest_info(const char *hash, const void *digest, size_t len, unsigned char *to);

/* One more holder of the key; each gives it back by kunci_key_free(). */
struct kunci_key *key_hold(struct kunci_key *key);

#endif
