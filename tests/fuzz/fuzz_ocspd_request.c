/* A request for OCSP answers. What is read is what stands there. */
#include "ams/ocspd_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ocspd_request request;
    struct ocspd_serial again;
    char text[CA_SERIAL];
    size_t i;

    if (!ocspd_request_read(data, size, &request))
        return 0;
    if (request.count < 1 || request.count > OCSPD_CERTS_MAX)
        abort();
    for (i = 0; i < request.count; i++) {
        const struct ocspd_serial *serial = &request.ids[i].serial;

        if (serial->len < 3 || serial->len > OCSPD_SERIAL_MAX ||
            !memmem(data, size, serial->der + 2, serial->len - 2U))
            abort();
        if (ocspd_serial_text(serial, text) &&
            (!ocspd_serial_read(text, &again) || memcmp(serial, &again, sizeof again) != 0))
            abort();
    }
    return 0;
}
