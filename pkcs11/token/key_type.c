#include "token/key_type.h"

#include <stdlib.h>
#include <string.h>

enum { MECHANISMS_MAX = 65536 };

#define RSA(bits)                                                                                  \
    {                                                                                              \
        KUNCI_KEY_RSA##bits, "rsa" #bits, CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS, bits,  \
            NULL, 0, KUNCI_RSA_SHA256, NULL                                                        \
    }
#define CURVE(bits, oid, hash)                                                                     \
    {                                                                                              \
        KUNCI_KEY_P##bits, "p" #bits, CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, bits, oid,           \
            sizeof oid - 1, KUNCI_ECDSA_SHA##hash, "P-" #bits                                      \
    }
#define ED25519_OID "\x06\x03\x2b\x65\x70"

const struct key_kind key_kinds[] = {
    RSA(2048),
    RSA(3072),
    RSA(4096),
    CURVE(256, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 256),
    CURVE(384, "\x06\x05\x2b\x81\x04\x00\x22", 384),
    CURVE(521, "\x06\x05\x2b\x81\x04\x00\x23", 512),
    {KUNCI_KEY_ED25519, "ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, 256,
     ED25519_OID, sizeof ED25519_OID - 1, KUNCI_ED25519, "ED25519"},
};
const size_t key_kind_count = sizeof key_kinds / sizeof *key_kinds;

const struct key_kind *key_kind_of(enum kunci_key_type type)
{
    size_t i;

    for (i = 0; i < key_kind_count; i++)
        if (key_kinds[i].type == type)
            return &key_kinds[i];
    return NULL;
}

const struct key_kind *key_kind_of_rsa(CK_ULONG bits)
{
    size_t i;

    for (i = 0; i < key_kind_count; i++)
        if (key_kinds[i].key_type == CKK_RSA && key_kinds[i].bits == bits)
            return &key_kinds[i];
    return NULL;
}

const struct key_kind *key_kind_of_curve(const unsigned char *params, size_t len)
{
    static const char ed25519_name[] = "\x13\x0c"
                                       "edwards25519"; /* a PrintableString */
    size_t i;

    if (len == sizeof ed25519_name - 1 && memcmp(params, ed25519_name, len) == 0)
        return key_kind_of(KUNCI_KEY_ED25519);
    for (i = 0; i < key_kind_count; i++)
        if (key_kinds[i].params_len && key_kinds[i].params_len == len &&
            memcmp(key_kinds[i].params, params, len) == 0)
            return &key_kinds[i];
    return NULL;
}

/* Sizes are in bits; a token that tells none (0) is believed to make all. For
 * Ed25519 some say 255 and some 256. */
static CK_RV ask_kind(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, const struct key_kind *kind, bool *made)
{
    CK_MECHANISM_INFO info;
    CK_RV rv = f->C_GetMechanismInfo(slot, kind->make, &info);

    *made = rv == CKR_OK;
    if (rv == CKR_OK && kind->key_type != CKK_EC_EDWARDS && info.ulMaxKeySize)
        *made = kind->bits >= info.ulMinKeySize && kind->bits <= info.ulMaxKeySize;
    return rv == CKR_MECHANISM_INVALID ? CKR_OK : rv;
}

/* The mechanisms of a slot; to be freed. */
static CK_RV list_mechanisms(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, CK_MECHANISM_TYPE **out,
                             CK_ULONG *count)
{
    CK_RV rv = f->C_GetMechanismList(slot, NULL, count);
    CK_ULONG room = *count;

    *out = NULL;
    if (rv != CKR_OK)
        return rv;
    if (room > MECHANISMS_MAX || !(*out = calloc(room + 1, sizeof **out)))
        return CKR_HOST_MEMORY;
    rv = f->C_GetMechanismList(slot, *out, count);
    if (rv == CKR_OK && *count > room)
        rv = CKR_GENERAL_ERROR;
    return rv;
}

/* A module may complain aloud of a question about what it does not list. */
CK_RV key_kinds_made(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, unsigned *types)
{
    CK_MECHANISM_TYPE *mechanisms;
    CK_ULONG count = 0, i;
    CK_RV rv = list_mechanisms(f, slot, &mechanisms, &count);
    bool made;
    size_t kind;

    *types = 0;
    for (kind = 0; rv == CKR_OK && kind < key_kind_count; kind++)
        for (i = 0; rv == CKR_OK && i < count; i++)
            if (mechanisms[i] == key_kinds[kind].make) {
                rv = ask_kind(f, slot, &key_kinds[kind], &made);
                *types |= rv == CKR_OK && made ? key_kinds[kind].type : 0;
                break;
            }
    free(mechanisms);
    return rv;
}

const char *kunci_key_type_name(enum kunci_key_type type)
{
    const struct key_kind *kind = key_kind_of(type);

    return kind ? kind->name : "other";
}

enum kunci_key_type kunci_key_type_by_name(const char *name)
{
    size_t i;

    for (i = 0; name && i < key_kind_count; i++)
        if (strcmp(key_kinds[i].name, name) == 0)
            return key_kinds[i].type;
    return KUNCI_KEY_OTHER;
}
