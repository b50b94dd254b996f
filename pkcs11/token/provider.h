/* A small OpenSSL provider whose private keys are on tokens. Everything public
 * is left to OpenSSL's own provider, "default". */
#ifndef TOKEN_PROVIDER_H
#define TOKEN_PROVIDER_H

#include <kunci/key.h>
#include <openssl/core_dispatch.h>
#include <openssl/evp.h>

#define PROVIDER_OURS   "provider=kunci"
#define PROVIDER_PUBLIC "provider=default"

/* The parameter by which a struct kunci_key * comes into an EVP_PKEY. */
#define PROVIDER_PARAM_KEY "kunci-key"

/* What stands behind an EVP_PKEY of ours. */
struct provider_key {
    const char *type;       /* OpenSSL's name: "RSA", "EC", "ED25519" */
    EVP_PKEY *public;       /* in the default provider */
    struct kunci_key *held; /* NULL where it is a public key only */
};

/* One more reference to each part. */
void provider_key_hold(struct provider_key *to, const struct provider_key *from);
void provider_key_release(struct provider_key *key);

/* One signature by the token. hash NULL: in is no digest that we know of. The
 * shadow holds the parameters; NULL where none was set. A failure is left on
 * OpenSSL's queue. Answers 1 or 0, as OpenSSL wants it. */
int provider_order(const struct provider_key *key, EVP_PKEY_CTX *shadow, const EVP_MD *hash,
                   const void *in, size_t in_len, unsigned char *to, size_t *len, size_t room);

extern const OSSL_DISPATCH provider_rsa_key[], provider_ec_key[], provider_ed25519_key[];
extern const OSSL_DISPATCH provider_digest_signature[], provider_ed25519_signature[];

#endif
