/* SubjectPublicKeyInfo as bytes: taken apart and put together without loading the
 * key. OpenSSL's own X509_PUBKEY loads each, which takes longer than signing. */
#ifndef BASE_SPKI_H
#define BASE_SPKI_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

struct spki {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *key;
};

/* NULL where the bytes are anything else. */
struct spki *spki_read(const unsigned char *der, size_t len);
void spki_free(struct spki **spki);

/* The DER, to be given to OPENSSL_free(), or NULL without memory. The algorithm's
 * parameter is taken over. */
unsigned char *spki_write(int nid, int parameter_type, void *parameter, const unsigned char *key,
                          size_t key_len, size_t *len);

/* RSAPublicKey, what stands in the BIT STRING of an RSA key. */
struct spki_rsa {
    ASN1_INTEGER *modulus, *exponent;
};
struct spki_rsa *spki_rsa_read(const unsigned char *der, size_t len);
unsigned char *spki_rsa_write(const struct spki_rsa *key, size_t *len);
void spki_rsa_free(struct spki_rsa **key);

/* The key as OpenSSL wants it for checking; NULL for what is none of ours. */
EVP_PKEY *spki_load(const unsigned char *der, size_t len);

#endif
