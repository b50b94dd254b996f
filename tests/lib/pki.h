/* Certificates and CRLs made as a text describes them, a line each:
 *
 *   root root ca                          NAME ISSUER WORD...
 *   sub root ca basicConstraints=critical,CA:TRUE,pathlen:0
 *   ee sub ee to:-1
 *   crl sub revoke:ee:1:-5                crl ISSUER WORD...
 *
 * Words of a certificate:
 *   ca, ee, bare        what it has unless told otherwise: the extensions of an authority,
 *                       of a signer, or key identifiers alone
 *   NAME=VALUE          an extension as in openssl's configuration, in place of one of that
 *                       name; "NAME=-" takes it away; + stands for a blank
 *   subject:/CN=X       else /CN=NAME
 *   key:NAME            the key of that name, else its own; names that begin with rsa1024,
 *                       rsa2048, rsa3072, pss, p384, p521 or ed25519 are of that kind, and
 *                       all others P-256
 *   sign:NAME           signed by that key instead of the issuer's
 *   from:DAYS to:DAYS   from now, else -30 and 3650
 *   md:sha1  v1  serial:N
 * Words of a CRL beside extensions, key: (that signs it) and md:
 *   revoke:NAME[:REASON[:DAYS]]           serial number of that certificate
 *   of:NAME             the entries that follow are of this certificate's issuer (indirect)
 *   entry:NAME=VALUE    an extension of the entry before; DAYS= is an invalidityDate
 *   this:DAYS next:DAYS (next:- for none) number:N delta:N
 */
#ifndef LIB_PKI_H
#define LIB_PKI_H

#include <kunci/trust.h>
#include <openssl/x509v3.h>
#include <stdint.h>

struct pki;

/* What cannot be made ends the program. */
struct pki *pki_make(const char *text, int64_t now);
void pki_free(struct pki **pki);

X509 *pki_cert(const struct pki *pki, const char *name);
/* In the order of the text; NULL behind the last. */
X509 *pki_cert_at(const struct pki *pki, int i);
X509_CRL *pki_crl_at(const struct pki *pki, int i);

/* The same as DER, to be given to pki_drop(). */
struct kunci_blob pki_cert_blob(const struct pki *pki, const char *name);
struct kunci_blob pki_crl_blob(const struct pki *pki, int i);
void pki_drop(struct kunci_blob *blob);

EVP_PKEY *pki_key(const char *name); /* the same for the whole program */

#endif
