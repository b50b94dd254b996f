/* The certificate that signs and those of its issuers, chosen among what there is. */
#ifndef SIGN_CHAIN_H
#define SIGN_CHAIN_H

#include "base/buf.h"
#include "x509/outline.h"

#include <kunci/sign.h>

/* The signer's own, checked that it may sign now, and the issuers found, without the
 * root: their DER goes into all. own points into it. */
KUNCI_MUST_USE enum kunci_rc chain_choose(const struct kunci_signer *signer,
                                          const unsigned char *certs, size_t certs_len,
                                          struct buf *all, struct outline *own,
                                          struct kunci_err *err);

#endif
