/* Timestamps of signatures, asked for of authorities on the network. */
#include "trust/tsa.h"

#include <kunci/sign.h>

enum { TIMEOUT_MS = 10000 };

static enum kunci_rc stamp(void *context, const unsigned char *bytes, size_t len,
                           unsigned char **token, size_t *token_len, struct kunci_err *err)
{
    const struct tsa_options options = {.urls = context, .timeout_ms = TIMEOUT_MS};

    return tsa_stamp(&options, bytes, len, token, token_len, err);
}

struct kunci_timestamper kunci_timestamper_at(const char *const *urls)
{
    return (struct kunci_timestamper){stamp, (void *)(uintptr_t)urls};
}
