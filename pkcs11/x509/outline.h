/* What is read of a certificate without loading its key, which takes OpenSSL longer than
 * a signature does. Nothing is proved of it. */
#ifndef X509_OUTLINE_H
#define X509_OUTLINE_H

#include "base/element.h"

struct outline {
    struct element whole, serial, issuer, subject, key; /* key: the BIT STRING */
    int64_t not_before, not_after;
    bool states_usage, may_sign; /* digitalSignature or nonRepudiation */
};

/* The next certificate of several, one after the other; false where none can be read. */
bool outline_take(struct elements *from, struct outline *out);

/* Whether its names are the same. */
bool outline_is_root(const struct outline *outline);
bool outline_issued(const struct outline *issuer, const struct outline *cert);

#endif
