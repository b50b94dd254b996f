/* Where a certificate says that something about it can be fetched. */
#ifndef TRUST_PLACE_H
#define TRUST_PLACE_H

#include <openssl/x509v3.h>
#include <stddef.h>

enum { PLACES_MAX = 4 }; /* of more, the first */

/* URLs of http and https, in the certificate's order. */
struct places {
    char *urls[PLACES_MAX];
    size_t count;
};

void places_of_access(const X509 *cert, int method, struct places *out); /* NID_ad_OCSP, ... */
void places_of_crls(const X509 *cert, int extension, struct places *out);
void places_clear(struct places *places);

#endif
