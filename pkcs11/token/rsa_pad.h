/* RSA padding in software, for tokens that know the bare operation only. */
#ifndef TOKEN_RSA_PAD_H
#define TOKEN_RSA_PAD_H

#include "token/sign_key.h"

/* Pads what is ordered (PKCS1 or PSS) to the length of the modulus, which padded has
 * room for. Answers that length, 0 where it cannot be done. */
size_t rsa_pad(const unsigned char *spki, size_t spki_len, const struct sign_order *order,
               unsigned char padded[KUNCI_SIGNATURE_MAX]);

#endif
