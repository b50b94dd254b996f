/* Keys that are made on the token and never leave it. */
#ifndef KUNCI_KEY_H
#define KUNCI_KEY_H

#include <kunci/sign.h>
#include <kunci/token.h>

#ifdef __cplusplus
extern "C" {
#endif

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* Bits, so that a token can say which of them it makes. */
enum kunci_key_type {
    KUNCI_KEY_OTHER = 0,
    KUNCI_KEY_RSA2048 = 1 << 0,
    KUNCI_KEY_RSA3072 = 1 << 1,
    KUNCI_KEY_RSA4096 = 1 << 2,
    KUNCI_KEY_P256 = 1 << 3,
    KUNCI_KEY_P384 = 1 << 4,
    KUNCI_KEY_P521 = 1 << 5,
    KUNCI_KEY_ED25519 = 1 << 6
};

const char *kunci_key_type_name(enum kunci_key_type type); /* "p256" */
enum kunci_key_type kunci_key_type_by_name(const char *name);

struct kunci_key;

struct kunci_key_info {
    enum kunci_key_type type;
    char label[256]; /* printable UTF-8 */
    char id[129];    /* CKA_ID in hexadecimal, lower case */
    bool has_private, has_public;
    bool sensitive, extractable, always_sensitive, never_extractable;
    bool sign, decrypt, derive;
    bool made_on_token; /* CKA_LOCAL */
    bool always_authenticate;
    bool id_conforms;     /* the id is the SHA-1 of the public key's BIT STRING */
    bool has_certificate; /* the holder's certificate of this public key is on the token */
};

/* All keys, private and public halves joined by public key. Private keys show
 * only after a login, which this asks for where the token needs one. */
struct kunci_key_list;
KUNCI_MUST_USE enum kunci_rc kunci_key_list(struct kunci_token *token, struct kunci_key_list **out,
                                            struct kunci_err *err);
size_t kunci_key_list_count(const struct kunci_key_list *list);
struct kunci_key *kunci_key_list_at(const struct kunci_key_list *list, size_t i);
void kunci_key_list_free(struct kunci_key_list **list);

/* One private key by label, id (hexadecimal) or URI; NULL: the only one. */
KUNCI_MUST_USE enum kunci_rc kunci_key_find(struct kunci_token *token, const char *select,
                                            struct kunci_key **out, struct kunci_err *err);

/* Makes a pair on the token: sensitive, not extractable, for signing only. Its
 * id is the SHA-1 of the public key's BIT STRING. The label must be new. */
KUNCI_MUST_USE enum kunci_rc kunci_key_new(struct kunci_token *token, enum kunci_key_type type,
                                           const char *label, struct kunci_key **out,
                                           struct kunci_err *err);

/* Deletes the private and the public half; certificates stay. */
KUNCI_MUST_USE enum kunci_rc kunci_key_delete(struct kunci_key *key, struct kunci_err *err);

KUNCI_MUST_USE enum kunci_rc kunci_key_info(struct kunci_key *key, struct kunci_key_info *out,
                                            struct kunci_err *err);
/* SubjectPublicKeyInfo, DER; belongs to the key. */
KUNCI_MUST_USE enum kunci_rc kunci_key_spki(struct kunci_key *key, const unsigned char **der,
                                            size_t *len, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_key_uri(struct kunci_key *key, char **out,
                                           struct kunci_err *err);
struct kunci_token *kunci_key_token(const struct kunci_key *key);
void kunci_key_free(struct kunci_key **key);

/* A signer over the key; KUNCI_ALG_NONE picks the usual algorithm of its
 * type. It may outlive the key, not the modules. */
KUNCI_MUST_USE enum kunci_rc kunci_key_signer(struct kunci_key *key, enum kunci_alg alg,
                                              struct kunci_signer **out, struct kunci_err *err);

/* An EVP_PKEY whose private half is the token's key, for TLS, CMP, OCSP, CRLs
 * and all else in OpenSSL that wants one. It may outlive the key, not the
 * modules. Which implementation does it is a setting. */
enum kunci_evp { KUNCI_EVP_PROVIDER, KUNCI_EVP_LIBP11 };
KUNCI_MUST_USE enum kunci_rc kunci_key_evp(struct kunci_key *key, enum kunci_evp how,
                                           struct evp_pkey_st **out, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
