/* The extensions of a certificate that is issued. */
#ifndef X509_ISSUE_EXTENSIONS_H
#define X509_ISSUE_EXTENSIONS_H

#include "x509/issue.h"
#include "x509/parts.h"

struct making {
    const struct issue *issue;
    const struct parts *issuer; /* NULL where the key signs for itself */
    STACK_OF(X509_EXTENSION) * to;
    struct kunci_err *err;
};

/* All of them, by what the profile says. */
KUNCI_MUST_USE enum kunci_rc issue_extensions(const struct making *making);

/* Where the CRL is, the issuer's certificate and OCSP. */
KUNCI_MUST_USE enum kunci_rc issue_crl(const struct making *making);
KUNCI_MUST_USE enum kunci_rc issue_access(const struct making *making);

/* Under which policies, and what a qualified certificate states. */
KUNCI_MUST_USE enum kunci_rc issue_policies(const struct making *making);
KUNCI_MUST_USE enum kunci_rc issue_statements(const struct making *making);

#endif
