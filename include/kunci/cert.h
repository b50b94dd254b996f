/* Certificates on the token, and requests for them. */
#ifndef KUNCI_CERT_H
#define KUNCI_CERT_H

#include <kunci/key.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a certificate or a request says of itself; text is printable UTF-8. */
struct kunci_cert_info {
    char *subject, *issuer;        /* "C=ID, O=..., CN=...", in the order of the DER */
    char *serial;                  /* hexadecimal, lower case */
    int64_t not_before, not_after; /* seconds since 1970 */
    char sha256[65];               /* fingerprint */
    char public_key[32];           /* "RSA 2048", "P-256", "Ed25519" */
    char signature[32];            /* "RSA-SHA256", "sha256WithRSAEncryption" where we know none */
};
void kunci_cert_info_clear(struct kunci_cert_info *info);

/* Reads PEM or DER; gives DER back. To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_cert_read(const void *in, size_t len, unsigned char **der,
                                             size_t *der_len, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_cert_describe(const unsigned char *der, size_t len,
                                                 struct kunci_cert_info *out,
                                                 struct kunci_err *err);

/* ---- on a token ---- */

struct kunci_cert;
struct kunci_cert_list;

KUNCI_MUST_USE enum kunci_rc kunci_cert_list(struct kunci_token *token,
                                             struct kunci_cert_list **out, struct kunci_err *err);
size_t kunci_cert_list_count(const struct kunci_cert_list *list);
struct kunci_cert *kunci_cert_list_at(const struct kunci_cert_list *list, size_t i);
void kunci_cert_list_free(struct kunci_cert_list **list);

/* One certificate by label, id (hexadecimal) or URI; NULL: the only one. What a device
 * or a module put beside a key of the holder's is meant by its own label alone. */
KUNCI_MUST_USE enum kunci_rc kunci_cert_find(struct kunci_token *token, const char *select,
                                             struct kunci_cert **out, struct kunci_err *err);

const unsigned char *kunci_cert_der(const struct kunci_cert *cert, size_t *len);
const char *kunci_cert_label(const struct kunci_cert *cert);
const char *kunci_cert_id(const struct kunci_cert *cert); /* hexadecimal */
bool kunci_cert_has_key(const struct kunci_cert *cert);   /* its private key is there too */
KUNCI_MUST_USE enum kunci_rc kunci_cert_uri(struct kunci_cert *cert, char **out,
                                            struct kunci_err *err);
void kunci_cert_free(struct kunci_cert **cert);

/* Writes a certificate beside its key, under the key's id and label. Refused
 * where the token does not hold the key, or holds the certificate already. */
KUNCI_MUST_USE enum kunci_rc kunci_cert_import(struct kunci_token *token, const unsigned char *der,
                                               size_t len, struct kunci_cert **out,
                                               struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_cert_delete(struct kunci_cert *cert, struct kunci_err *err);

/* ---- requests (PKCS#10) ---- */

/* Makes a request signed by the signer. The subject is written in the order it
 * will have, "C=ID, O=Dinas, CN=Budi", or as "/C=ID/O=Dinas/CN=Budi". */
KUNCI_MUST_USE enum kunci_rc kunci_csr_new(struct kunci_signer *signer, const char *subject,
                                           unsigned char **der, size_t *len, struct kunci_err *err);

/* Reads PEM or DER, gives DER back after checking its own signature. */
KUNCI_MUST_USE enum kunci_rc kunci_csr_read(const void *in, size_t in_len, unsigned char **der,
                                            size_t *len, struct kunci_err *err);

/* Fills subject, public_key, signature and sha256. */
KUNCI_MUST_USE enum kunci_rc kunci_csr_describe(const unsigned char *der, size_t len,
                                                struct kunci_cert_info *out, struct kunci_err *err);

/* PEM with the given name, "CERTIFICATE REQUEST". To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_pem_write(const char *name, const unsigned char *der, size_t len,
                                             char **out, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
