/* A certificate or a request taken apart. The public key stays bytes: OpenSSL's own
 * X509 loads it, which takes longer than all the rest. */
#ifndef X509_PARTS_H
#define X509_PARTS_H

#include <kunci/error.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

struct parts {
    bool is_request;
    const unsigned char *der, *signed_part, *spki; /* not owned */
    size_t len, signed_len, spki_len;

    /* All that follows belongs to the parts. What a request has not is NULL. */
    const ASN1_INTEGER *version, *serial; /* of a certificate of version 1 NULL */
    const X509_ALGOR *algorithm, *algorithm_inside;
    const X509_NAME *issuer, *subject;
    const ASN1_TIME *not_before, *not_after;
    const ASN1_BIT_STRING *signature;
    const STACK_OF(X509_EXTENSION) * extensions; /* NULL: none */
    const STACK_OF(X509_ATTRIBUTE) * attributes; /* of a request */
    bool has_unique_ids;                         /* of issuer or subject */

    struct whole_certificate *certificate;
    struct whole_request *request;
    STACK_OF(X509_EXTENSION) * requested;
};

/* The bytes have to outlive the parts. Answers false where they are anything else,
 * OpenSSL's queue then saying whether memory ran out. */
KUNCI_MUST_USE bool parts_of_certificate(const unsigned char *der, size_t len, struct parts *out);
KUNCI_MUST_USE bool parts_of_request(const unsigned char *der, size_t len, struct parts *out);
void parts_clear(struct parts *parts);

/* The extension's contents as OpenSSL's structure for it, to be freed by its kind; NULL
 * where it is missing, stands twice or cannot be read. */
void *parts_extension(const struct parts *parts, int nid);
/* The place of the extension; -1: it is missing. */
int parts_extension_at(const struct parts *parts, int nid);
bool parts_is_critical(const struct parts *parts, int nid);

/* Issuer and subject are the same to the byte. */
bool parts_self_issued(const struct parts *parts);

/* Both have the same DER. */
bool name_same(const X509_NAME *a, const X509_NAME *b);

#endif
