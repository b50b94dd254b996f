/* The certificate of an issuer, from where the certificate says it is (AIA caIssuers). */
#ifndef TRUST_ISSUER_FETCH_H
#define TRUST_ISSUER_FETCH_H

#include "trust/source.h"
#include "trust/stock.h"

enum { ISSUER_FETCHES = 8 }; /* for one request */

/* For the end of a way that led nowhere. Answers whether anything new came. */
bool issuer_fetch(struct source *source, const STACK_OF(X509) * way, struct stock *stock);

#endif
