/* The path of a certificate that came along with a signature. */
#ifndef TRUST_SIGNER_PATH_H
#define TRUST_SIGNER_PATH_H

#include "cms/read.h"

#include <kunci/trust.h>

/* As kunci_path_check(), with all the certificates, CRLs and OCSP answers of the message. */
KUNCI_MUST_USE enum kunci_rc signer_path(struct kunci_trust *trust, const struct cms *cms,
                                         X509 *cert, enum kunci_purpose purpose, int64_t at,
                                         int64_t now, struct kunci_path **out,
                                         struct kunci_err *err);

#endif
