/* An attestation: two lengths of two bytes each, the statement, the device's certificate,
 * and the rest is the file of roots. The key is the one that the statement speaks of. */
#include <kunci/attest.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of its own, so that a read past its end is seen. */
static unsigned char *take(const uint8_t **data, size_t *size, size_t len)
{
    unsigned char *copy = malloc(len ? len : 1);

    if (!copy)
        abort();
    memcpy(copy, *data, len);
    *data += len;
    *size -= len;
    return copy;
}

static size_t length(const uint8_t *at, size_t most)
{
    size_t len = (size_t)at[0] << 8 | at[1];

    return len < most ? len : most;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_attestation attestation = {0};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *spki = NULL, *roots;
    const unsigned char *in;
    size_t lengths[2];
    X509 *x509;
    int len = 0;

    if (size < 4)
        return 0;
    lengths[0] = length(data, size - 4);
    lengths[1] = length(data + 2, size - 4 - lengths[0]);
    data += 4;
    size -= 4;
    in = attestation.statement = take(&data, &size, lengths[0]);
    attestation.statement_len = lengths[0];
    attestation.device = take(&data, &size, lengths[1]);
    attestation.device_len = lengths[1];
    roots = take(&data, &size, lengths[0] = size);
    if ((x509 = d2i_X509(NULL, &in, (long)attestation.statement_len)))
        len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki);
    if (kunci_attestation_verify(&attestation, spki, len > 0 ? (size_t)len : 0,
                                 lengths[0] ? roots : NULL, lengths[0], &err) == KUNCI_OK &&
        !attestation.root != !lengths[0])
        abort();
    if (err.rc != KUNCI_OK && err.rc != KUNCI_ATTEST_INVALID && err.rc != KUNCI_CERT_INVALID &&
        err.rc != KUNCI_FILE_TOO_LARGE)
        abort();
    X509_free(x509);
    OPENSSL_free(spki);
    free(roots);
    kunci_attestation_clear(&attestation);
    return 0;
}
