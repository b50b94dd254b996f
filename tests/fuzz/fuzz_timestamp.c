/* What an authority answers, and the token in it: each can be judged, and refusing has
 * its one error. */
#include "trust/tsa_reply.h"
#include "trust/tsa_token.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_token(const unsigned char *bytes, size_t len)
{
    const struct tsa_over over = {.bytes = "signature", .len = 9};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct tsa_token token;

    if (tsa_token_read(bytes, len, &token, &err) != KUNCI_OK) {
        if (err.rc != KUNCI_CMS_INVALID)
            abort();
    } else if (tsa_token_prove(&token, &over, &err) != KUNCI_OK) {
        abort();
    }
    tsa_token_clear(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *token = NULL;
    size_t len = 0;

    if (tsa_reply_read(data, size, &token, &len, &err) == KUNCI_OK)
        try_token(token, len);
    else if (err.rc != KUNCI_TIMESTAMP_FAILED)
        abort();
    free(token);
    try_token(data, size); /* few replies hold one */
    return 0;
}
