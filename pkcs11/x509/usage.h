/* What a key is for: the bits of keyUsage and the purposes of extendedKeyUsage, by the
 * names of RFC 5280. */
#ifndef X509_USAGE_H
#define X509_USAGE_H

#include "base/buf.h"

#include <kunci/error.h>
#include <openssl/x509v3.h>

enum usage {
    USAGE_DIGITAL_SIGNATURE,
    USAGE_NON_REPUDIATION,
    USAGE_KEY_ENCIPHERMENT,
    USAGE_DATA_ENCIPHERMENT,
    USAGE_KEY_AGREEMENT,
    USAGE_KEY_CERT_SIGN,
    USAGE_CRL_SIGN,
    USAGE_ENCIPHER_ONLY,
    USAGE_DECIPHER_ONLY,
    USAGE_COUNT
};
#define USAGE(name) (1u << USAGE_##name)

/* In the order of the bits, ended by NULL. */
extern const char *const usage_words[];

/* The BIT STRING as a set, and back; NULL without memory. */
unsigned usage_bits(const ASN1_BIT_STRING *usage);
ASN1_BIT_STRING *usage_new(unsigned bits);

/* "emailProtection" or "1.3.6.1.5.5.7.3.4"; NULL where the text is neither. */
ASN1_OBJECT *usage_purpose(const char *text);

/* Takes names of both kinds apart. Purposes stay NULL where there is none. */
KUNCI_MUST_USE enum kunci_rc usage_read(const char *const *names, unsigned *bits,
                                        EXTENDED_KEY_USAGE **purposes, struct kunci_err *err);

#endif
