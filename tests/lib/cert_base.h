/* Certificates to be changed: they keep every rule of lint until a test breaks one.
 * What fails here ends the test program. */
#ifndef LIB_CERT_BASE_H
#define LIB_CERT_BASE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

/* Not signed yet: a holder's, or an authority's; to be freed with X509_free(). */
X509 *cert_base(bool authority, EVP_PKEY *key);

/* Adds an attribute of this type of string. */
void cert_put(X509_NAME *name, const char *field, int type, const char *value);
/* As openssl.cnf has it; NULL takes the extension away. */
void cert_set_extension(X509 *x509, int nid, const char *value);
void cert_set_serial(X509 *x509, const unsigned char *bytes, size_t len);
void cert_set_time(X509 *x509, bool after, int type, const char *text);

#endif
