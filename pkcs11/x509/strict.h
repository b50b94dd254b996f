/* DER and nothing but DER (X.690, 8 to 11): OpenSSL reads BER too. */
#ifndef X509_STRICT_H
#define X509_STRICT_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes are one value in DER, as far as that shows without knowing its structure. */
bool strict_der(const unsigned char *der, size_t len);

#endif
