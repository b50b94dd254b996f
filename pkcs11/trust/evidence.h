/* What an OCSP answer or CRLs prove of one certificate. */
#ifndef TRUST_EVIDENCE_H
#define TRUST_EVIDENCE_H

#include "trust/stock.h"

#include <kunci/trust.h>

enum { EVIDENCE_SKEW = 300 }; /* seconds that clocks may differ */

struct evidence {
    enum kunci_revoked status; /* KUNCI_NOT_CHECKED: nothing was found */
    char source[8];
    int64_t this_update, next_update; /* 0: it does not say */
    int64_t keeps_expired;            /* it tells of those too that expired since then; 0: no */
    int64_t revoked_at;
    int revoked_why;
    char trouble[256]; /* why nothing was found: a sentence, or "" */
};

/* Of which certificate, by whom, and when. */
struct question {
    X509 *cert, *issuer;
    const struct stock *stock; /* what may help: other certificates, CRLs */
    /* Whether a certificate other than the issuer may sign CRLs in its place; NULL: never. */
    bool (*may_sign)(X509 *signer, void *context);
    void *context;
    int64_t at, now;
};

/* The first trouble stays. */
void evidence_trouble(struct evidence *evidence, const char *sentence);

/* Whether something issued then can be relied on for that question; says why not. */
bool evidence_is_current(const struct question *question, struct evidence *evidence,
                         int64_t this_update, int64_t next_update);

/* Whether it may say that a certificate was not revoked: lists drop those that expired. */
bool evidence_covers_expiry(const struct question *question, const struct evidence *evidence);

#endif
