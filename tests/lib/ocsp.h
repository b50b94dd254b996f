/* OCSP answers as a test wants them. */
#ifndef LIB_OCSP_H
#define LIB_OCSP_H

#include <openssl/ocsp.h>
#include <stdbool.h>
#include <stdint.h>

struct ocsp_wish {
    X509 *cert, *issuer, *signer;              /* signer: the issuer, or one it has delegated */
    EVP_PKEY *key;                             /* the signer's */
    int status;                                /* V_OCSP_CERTSTATUS_GOOD, ... */
    int reason;                                /* of a revocation */
    int64_t revoked, this_update, next_update; /* 0: no next update */
    int64_t invalid;                           /* invalidityDate; 0: none */
    const char *critical;                      /* OID of an extension nobody knows; NULL: none */
    const EVP_MD *hash;                        /* NULL: SHA-256 */
    bool pss;
};

/* An OCSPResponse in DER, to be freed by OPENSSL_free(); answers its length. */
int ocsp_make(const struct ocsp_wish *wish, unsigned char **der);

#endif
