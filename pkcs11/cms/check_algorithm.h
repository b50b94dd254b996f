/* How a signature was made: key, padding, hash. */
#ifndef CMS_CHECK_ALGORITHM_H
#define CMS_CHECK_ALGORITHM_H

#include <kunci/sign.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

enum algorithm_kind { RSA_PKCS1, RSA_PSS, ECDSA, EDDSA };

struct algorithm {
    enum algorithm_kind kind;
    enum kunci_alg alg; /* NONE: an old one, with sound false */
    const EVP_MD *hash; /* of the content, and of the attributes but for Ed25519 */
    int salt;           /* PSS */
    bool sound;         /* false: it proves nothing any more */
};

/* What the names say. Answers false for what we cannot prove at all. */
bool algorithm_read(const X509_ALGOR *hash, const X509_ALGOR *signature, struct algorithm *out);

/* "RSA-SHA256"; "RSA-SHA1" too. */
void algorithm_print(const struct algorithm *algorithm, char *to, size_t size);

/* Whether the key is of the algorithm's kind, and long enough. */
bool algorithm_fits(const struct algorithm *algorithm, EVP_PKEY *key);
bool algorithm_key_is_sound(EVP_PKEY *key);

/* Whether the key made the signature over the message, or over a content whose hash is
 * digest where that is not NULL. */
bool algorithm_prove(const struct algorithm *algorithm, EVP_PKEY *key, const unsigned char *digest,
                     const unsigned char *message, size_t len, const ASN1_OCTET_STRING *signature);

#endif
