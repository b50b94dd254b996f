/* A signer over a key in software, for tests that want a signature and no token.
 * What fails here ends the test program. */
#ifndef LIB_SOFT_SIGNER_H
#define LIB_SOFT_SIGNER_H

#include <kunci/key.h>
#include <openssl/evp.h>

/* A new key; to be freed with EVP_PKEY_free(). */
EVP_PKEY *soft_key(enum kunci_key_type type);

/* Holds a reference to the key; to be freed with kunci_signer_free(). A test may
 * set its cert, which stays the test's own. */
struct kunci_signer *soft_signer(EVP_PKEY *key, enum kunci_alg alg);

#endif
