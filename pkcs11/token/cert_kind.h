/* Whose word a certificate is that stands beside a key. */
#ifndef TOKEN_CERT_KIND_H
#define TOKEN_CERT_KIND_H

#include <stddef.h>

enum cert_kind {
    CERT_HOLDERS,   /* or what cannot be read */
    CERT_STATEMENT, /* a device's, of a key of its own: kunci_key_attest() */
    CERT_FILLER     /* a module's, where a key has none yet */
};

enum cert_kind cert_kind(const unsigned char *der, size_t len);

#endif
