/* CMS SignedData (RFC 5652) read from a stream: content of any size passes by and is
 * hashed; all else is bounded and kept. */
#ifndef CMS_READ_H
#define CMS_READ_H

#include "cms/digests.h"

#include <openssl/bio.h>
#include <openssl/cms.h>

struct cms {
    CMS_ContentInfo *info; /* all but the content */
    STACK_OF(X509) * certs;
    STACK_OF(X509_CRL) * crls;
    STACK_OF(ASN1_TYPE) * ocsps; /* answers of OCSP responders, each a SEQUENCE; may be NULL */
    STACK_OF(CMS_SignerInfo) * signers; /* belongs to info; never empty */
    bool attached;                      /* the content was within */
    bool complete;                      /* the content was seen, here or there */
    bool contradicted;                  /* it was seen here and there, and differs */
    struct digests digests;
};

/* Where content within goes beside being hashed. */
struct cms_sink {
    bool (*take)(void *context, const unsigned char *bytes, size_t len); /* false: too much */
    void *context;
};

/* PEM or DER (or BER) to its end, which nothing may follow. KUNCI_CMS_INVALID says what
 * is wrong with it. sink may be NULL. out is to be cleared in any case. */
KUNCI_MUST_USE enum kunci_rc cms_read(BIO *in, const struct cms_sink *sink, struct cms *out,
                                      struct kunci_err *err);

/* The content of one that has none within, to the end; where it has, they are compared. */
KUNCI_MUST_USE enum kunci_rc cms_read_content(struct cms *cms, BIO *content, struct kunci_err *err);
void cms_clear(struct cms *cms);

#endif
