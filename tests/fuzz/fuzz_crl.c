/* A CRL: what is taken can be looked through, to its end or to where it is damaged. */
#include "trust/crl.h"
#include "trust/crl_judge.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool no_memory;
    struct crl *crl = crl_read(data, size, &no_memory);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    X509 *cert = X509_new();
    struct crl_entry entry;

    if (!serial || !cert)
        abort();
    ASN1_INTEGER_set(serial, 1000);
    if (crl) {
        crl_find(crl, crl->issuer, serial, &entry);
        crl_scope(crl, cert);
    }
    crl_free(&crl);
    X509_free(cert);
    ASN1_INTEGER_free(serial);
    return 0;
}
