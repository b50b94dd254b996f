/* What requests and certificates share: something signed, the algorithm, the signature. */
#ifndef X509_SIGNED_H
#define X509_SIGNED_H

#include "base/buf.h"

#include <kunci/sign.h>
#include <openssl/evp.h>

/* Refuses a signer that names no algorithm, before work is done for it. */
KUNCI_MUST_USE enum kunci_rc signed_prepare(const struct kunci_signer *signer,
                                            struct kunci_err *err);

/* Signs what stands in inner, proves the signature, and writes the whole. der is to be
 * freed. */
KUNCI_MUST_USE enum kunci_rc signed_make(struct kunci_signer *signer, const struct buf *inner,
                                         unsigned char **der, size_t *len, struct kunci_err *err);

/* The same where many are signed: key is the signer's public one, which spki_load() made
 * once for all of them; NULL: it is made. */
KUNCI_MUST_USE enum kunci_rc signed_make_by(struct kunci_signer *signer, EVP_PKEY *key,
                                            const struct buf *inner, unsigned char **der,
                                            size_t *len, struct kunci_err *err);

#endif
