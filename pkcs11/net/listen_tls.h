/* The server's name in TLS: a key that is made in memory at each start and never leaves it,
 * and the certificates for it, which may be replaced while connections run. */
#ifndef NET_LISTEN_TLS_H
#define NET_LISTEN_TLS_H

#include <kunci/error.h>
#include <kunci/trust.h>
#include <stddef.h>

struct listen_tls;

/* A fresh P-256 key without a certificate: until it has one, every handshake fails. */
KUNCI_MUST_USE enum kunci_rc listen_tls_new(struct listen_tls **out, struct kunci_err *err);

/* The public key, a SubjectPublicKeyInfo in DER, for the CA to certify; it stays the
 * identity's own. */
struct kunci_blob listen_tls_spki(const struct listen_tls *tls);

/* The certificate and those above it up to the root, which is left out, DER; the first must
 * be of this key (else KUNCI_KEY_MISMATCH). Handshakes from now on show it. */
KUNCI_MUST_USE enum kunci_rc listen_tls_chain(struct listen_tls *tls,
                                              const struct kunci_blob *certificates, size_t count,
                                              struct kunci_err *err);

/* After every listener that has it was stopped. */
void listen_tls_free(struct listen_tls **tls);

#endif
