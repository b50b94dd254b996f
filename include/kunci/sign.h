/* The signer: what a request, a CMS message or a PDF needs to be signed. A
 * token's key makes one (kunci_key_signer); a test makes one of a software key. */
#ifndef KUNCI_SIGN_H
#define KUNCI_SIGN_H

#include <kunci/error.h>
#include <stdbool.h>

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

/* ---- files ---- */

enum kunci_format {
    KUNCI_FORMAT_CADES, /* CMS with the attributes of CAdES baseline, DER */
    KUNCI_FORMAT_RAW    /* the bare signature over the content */
};

/* Where timestamps come from. */
struct kunci_timestamper {
    /* A token (RFC 3161, the DER of its ContentInfo) over the bytes; to be freed. May be
     * called by many threads at once. NULL: signatures have no timestamp. */
    enum kunci_rc (*stamp)(void *context, const unsigned char *bytes, size_t len,
                           unsigned char **token, size_t *token_len, struct kunci_err *err);
    void *context;
};

/* One that asks the authorities under these URLs (RFC 3161 over HTTP, ended by NULL), the
 * next where one fails; each has 10 seconds. urls must live as long. */
struct kunci_timestamper kunci_timestamper_at(const char *const *urls);

struct kunci_sign_options {
    enum kunci_format format;
    bool attached; /* the content goes into the signature */
    bool force;    /* what stands under the output's name is replaced */
    bool resume;   /* so it is, but for a signature of that content by this certificate */
    /* Certificates, DER, one after the other: the signer's where it has none itself, and
     * those of its chain. Others are passed over. */
    const unsigned char *certs;
    size_t certs_len;
    struct kunci_timestamper timestamper; /* CAdES only: level T */
};

/* A signer made ready to sign many files; many threads may use it at once. */
struct kunci_signing;

/* Refused where the certificate is missing, is not valid now or not made for signing, and
 * where the key is too weak. signer must live as long; nothing of options is kept. */
KUNCI_MUST_USE enum kunci_rc kunci_signing_new(struct kunci_signer *signer,
                                               const struct kunci_sign_options *options,
                                               struct kunci_signing **out, struct kunci_err *err);
void kunci_signing_free(struct kunci_signing **signing);

struct kunci_sign_item {
    const char *in; /* the file; NULL: what in_fd gives */
    int in_fd;
    const char *out; /* where the signature goes; NULL: to out_fd */
    int out_fd;
    const char *join; /* a signature of the same content whose signers stay; NULL: none */
};

enum kunci_signed {
    KUNCI_NOT_SIGNED,   /* err says why; KUNCI_OK: it was not come to */
    KUNCI_SIGNED,       /* it is on the disk */
    KUNCI_SIGNED_BEFORE /* resume found it signed */
};

/* Signs one file of any size. Under the output's name stands the whole signature, or
 * what stood there before. */
KUNCI_MUST_USE enum kunci_rc kunci_sign_file(struct kunci_signing *signing,
                                             const struct kunci_sign_item *item,
                                             enum kunci_signed *how, struct kunci_err *err);

/* Many files, so many at a time. */
struct kunci_sign_batch {
    const struct kunci_sign_item *items;
    size_t count;
    unsigned jobs; /* 0: as many as there are cores */
    /* Called once for each item that was come to, by one thread at a time; may be NULL. */
    void (*done)(void *context, size_t item, enum kunci_signed how, const struct kunci_err *err);
    void *context;
    const volatile int *stop; /* not 0: no further file is begun; may be NULL */
};

struct kunci_sign_counts {
    size_t signed_now, signed_before, failed, left; /* left: not come to */
};

/* Goes on where a file fails, but not where every further one would: once a PIN is not
 * right, none is asked for again. KUNCI_SIGN_INCOMPLETE unless all are signed. */
KUNCI_MUST_USE enum kunci_rc kunci_sign_all(struct kunci_signing *signing,
                                            const struct kunci_sign_batch *batch,
                                            struct kunci_sign_counts *counts,
                                            struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
