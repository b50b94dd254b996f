/* OCSP (RFC 6960): asked for, and what an answer proves. */
#ifndef TRUST_OCSP_H
#define TRUST_OCSP_H

#include "trust/evidence.h"
#include "trust/source.h"

/* Reads an OCSPResponse or a BasicOCSPResponse in DER and, where it answers the question
 * better than what is in evidence already, puts it there. nonce: that was sent, or NULL. */
void ocsp_judge(const struct question *question, const void *der, size_t len,
                const ASN1_OCTET_STRING *nonce, struct evidence *evidence);

/* Asks the responders that the certificate names, until one has answered. */
void ocsp_ask(const struct question *question, struct source *source, struct evidence *evidence);

#endif
