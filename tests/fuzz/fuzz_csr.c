/* A request: what is taken must be told, and refusing has its one error. */
#include <kunci/cert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT, second = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    unsigned char *der = NULL;
    size_t len;

    if (kunci_csr_read(data, size, &der, &len, &err) == KUNCI_OK) {
        if (kunci_csr_describe(der, len, &info, &err) != KUNCI_OK)
            abort();
        kunci_cert_info_clear(&info);
    } else if (err.rc != KUNCI_CSR_INVALID && err.rc != KUNCI_FILE_TOO_LARGE) {
        abort();
    }
    free(der);
    /* Few inputs have a good signature; what stands behind it is tried without. */
    if (kunci_csr_describe(data, size, &info, &second) == KUNCI_OK)
        kunci_cert_info_clear(&info);
    return 0;
}
