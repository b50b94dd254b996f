/* One signature of a message proved: which certificate made it, over what. */
#ifndef CMS_CHECK_H
#define CMS_CHECK_H

#include "cms/read.h"

#include <kunci/trust.h>

struct cms_proof {
    enum kunci_indication indication;
    enum kunci_reason reason;
    char detail[256];
    X509 *cert;                         /* the message's; NULL: not found */
    char algorithm[32];                 /* "RSA-SHA256"; "" where there is none of ours */
    int64_t claimed_time;               /* 0: none */
    bool cades;                         /* the attributes name the certificate */
    const ASN1_OCTET_STRING *signature; /* the message's */
};

/* Judges it without asking whether the certificate can be believed. The signed
 * attributes are proved in DER, sorted as RFC 5652 has them, however they came. */
KUNCI_MUST_USE enum kunci_rc cms_check(const struct cms *cms, CMS_SignerInfo *signer,
                                       struct cms_proof *out, struct kunci_err *err);

/* Says what is wrong; the first cause wins. Answers false. */
bool cms_find_fault(struct cms_proof *proof, enum kunci_indication indication,
                    enum kunci_reason reason, const char *detail);

#endif
