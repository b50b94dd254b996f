/* SignerInfo (RFC 5652), with the attributes of CAdES and no others. */
#ifndef CMS_SIGNER_INFO_H
#define CMS_SIGNER_INFO_H

#include "base/buf.h"
#include "base/element.h"
#include "cms/hash.h"
#include "x509/outline.h"

#include <kunci/sign.h>

/* What is the same in each signature of one signer, DER ready to be copied. */
struct signer_parts {
    struct buf id;                        /* issuer and serial number */
    struct buf hash_algorithm, algorithm; /* AlgorithmIdentifiers */
    struct buf signing_certificate;       /* the attribute */
};
KUNCI_MUST_USE enum kunci_rc signer_parts_make(enum kunci_alg alg, const struct outline *cert,
                                               struct signer_parts *out, struct kunci_err *err);
void signer_parts_clear(struct signer_parts *parts);

/* The signed attributes as they are signed, a SET: contentType, messageDigest and
 * signingCertificateV2, in DER's order. No signingTime: a level of CAdES that wants a
 * time has it from a timestamp. */
void signer_attributes(struct buf *to, const struct signer_parts *parts,
                       const unsigned char *digest, size_t len);

/* The whole. token is a timestamp of the signature; NULL: none. */
struct signer_signature {
    const unsigned char *bytes;
    size_t len;
    const unsigned char *token;
    size_t token_len;
};
void signer_info(struct buf *to, const struct signer_parts *parts, const struct buf *attributes,
                 const struct signer_signature *signature);

/* ---- one that stands in a signature already ---- */

struct signer_claim {
    struct element id, signature;
    struct element attributes; /* [0]; start is NULL where there are none */
    struct element digest;     /* messageDigest; start is NULL where there is none */
    enum hash_id hash;         /* of content and attributes; HASHES: a weak one */
    bool timestamped;
};
bool signer_read(const struct element *info, struct signer_claim *out);

#endif
