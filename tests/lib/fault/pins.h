/* What happens to PINs: states that are said, wrong ones that are counted, and a keypad
 * that a file stands for. */
#ifndef LIB_FAULT_PINS_H
#define LIB_FAULT_PINS_H

#include "lib/fault/plan.h"

#include <p11-kit/pkcs11.h>

enum pin_line { PIN_USER = 1, PIN_SO, PIN_NEW }; /* lines of the keypad's file */

struct pin_typed {
    unsigned char bytes[256];
};

/* The flags of these states, to be added to the token's own. */
CK_FLAGS pins_flags(const struct plan *plan);

/* CKR_PIN_LOCKED, if so. */
CK_RV pins_refused(const struct plan *plan, bool so);

/* A PIN was tried, and this was answered. */
void pins_tried(const struct plan *plan, bool so, CK_RV rv);

/* The user has got a new PIN. */
void pins_reset(const struct plan *plan);

/* With a keypad: the PIN must be NULL, and becomes what was typed. Without: CKR_OK. */
CK_RV pins_type(const struct plan *plan, enum pin_line line, CK_UTF8CHAR **pin, CK_ULONG *length,
                struct pin_typed *typed);

#endif
