/* Distinguished names as people write them: "C=ID, O=Dinas, CN=Budi" (RFC 4514,
 * but in the order of the DER) and OpenSSL's "/C=ID/O=Dinas/CN=Budi". */
#ifndef X509_NAME_H
#define X509_NAME_H

#include <kunci/error.h>
#include <openssl/x509.h>

/* To be freed with X509_NAME_free(). */
KUNCI_MUST_USE enum kunci_rc name_parse(const char *text, X509_NAME **out, struct kunci_err *err);

/* Printable whatever stands in the name: what is not is written in hexadecimal.
 * name_parse() makes of it the DER that name_parse() made before. To be freed. */
KUNCI_MUST_USE enum kunci_rc name_print(const X509_NAME *name, char **out, struct kunci_err *err);

#endif
