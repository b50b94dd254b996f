/* Certificates issued: a profile, a public key, a subject and the issuer's signer make
 * one, which lint has tried before it is handed out. */
#ifndef X509_ISSUE_H
#define X509_ISSUE_H

#include "x509/profile.h"

#include <kunci/sign.h>

struct issue {
    const struct profile *profile;
    const unsigned char *spki; /* DER, goes into the certificate as it stands */
    size_t spki_len;
    const unsigned char *subject; /* a Name, DER: so that its order and types are kept */
    size_t subject_len;
    const unsigned char *names; /* GeneralNames, DER, of a request; NULL: none */
    size_t names_len;
    const unsigned char *issuer; /* certificate, DER; NULL: the key signs for itself */
    size_t issuer_len;
    EVP_PKEY *issuer_key;    /* its public key, as spki_load() makes it, where many are issued;
                              * NULL: it is made of the signer's */
    int64_t from;            /* seconds since 1970 */
    const char *const *fill; /* "ocsp=http://...", for the {ocsp} in the profile's addresses;
                              * ended by NULL; NULL: nothing is filled in */
};

/* der is to be freed. */
KUNCI_MUST_USE enum kunci_rc issue_certificate(const struct issue *issue,
                                               struct kunci_signer *signer, unsigned char **der,
                                               size_t *len, struct kunci_err *err);

/* The same for what a request asks for: its public key, its subject and its alternative
 * names, which the profile has to allow. The request's signature was checked before. */
KUNCI_MUST_USE enum kunci_rc issue_for_request(const struct issue *issue,
                                               const unsigned char *request, size_t request_len,
                                               struct kunci_signer *signer, unsigned char **der,
                                               size_t *len, struct kunci_err *err);

#endif
