/* What a signer signs beside the content: its hash, its type, the certificate's name. */
#ifndef CMS_CHECK_ATTRIBUTES_H
#define CMS_CHECK_ATTRIBUTES_H

#include "cms/check.h"

/* Whether there are any. */
bool attributes_are_there(CMS_SignerInfo *signer);

/* Form alone: those that have to be there are, each once and with one value, and the
 * type is that of the content. Reads the claimed time. */
bool attributes_check(const struct cms *cms, CMS_SignerInfo *signer, struct cms_proof *proof);

/* Whether they hold the content's hash. */
bool attributes_check_digest(const struct cms *cms, CMS_SignerInfo *signer, const EVP_MD *hash,
                             struct cms_proof *proof);
/* Whether they name the certificate, where they name one. */
bool attributes_check_cert(CMS_SignerInfo *signer, struct cms_proof *proof);

/* The bytes that are signed, to be freed with OPENSSL_free(); -1: no memory. */
int attributes_encode(CMS_SignerInfo *signer, unsigned char **der);

#endif
