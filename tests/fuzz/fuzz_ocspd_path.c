/* The path of a GET for an OCSP answer. */
#include "ams/ocspd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *to = malloc(OCSPD_REQUEST_MAX);
    char *path = malloc(size + 1);
    size_t len = 1;

    if (!to || !path)
        abort();
    memcpy(path, data, size);
    path[size] = '\0';
    if (ocspd_path_read(path, to, &len) && (len == 0 || len > size || len > OCSPD_REQUEST_MAX))
        abort();
    free(path);
    free(to);
    return 0;
}
