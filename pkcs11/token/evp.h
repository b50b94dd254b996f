/* Keys as OpenSSL sees them: the two implementations behind kunci_key_evp(). */
#ifndef TOKEN_EVP_H
#define TOKEN_EVP_H

#include <kunci/key.h>

/* By a provider inside this library. */
KUNCI_MUST_USE enum kunci_rc provider_evp(struct kunci_key *key, struct evp_pkey_st **out,
                                          struct kunci_err *err);

/* By libp11, which is loaded at the first use. */
KUNCI_MUST_USE enum kunci_rc libp11_evp(struct kunci_key *key, struct evp_pkey_st **out,
                                        struct kunci_err *err);

/* Puts the error on OpenSSL's queue, as library "kunci" with the error's stable
 * name for the reason: what called OpenSSL learns why a signature failed. */
void evp_raise(const struct kunci_err *err);

#endif
