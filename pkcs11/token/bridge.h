/* The PKCS#11 that libp11 is shown: every key offered to it is a slot of its own
 * with a token that holds this key and nothing else, wants no PIN and is always
 * there. Signatures go to the real token. */
#ifndef TOKEN_BRIDGE_H
#define TOKEN_BRIDGE_H

#include <kunci/key.h>
#include <p11-kit/pkcs11.h>

CK_FUNCTION_LIST *bridge_functions(void);

/* Lists the key's slot, and only that one, until the offer is ended; one offer at
 * a time. The key is held until the slot is closed. */
KUNCI_MUST_USE enum kunci_rc bridge_offer(struct kunci_key *key, CK_SLOT_ID *slot,
                                          struct kunci_err *err);
void bridge_end_offer(void);
void bridge_close(CK_SLOT_ID slot);

#endif
