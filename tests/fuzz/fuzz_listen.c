/* Addresses, escapes and lengths as the listener reads them. */
#include "net/listen_address.h"
#include "net/listen_text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *text = strndup((const char *)data, size), again[LISTEN_ADDRESS_MAX];
    struct sockaddr_storage address;
    uint64_t length;
    socklen_t len;

    if (!text)
        return 0;
    if (listen_text_length(text, &length) && length > 999999999999999999)
        abort();
    if (listen_address_read(text, &address, &len)) {
        listen_address_write((struct sockaddr *)&address, again, true);
        if (!listen_address_read(again, &address, &len))
            abort();
    }
    len = (socklen_t)strlen(text);
    if (listen_text_undo(text) && (strlen(text) > len || strpbrk(text, "\r\n\x7f")))
        abort();
    free(text);
    return 0;
}
