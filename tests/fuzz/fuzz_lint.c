/* A certificate or a request is tried by every rule: each answers, and none is read past.
 * The first byte says which of the two it is. */
#include <kunci/cert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char profile[] = "pkcs11/x509/profiles/natural-person.yaml";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_lint lint;
    enum kunci_rc rc;
    size_t i;

    if (size == 0)
        return 0;
    rc = *data & 1 ? kunci_csr_lint(data + 1, size - 1, &lint, &err)
                   : kunci_cert_lint(data + 1, size - 1, profile, &lint, &err);
    if (rc != KUNCI_OK && rc != KUNCI_CERT_INVALID && rc != KUNCI_CSR_INVALID)
        abort();
    for (i = 0; i < lint.count; i++)
        if (!lint.findings[i].rule || !*lint.findings[i].sentence)
            abort();
    kunci_lint_clear(&lint);
    return 0;
}
