/* The signature algorithms: their names, their hashes, and signing with them. */
#include "base/error.h"

#include <kunci/sign.h>
#include <openssl/evp.h>
#include <strings.h>

/* The hash is reached by a function, not looked up by its name: a look-up would
 * have OpenSSL register every algorithm it knows. */
static const struct row {
    const char *name, *hash;
    const EVP_MD *(*md)(void);
} rows[] = {
    [KUNCI_ALG_NONE] = {"none", NULL, NULL},
    [KUNCI_RSA_SHA256] = {"RSA-SHA256", "SHA256", EVP_sha256},
    [KUNCI_RSA_SHA384] = {"RSA-SHA384", "SHA384", EVP_sha384},
    [KUNCI_RSA_SHA512] = {"RSA-SHA512", "SHA512", EVP_sha512},
    [KUNCI_PSS_SHA256] = {"PSS-SHA256", "SHA256", EVP_sha256},
    [KUNCI_PSS_SHA384] = {"PSS-SHA384", "SHA384", EVP_sha384},
    [KUNCI_PSS_SHA512] = {"PSS-SHA512", "SHA512", EVP_sha512},
    [KUNCI_ECDSA_SHA256] = {"ECDSA-SHA256", "SHA256", EVP_sha256},
    [KUNCI_ECDSA_SHA384] = {"ECDSA-SHA384", "SHA384", EVP_sha384},
    [KUNCI_ECDSA_SHA512] = {"ECDSA-SHA512", "SHA512", EVP_sha512},
    [KUNCI_ED25519] = {"Ed25519", NULL, NULL},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const struct row *row_of(enum kunci_alg alg)
{
    return &rows[(unsigned)alg < ROWS ? alg : KUNCI_ALG_NONE];
}

const char *kunci_alg_name(enum kunci_alg alg)
{
    return row_of(alg)->name;
}

enum kunci_alg kunci_alg_by_name(const char *name)
{
    unsigned i;

    for (i = 0; i < ROWS; i++)
        if (strcasecmp(name, rows[i].name) == 0)
            return (enum kunci_alg)i;
    return KUNCI_ALG_NONE;
}

const char *kunci_alg_hash(enum kunci_alg alg)
{
    return row_of(alg)->hash;
}

enum kunci_rc kunci_sign_message(struct kunci_signer *signer, const void *message, size_t len,
                                 unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    const struct row *row = row_of(signer->alg);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (!row->md)
        return signer->sign(signer, message, len, sig, sig_len, err);
    if (EVP_Digest(message, len, digest, &digest_len, row->md(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    return signer->sign(signer, digest, digest_len, sig, sig_len, err);
}

void kunci_signer_free(struct kunci_signer **signer)
{
    if (*signer)
        (*signer)->free(*signer);
    *signer = NULL;
}
