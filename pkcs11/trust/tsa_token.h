/* A timestamp token: a CMS message whose content says what existed when. */
#ifndef TRUST_TSA_TOKEN_H
#define TRUST_TSA_TOKEN_H

#include "base/buf.h"
#include "cms/check.h"
#include "trust/tsa.h"

#include <openssl/ts.h>

struct tsa_token {
    struct cms cms;
    struct buf content;
    TS_TST_INFO *info;
    int64_t time;
    struct cms_proof proof; /* what tsa_token_prove() found */
};

/* Takes it apart; KUNCI_CMS_INVALID for what is none. out is to be cleared in any case. */
KUNCI_MUST_USE enum kunci_rc tsa_token_read(const unsigned char *token, size_t len,
                                            struct tsa_token *out, struct kunci_err *err);

/* Judges it, but for its certificate. */
KUNCI_MUST_USE enum kunci_rc tsa_token_prove(struct tsa_token *token, const struct tsa_over *over,
                                             struct kunci_err *err);
void tsa_token_clear(struct tsa_token *token);

#endif
