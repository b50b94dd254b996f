/* What CRLs prove of one certificate (RFC 5280, 6.3). */
#ifndef TRUST_CRL_JUDGE_H
#define TRUST_CRL_JUDGE_H

#include "trust/evidence.h"
#include "trust/source.h"

/* By the CRLs in the question's stock, the deltas among them included. */
void crl_judge(const struct question *question, struct evidence *evidence);

/* Fetches those that the certificate names into stock. kept: some had been fetched
 * before; anew: not to be content with such. */
void crl_fetch(const struct question *question, struct source *source, bool anew,
               struct stock *stock, bool *kept, struct evidence *evidence);

/* Which of the reasons for a revocation, of those that count, a list would tell for the
 * certificate: none where it is not about it. */
unsigned crl_scope(const struct crl *crl, const X509 *cert);
enum { CRL_ALL_REASONS = 0x807f };

#endif
