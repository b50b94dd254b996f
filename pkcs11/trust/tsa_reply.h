/* What a timestamp authority answers: whether it did, and the token. */
#ifndef TRUST_TSA_REPLY_H
#define TRUST_TSA_REPLY_H

#include <kunci/error.h>

/* The token is to be freed. KUNCI_TIMESTAMP_FAILED: there is none, and why. */
KUNCI_MUST_USE enum kunci_rc tsa_reply_read(const unsigned char *reply, size_t len,
                                            unsigned char **token, size_t *token_len,
                                            struct kunci_err *err);

#endif
