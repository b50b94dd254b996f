/* Certificates and CRLs at hand, in no order, from wherever they came. */
#ifndef TRUST_STOCK_H
#define TRUST_STOCK_H

#include "trust/crl.h"

#include <kunci/error.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct stock {
    STACK_OF(X509) * certs; /* NULL: none */
    struct crl **crls;
    size_t crl_count, crl_room;
    bool failed; /* for lack of memory something is not in it */
};

/* Each takes DER; false where it is damaged or failed: then it is left out. */
bool stock_add_cert(struct stock *stock, const void *der, size_t len);
bool stock_add_crl(struct stock *stock, const void *der, size_t len);
/* Shares the certificate with its owner. */
bool stock_share_cert(struct stock *stock, X509 *cert);
/* All that the other holds; false where it failed. */
bool stock_share(struct stock *stock, const struct stock *from);
/* DER of a certificate, a CRL or a PKCS#7 of certificates, or PEM of any number of
 * them; what else is in PEM is passed over. Answers how many were taken, -1 where
 * something is damaged or the whole is none of these. */
int stock_add_any(struct stock *stock, const void *bytes, size_t len);
void stock_clear(struct stock *stock);

/* A file or a folder. A file that is named must hold something, all of it sound; of a
 * folder what is damaged or something else is named in the log and passed over. */
KUNCI_MUST_USE enum kunci_rc stock_read(struct stock *stock, const char *path,
                                        struct kunci_err *err);

#endif
