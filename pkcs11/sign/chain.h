/* The certificate that signs and those of its issuers, chosen among what there is. */
#ifndef SIGN_CHAIN_H
#define SIGN_CHAIN_H

#include "base/buf.h"

#include <kunci/sign.h>
#include <openssl/x509.h>

/* The signer's own, checked that it may sign now, to be freed; its DER and that of the
 * issuers found, without the root, go into all. */
KUNCI_MUST_USE enum kunci_rc chain_choose(const struct kunci_signer *signer,
                                          const unsigned char *certs, size_t certs_len, X509 **own,
                                          struct buf *all, struct kunci_err *err);

#endif
