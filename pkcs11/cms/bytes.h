/* CMS SignedData (RFC 5652) of bytes in memory, signed and proved in one call: what is said
 * by one signer, and no larger than a letter. Files are sign/'s. */
#ifndef CMS_BYTES_H
#define CMS_BYTES_H

#include "base/buf.h"

#include <kunci/sign.h>
#include <openssl/x509.h>

/* DER with the attributes of CAdES and the signer's certificate, which it must have;
 * attached: the content is within. Adds to out, whose failure is the error's. */
KUNCI_MUST_USE enum kunci_rc cms_bytes_sign(struct kunci_signer *signer, const void *content,
                                            size_t len, bool attached, struct buf *out,
                                            struct kunci_err *err);

struct cms_bytes {
    struct buf content; /* what was signed */
    X509 *cert;         /* whose key made the signature; it came within */
};
void cms_bytes_clear(struct cms_bytes *bytes);

/* Takes PEM too, and BER; KUNCI_CMS_INVALID says what does not hold. Whether the
 * certificate can be believed remains to be asked. content NULL: it has to be within, and
 * may have at most so many bytes; else it has to be that. out is to be cleared in any case. */
enum { CMS_BYTES_MAX = 1 << 20 };
KUNCI_MUST_USE enum kunci_rc cms_bytes_check(const void *message, size_t message_len,
                                             const void *content, size_t len, struct cms_bytes *out,
                                             struct kunci_err *err);

#endif
