/* The SubjectPublicKeyInfo of what a token tells of a public key. */
#ifndef TOKEN_KEY_SPKI_H
#define TOKEN_KEY_SPKI_H

#include "token/key_type.h"

enum { KEY_ID_LEN = 20 };

/* Each answers the DER, to be given to OPENSSL_free(), or NULL without memory. */
unsigned char *key_spki_of_rsa(const CK_ATTRIBUTE *modulus, const CK_ATTRIBUTE *exponent,
                               size_t *len);
/* point: CKA_EC_POINT, an OCTET STRING of the point; some tokens give it bare. */
unsigned char *key_spki_of_point(const struct key_kind *kind, const CK_ATTRIBUTE *point,
                                 size_t *len);
/* NULL too where the bytes are no certificate. */
unsigned char *key_spki_of_certificate(const unsigned char *der, size_t der_len, size_t *len);

/* The SHA-1 of the public key's BIT STRING: the id that kunci gives a pair. Answers
 * false where the bytes are no SubjectPublicKeyInfo. */
bool key_spki_id(const unsigned char *der, size_t len, unsigned char id[KEY_ID_LEN]);

#endif
