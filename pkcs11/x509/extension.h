/* Extensions put together, one after the other, for requests and certificates. */
#ifndef X509_EXTENSION_H
#define X509_EXTENSION_H

#include <kunci/error.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

/* Appends OpenSSL's structure for the extension. */
KUNCI_MUST_USE enum kunci_rc extension_add(STACK_OF(X509_EXTENSION) * list, int nid, bool critical,
                                           void *value, struct kunci_err *err);

/* Appends one whose contents are DER. */
KUNCI_MUST_USE enum kunci_rc extension_add_der(STACK_OF(X509_EXTENSION) * list,
                                               const ASN1_OBJECT *type, bool critical,
                                               const unsigned char *der, size_t len,
                                               struct kunci_err *err);

/* Appends "1.2.3.4=critical,0500"; one that is there already is refused. */
KUNCI_MUST_USE enum kunci_rc extension_read(STACK_OF(X509_EXTENSION) * list, const char *text,
                                            struct kunci_err *err);

#endif
