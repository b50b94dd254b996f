/* Two authorities for TLS made of the stock openssl, in a folder (lib/place.h), and a
 * listener's key certified by one of them. What fails here ends the test program. */
#ifndef LIB_HTTPS_H
#define LIB_HTTPS_H

#include "net/listen_tls.h"

/* Makes ca.pem and other.pem with their keys. */
void https_up(void);

/* The listener's key gets a certificate of that authority ("ca", "other") for names as in
 * "DNS:localhost,IP:127.0.0.1", from now on. serial: a decimal number. */
void https_certify(struct listen_tls *tls, const char *authority, const char *names, int days,
                   unsigned serial);

/* The same for a fresh key in files: NAME.pem, NAME.key. */
void https_make(const char *name, const char *authority, const char *names, int days);

/* The serial number of the certificate that is shown at the address; 0: no handshake came
 * about. version: "1.3", "1.2", or "1.1". */
unsigned https_shown(const char *address, const char *version);

#endif
