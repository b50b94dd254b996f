/* What certificates and requests have in common as documents. */
#ifndef X509_DOCUMENT_H
#define X509_DOCUMENT_H

#include <kunci/cert.h>
#include <openssl/x509.h>

/* The largest file that is read. */
#define DOCUMENT_MAX ((size_t)1 << 20)

/* A kind of document: its names in PEM, ended by NULL, and what is said of one
 * that cannot be used. */
struct document_kind {
    const char *const *names;
    enum kunci_rc invalid;
    const char *about; /* what the error calls it, yet to be translated */
};

extern const struct document_kind document_certificate, document_request;

/* Takes the DER out of PEM or of DER, which nothing may follow. Only the frame
 * is looked at. To be freed. */
KUNCI_MUST_USE enum kunci_rc document_read(const struct document_kind *kind, const void *in,
                                           size_t len, unsigned char **der, size_t *der_len,
                                           struct kunci_err *err);

/* Answers kind->invalid, or that memory ran out where OpenSSL says so; empties
 * OpenSSL's queue. */
enum kunci_rc document_refuse(const struct document_kind *kind, const char *detail,
                              struct kunci_err *err);

/* Fills what is told the same way of both. */
KUNCI_MUST_USE enum kunci_rc document_describe(const unsigned char *der, size_t len,
                                               const X509_NAME *subject, const X509_PUBKEY *key,
                                               const X509_ALGOR *signature,
                                               struct kunci_cert_info *out, struct kunci_err *err);

/* Names, usages and extensions. */
struct parts;
KUNCI_MUST_USE enum kunci_rc
document_extensions(const struct parts *parts, struct kunci_cert_info *out, struct kunci_err *err);

#endif
