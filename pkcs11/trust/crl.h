/* One CRL (RFC 5280, 5). Its entries stay DER and are walked through when one is looked
 * for: a list of a million takes its own size in memory and no more. */
#ifndef TRUST_CRL_H
#define TRUST_CRL_H

#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct crl_bytes {
    const unsigned char *at;
    size_t len;
};

struct crl {
    atomic_uint owners;
    unsigned char *der;
    struct crl_bytes signed_part, entries; /* within der */
    X509_NAME *issuer;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
    int64_t this_update, next_update; /* 0: it does not say */
    ISSUING_DIST_POINT *idp;          /* NULL: it is about all of the issuer's */
    ASN1_INTEGER *number;             /* NULL: it has none */
    ASN1_INTEGER *base;               /* of a delta: what it adds to; NULL: it is complete */
    int64_t keeps_expired;            /* those that expired since then are still listed; 0: none */
    bool unknown;                     /* something critical in it is not known: it proves nothing */
};

/* Takes DER; NULL where it is damaged, or memory ran out. Nothing is proved by that. */
struct crl *crl_read(const void *der, size_t len, bool *no_memory);
void crl_share(struct crl *crl); /* to be freed once more */
void crl_free(struct crl **crl);

/* Its signature was made by that key, and by an algorithm that is no weaker than 112 bits. */
bool crl_signed_by(const struct crl *crl, EVP_PKEY *key);

/* Whether an X.509 name is among those names; NULL holds none. */
bool crl_holds_name(const GENERAL_NAMES *names, const X509_NAME *wanted);

bool crl_is_indirect(const struct crl *crl);

enum crl_found { CRL_ABSENT, CRL_LISTED, CRL_REMOVED, CRL_DAMAGED };
struct crl_entry {
    int64_t date; /* of the revocation, or since when the key may be in others' hands */
    int why;      /* CRLReason; -1: not said */
};
enum crl_found crl_find(const struct crl *crl, const X509_NAME *issuer, const ASN1_INTEGER *serial,
                        struct crl_entry *out);

#endif
