/* The signer: what a request, a CMS message or a PDF needs to be signed. A
 * token's key makes one (kunci_key_signer); a test makes one of a software key. */
#ifndef KUNCI_SIGN_H
#define KUNCI_SIGN_H

#include <kunci/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum kunci_alg {
    KUNCI_ALG_NONE = 0,
    KUNCI_RSA_SHA256,
    KUNCI_RSA_SHA384,
    KUNCI_RSA_SHA512,
    KUNCI_PSS_SHA256,
    KUNCI_PSS_SHA384,
    KUNCI_PSS_SHA512,
    KUNCI_ECDSA_SHA256,
    KUNCI_ECDSA_SHA384,
    KUNCI_ECDSA_SHA512,
    KUNCI_ED25519
};

/* The longest signature of any supported key, in bytes. */
#define KUNCI_SIGNATURE_MAX 1024

struct kunci_signer {
    enum kunci_alg alg;
    const unsigned char *spki; /* SubjectPublicKeyInfo, DER */
    size_t spki_len;
    const unsigned char *cert; /* the certificate, DER; NULL where there is none */
    size_t cert_len;

    /* Signs a digest made with the algorithm's hash, for Ed25519 the message
     * itself. ECDSA signatures are DER. May be called by many threads at once.
     * sig has room for KUNCI_SIGNATURE_MAX bytes. */
    enum kunci_rc (*sign)(struct kunci_signer *signer, const void *in, size_t in_len,
                          unsigned char *sig, size_t *sig_len, struct kunci_err *err);
    void (*free)(struct kunci_signer *signer);
    void *context;
};

/* Hashes in software as the algorithm wants it, then signs. */
KUNCI_MUST_USE enum kunci_rc kunci_sign_message(struct kunci_signer *signer, const void *message,
                                                size_t len, unsigned char *sig, size_t *sig_len,
                                                struct kunci_err *err);

/* "RSA-SHA256", and back; KUNCI_ALG_NONE for an unknown name. */
const char *kunci_alg_name(enum kunci_alg alg);
enum kunci_alg kunci_alg_by_name(const char *name);
/* The hash as OpenSSL names it, "SHA256"; NULL for Ed25519. */
const char *kunci_alg_hash(enum kunci_alg alg);

void kunci_signer_free(struct kunci_signer **signer);

#ifdef __cplusplus
}
#endif
#endif
