/* SoftHSM for tests: a token directory of its own that vanishes at the end, and
 * a source of PINs that counts how often it was asked. What fails here ends the
 * test program. */
#ifndef LIB_SOFTHSM_H
#define LIB_SOFTHSM_H

#include <kunci/key.h>
#include <stdatomic.h>

#define SOFTHSM_MODULE "/usr/lib/softhsm/libsofthsm2.so"

/* The PINs of a token made by softhsm_up(), and what a test changes them to. */
#define SOFTHSM_PIN        "48151623"
#define SOFTHSM_SO_PIN     "31415926"
#define SOFTHSM_NEW_PIN    "27182818"
#define SOFTHSM_NEW_SO_PIN "16180339"

struct softhsm {
    char dir[64]; /* holds the tokens and softhsm2.conf; a test may put files there */

    /* What the source answers to each enum kunci_pin_kind; a test may put others
     * in. NULL: it answers KUNCI_PIN_REQUIRED. */
    const char *pin[KUNCI_PIN_AGAIN + 1];
    atomic_uint asked[KUNCI_PIN_AGAIN + 1];
    bool last_try;

    enum kunci_isolation isolation; /* with KUNCI_TEST_ISOLATION set: a process of its own */
    struct kunci_modules *modules;  /* NULL until softhsm_open() */
};

/* A fresh directory with so many tokens, labelled "token-1", "token-2", ..., both
 * PINs set. SoftHSM adds a blank one. Points SOFTHSM2_CONF there, so nothing of
 * SoftHSM may be open at the time. */
struct softhsm *softhsm_up(int tokens);

/* Closes what softhsm_open() opened and removes the directory. */
void softhsm_down(struct softhsm **hsm);

/* Answers what stands in hsm->pin; lives as long as hsm. */
struct kunci_pin_source softhsm_pins(struct softhsm *hsm);

/* Opens SoftHSM through kunci with these PINs; the second call answers the same. */
struct kunci_modules *softhsm_open(struct softhsm *hsm);

/* "token-1" is the first. */
struct kunci_token *softhsm_token(struct softhsm *hsm, int number);

/* Makes a new key on "token-1". */
struct kunci_key *softhsm_key(struct softhsm *hsm, enum kunci_key_type type, const char *label);

#endif
