/* A folder, a root, an issuer and a signer in software with its certificate: what tests
 * of signatures need. What fails here ends the test program. */
#ifndef LIB_SIGNING_DESK_H
#define LIB_SIGNING_DESK_H

#include "lib/certified.h"

#include <kunci/key.h>
#include <kunci/sign.h>

struct desk {
    char dir[64];
    EVP_PKEY *root_key, *issuer_key, *key;
    X509 *root, *issuer, *cert;
    struct kunci_signer *signer; /* without its certificate */
    unsigned char *certs;        /* all three, DER, one after the other */
    size_t certs_len;
};

/* root.pem, issuer.pem and cert.pem stand in the folder. */
struct desk *desk_up(enum kunci_key_type type, enum kunci_alg alg, const struct certified *how);
void desk_down(struct desk **desk);

/* The name of a file in the folder, good until the 16th call after. */
const char *desk_path(const struct desk *desk, const char *name);

/* Writes a file of so many bytes there, none like the one before. */
void desk_write(const struct desk *desk, const char *name, size_t len);

/* The whole file; to be freed. */
unsigned char *desk_read(const struct desk *desk, const char *name, size_t *len);

/* Whether a shell command, run in the folder, ends well; what it says is shown where it
 * does not. */
int desk_sh(const struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Signs by these options, the desk's certificates being added. */
KUNCI_MUST_USE enum kunci_rc desk_sign(const struct desk *desk,
                                       const struct kunci_sign_options *options, const char *in,
                                       const char *out, const char *join, enum kunci_signed *how,
                                       struct kunci_err *err);

#endif
