/* Signature algorithms as X.509 writes them: an OID and its parameters. */
#ifndef X509_ALGOR_H
#define X509_ALGOR_H

#include "base/buf.h"

#include <kunci/sign.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* To be freed with X509_ALGOR_free(). */
KUNCI_MUST_USE enum kunci_rc algor_new(enum kunci_alg alg, X509_ALGOR **out, struct kunci_err *err);

/* The same as DER, appended. */
KUNCI_MUST_USE enum kunci_rc algor_add(enum kunci_alg alg, struct buf *to, struct kunci_err *err);

/* The NID of its OID. */
int algor_nid(const X509_ALGOR *algor);

/* What stands in its parameters, to be freed; NULL for anything but a sequence. */
void *algor_params(const X509_ALGOR *algor, const ASN1_ITEM *item);

/* Whether what is signed by it can be relied on: its hash, PSS's too, has 112 bits of
 * strength at least, or the algorithm brings its own. */
bool algor_is_strong(const X509_ALGOR *algor);

/* "RSA-SHA256", or OpenSSL's name for what kunci does not sign with. */
void algor_print(const X509_ALGOR *algor, char *to, size_t size);

#endif
