/* What is remembered of PINs: no PIN, only what tells two of them apart, so that
 * a wrong one is not sent twice and a right one is known while the token is open. */
#ifndef TOKEN_PIN_MEMORY_H
#define TOKEN_PIN_MEMORY_H

#include <kunci/token.h>

enum { PIN_MAC_LEN = 32, KNOWN_BAD_PINS = 16 };

struct pin_memory {
    struct kunci_secret *key; /* random, made at first use */
    bool opened;              /* good is the PIN that opened the token */
    unsigned char good[PIN_MAC_LEN];
    unsigned char bad[KNOWN_BAD_PINS][PIN_MAC_LEN]; /* the latest are kept */
    size_t bad_count;
};

/* kind is KUNCI_PIN_USER or KUNCI_PIN_SO: the same characters may be right for one
 * and wrong for the other. */
KUNCI_MUST_USE enum kunci_rc pin_memory_mac(struct pin_memory *memory, enum kunci_pin_kind kind,
                                            const struct kunci_secret *pin,
                                            unsigned char mac[PIN_MAC_LEN], struct kunci_err *err);

bool pin_memory_is_bad(const struct pin_memory *memory, const unsigned char mac[PIN_MAC_LEN]);
void pin_memory_add_bad(struct pin_memory *memory, const unsigned char mac[PIN_MAC_LEN]);
bool pin_memory_is_good(const struct pin_memory *memory, const unsigned char mac[PIN_MAC_LEN]);
void pin_memory_clear(struct pin_memory *memory);

#endif
