/* That a signature was made by the key that stands beside it. */
#ifndef X509_PROOF_H
#define X509_PROOF_H

#include <kunci/sign.h>
#include <openssl/evp.h>

/* Checks what the signer made of in: a wrong public key on the token, or a token
 * that signs nonsense, is found before the signature leaves the house. */
KUNCI_MUST_USE enum kunci_rc proof_check(const struct kunci_signer *signer, const void *in,
                                         size_t in_len, const unsigned char *sig, size_t sig_len,
                                         struct kunci_err *err);

/* The same of what the signer was handed, a digest or, for Ed25519, the message, by a key
 * that spki_load() loaded once for many. */
KUNCI_MUST_USE enum kunci_rc proof_check_by(EVP_PKEY *key, enum kunci_alg alg, const void *in,
                                            size_t in_len, const unsigned char *sig, size_t sig_len,
                                            struct kunci_err *err);

/* The same of what was hashed and then signed. */
KUNCI_MUST_USE enum kunci_rc proof_check_message(EVP_PKEY *key, enum kunci_alg alg, const void *in,
                                                 size_t in_len, const unsigned char *sig,
                                                 size_t sig_len, struct kunci_err *err);

#endif
