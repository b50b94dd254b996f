/* One key as the bridge shows it: what its slot, token and two objects say. */
#ifndef TOKEN_BRIDGE_SLOT_H
#define TOKEN_BRIDGE_SLOT_H

#include "token/sign_key.h"

#include <kunci/key.h>
#include <p11-kit/pkcs11.h>

/* The handles of the objects of every slot. */
enum { BRIDGE_PRIVATE_KEY = 1, BRIDGE_PUBLIC_KEY = 2 };

struct bridge_attribute {
    CK_ATTRIBUTE_TYPE type;
    unsigned char *value;
    size_t len;
};

struct bridge_slot {
    struct bridge_slot *next;
    CK_SLOT_ID id;
    struct kunci_key *key;
    CK_KEY_TYPE key_type;
    CK_ULONG signature_len;
    struct bridge_attribute of_both[4]; /* id, label and the public key */
};

/* Holds the key. */
KUNCI_MUST_USE enum kunci_rc bridge_slot_new(struct kunci_key *key, struct bridge_slot **out,
                                             struct kunci_err *err);
void bridge_slot_free(struct bridge_slot **slot);

/* As C_GetAttributeValue has it for one attribute. */
CK_RV bridge_slot_attribute(const struct bridge_slot *slot, CK_OBJECT_HANDLE object,
                            CK_ATTRIBUTE *to);
/* Whether the object is what C_FindObjectsInit asks for. */
bool bridge_slot_fits(const struct bridge_slot *slot, CK_OBJECT_HANDLE object,
                      const CK_ATTRIBUTE *wanted, CK_ULONG count);

/* What the mechanism asks of the token; refused where the key does not do it. */
CK_RV bridge_slot_order(const struct bridge_slot *slot, const CK_MECHANISM *mechanism,
                        struct sign_order *order);

#endif
