/* Certificates on the token, and requests for them. */
#ifndef KUNCI_CERT_H
#define KUNCI_CERT_H

#include <kunci/key.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One extension, as it is told to people. */
struct kunci_extension_info {
    char *oid, *name; /* "2.5.29.19", "basicConstraints"; the number again where it has no name */
    char *value;      /* in words where they are known, else hexadecimal */
    bool critical;
};

/* What a certificate or a request says of itself; text is printable UTF-8. */
struct kunci_cert_info {
    char *subject, *issuer;        /* "C=ID, O=..., CN=...", in the order of the DER */
    char *serial;                  /* hexadecimal, lower case */
    int64_t not_before, not_after; /* seconds since 1970 */
    char sha256[65];               /* fingerprint */
    char public_key[32];           /* "RSA 2048", "P-256", "Ed25519" */
    char signature[32];            /* "RSA-SHA256", "sha256WithRSAEncryption" where we know none */
    char **names;                  /* alternative ones, "dns:www.contoh.go.id", ended by NULL */
    char **usages;                 /* "digitalSignature", "emailProtection", ended by NULL */
    struct kunci_extension_info *extensions;
    size_t extension_count;
};
void kunci_cert_info_clear(struct kunci_cert_info *info);

/* Reads PEM or DER; gives DER back. To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_cert_read(const void *in, size_t len, unsigned char **der,
                                             size_t *der_len, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_cert_describe(const unsigned char *der, size_t len,
                                                 struct kunci_cert_info *out,
                                                 struct kunci_err *err);

/* What two certificates have in common: bits. 0 too where one cannot be read. */
enum kunci_alike { KUNCI_SAME_KEY = 1, KUNCI_SAME_SUBJECT = 2 };
unsigned kunci_cert_alike(const unsigned char *der, size_t len, const unsigned char *other,
                          size_t other_len);

/* Whether the first was issued by the second: names, key identifiers and signature. */
bool kunci_cert_issued_by(const unsigned char *der, size_t len, const unsigned char *issuer,
                          size_t issuer_len);

/* ---- rules that certificates and requests have to keep ---- */

struct kunci_finding {
    const char *rule;     /* its stable name, "serial_positive" */
    const char *clause;   /* "RFC 5280 4.1.2.2" */
    const char *sentence; /* what is wrong, in the language chosen */
    bool is_error;        /* else a warning */
};

struct kunci_lint {
    struct kunci_finding *findings;
    size_t count, errors;
};

/* Tries a certificate or a request, DER. profile: one that is shipped, "holder", or a
 * file, "./mine.yaml", whose rules are tried too; NULL: none. */
KUNCI_MUST_USE enum kunci_rc kunci_cert_lint(const unsigned char *der, size_t len,
                                             const char *profile, struct kunci_lint *out,
                                             struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_csr_lint(const unsigned char *der, size_t len,
                                            struct kunci_lint *out, struct kunci_err *err);
void kunci_lint_clear(struct kunci_lint *lint);

/* ---- on a token ---- */

struct kunci_cert;
struct kunci_cert_list;

KUNCI_MUST_USE enum kunci_rc kunci_cert_list(struct kunci_token *token,
                                             struct kunci_cert_list **out, struct kunci_err *err);
size_t kunci_cert_list_count(const struct kunci_cert_list *list);
struct kunci_cert *kunci_cert_list_at(const struct kunci_cert_list *list, size_t i);
void kunci_cert_list_free(struct kunci_cert_list **list);

/* All at once, DER, one after the other, as signing wants them. To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_certs_on(struct kunci_token *token, unsigned char **der,
                                            size_t *len, struct kunci_err *err);

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

/* Writes a certificate as kunci_cert_import() does, where that was not done before; has
 * its key on the token sign, proves the signature by the new certificate, and only then
 * deletes the old one. Ended in between it leaves both, and may be repeated. */
KUNCI_MUST_USE enum kunci_rc kunci_cert_replace(struct kunci_cert *old, const unsigned char *der,
                                                size_t len, struct kunci_cert **out,
                                                struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_cert_delete(struct kunci_cert *cert, struct kunci_err *err);

/* ---- requests (PKCS#10) ---- */

/* What a request asks for. Lists are ended by NULL; what is NULL is not asked for. */
struct kunci_csr_options {
    const char *subject;       /* in the order it will have, "C=ID, O=Dinas, CN=Budi", or as
                                * "/C=ID/O=Dinas/CN=Budi"; NULL: that of like */
    const unsigned char *like; /* a certificate, DER, whose subject, alternative names and
                                * usages are asked for where nothing else is said */
    size_t like_len;
    const char *const *names;      /* "dns:www.contoh.go.id", see kunci-csr(1) */
    const char *const *usages;     /* "digitalSignature", "emailProtection" */
    const char *const *extensions; /* "1.2.3.4=critical,0500", the contents in hexadecimal */
};

/* Makes a request signed by the signer. It was checked before it is handed out. */
KUNCI_MUST_USE enum kunci_rc kunci_csr_new(struct kunci_signer *signer,
                                           const struct kunci_csr_options *options,
                                           unsigned char **der, size_t *len, struct kunci_err *err);

/* Reads PEM or DER, gives DER back after checking its own signature. */
KUNCI_MUST_USE enum kunci_rc kunci_csr_read(const void *in, size_t in_len, unsigned char **der,
                                            size_t *len, struct kunci_err *err);

/* Fills all but issuer, serial and dates. */
KUNCI_MUST_USE enum kunci_rc kunci_csr_describe(const unsigned char *der, size_t len,
                                                struct kunci_cert_info *out, struct kunci_err *err);

/* PEM with the given name, "CERTIFICATE REQUEST". To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_pem_write(const char *name, const unsigned char *der, size_t len,
                                             char **out, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
