/* A certificate: what is taken must be told, but for dates that are none. */
#include <kunci/cert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    unsigned char *der = NULL;
    size_t len;

    if (kunci_cert_read(data, size, &der, &len, &err) == KUNCI_OK &&
        kunci_cert_describe(der, len, &info, &err) == KUNCI_OK)
        kunci_cert_info_clear(&info);
    if (err.rc != KUNCI_OK && err.rc != KUNCI_CERT_INVALID && err.rc != KUNCI_FILE_TOO_LARGE)
        abort();
    free(der);
    return 0;
}
