/* Certificates for tests: made up, signed by whoever is said. What fails here ends the
 * test program. */
#ifndef LIB_CERTIFIED_H
#define LIB_CERTIFIED_H

#include <openssl/x509.h>

struct certified {
    const char *name;      /* its CN */
    long begins_s, ends_s; /* from now on */
    const char *usage;     /* "digitalSignature"; NULL: none is stated */
    const char *basic;     /* basicConstraints; NULL: none */
};

/* By itself where issuer is NULL. key may be public only, unless it signs itself. To be
 * freed with X509_free(). */
X509 *certified(const struct certified *how, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key);

#endif
