/* An OCSP answer to a question about a fixed certificate. */
#include "trust/ocsp.h"

#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once: a certificate that signs itself asks about itself. */
static X509 *subject(void)
{
    static X509 *cert;
    EVP_PKEY *key;

    if (cert)
        return cert;
    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    cert = X509_new();
    if (!key || !cert || !X509_set_pubkey(cert, key) ||
        !ASN1_INTEGER_set(X509_get_serialNumber(cert), 1001) ||
        !X509_gmtime_adj(X509_getm_notBefore(cert), 0) ||
        !X509_gmtime_adj(X509_getm_notAfter(cert), 1000) || !X509_sign(cert, key, NULL))
        abort();
    EVP_PKEY_free(key);
    return cert;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct stock stock = {0};
    const struct question question = {.cert = subject(),
                                      .issuer = subject(),
                                      .stock = &stock,
                                      .at = 1795000000,
                                      .now = 1795000000};
    struct evidence evidence = {.status = KUNCI_NOT_CHECKED};

    ocsp_judge(&question, data, size, NULL, &evidence);
    if (evidence.status != KUNCI_NOT_CHECKED && evidence.status != KUNCI_UNKNOWN)
        abort(); /* nobody has signed anything */
    return 0;
}
