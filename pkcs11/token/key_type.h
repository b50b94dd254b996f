/* The kinds of keys there are, and what makes each in PKCS#11. */
#ifndef TOKEN_KEY_TYPE_H
#define TOKEN_KEY_TYPE_H

#include "token/ck.h"

#include <kunci/key.h>

struct key_kind {
    enum kunci_key_type type;
    const char *name;
    CK_KEY_TYPE key_type;
    CK_MECHANISM_TYPE make, sign;
    CK_ULONG bits;
    const char *params; /* CKA_EC_PARAMS: the curve's OID, DER; NULL for RSA */
    CK_ULONG params_len;
    enum kunci_alg alg; /* what it signs with unless told otherwise */
    const char *group;  /* OpenSSL's name of the curve; NULL for RSA */
};

extern const struct key_kind key_kinds[];
extern const size_t key_kind_count;

/* NULL for a type that is not in the table. */
const struct key_kind *key_kind_of(enum kunci_key_type type);
const struct key_kind *key_kind_of_rsa(CK_ULONG bits);
/* Any way of naming a curve in CKA_EC_PARAMS that tokens use: its OID or its name. */
const struct key_kind *key_kind_of_curve(const unsigned char *params, size_t len);

/* The types that the token in a slot makes, as bits of enum kunci_key_type. */
KUNCI_MUST_USE CK_RV key_kinds_made(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, unsigned *types);

#endif
