/* Whom is believed, and what was learned on the way: shared by threads. */
#ifndef TRUST_TRUST_H
#define TRUST_TRUST_H

#include "trust/memory.h"
#include "trust/source.h"
#include "trust/stock.h"

#include <kunci/trust.h>
#include <openssl/x509.h>

struct kunci_trust {
    X509_STORE *anchors;
    struct stock others;
    STACK_OF(ASN1_OBJECT) * policies; /* NULL: any */
    enum kunci_revocation revocation;
    struct source *source; /* NULL: nothing is fetched */
    struct memory *memory;
};

/* The anchors of that name; to be freed with their stack. NULL: none. */
STACK_OF(X509) * trust_anchors(struct kunci_trust *trust, const X509_NAME *name);

#endif
