/* A PIV card in software: the card edge of NIST SP 800-73-4 and those commands of
 * a YubiKey that its maker describes. It keeps nothing when it ends. */
#ifndef TESTS_PIV_CARD_H
#define TESTS_PIV_CARD_H

#include "tokens/piv_bytes.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

/* Status words. */
enum {
    SW_OK = 0x9000,
    SW_MORE = 0x6100,  /* and how many bytes */
    SW_TRIES = 0x63c0, /* and how many are left */
    SW_SECURITY = 0x6982,
    SW_BLOCKED = 0x6983,
    SW_CONDITIONS = 0x6985,
    SW_DATA = 0x6a80,
    SW_NOT_FOUND = 0x6a82,
    SW_PARAMETERS = 0x6a86,
    SW_REFERENCE = 0x6a88,
    SW_COMMAND = 0x6d00,
    SW_FAILED = 0x6f00,
};

/* Algorithms as the card numbers them. */
enum { ALG_3DES = 3, ALG_RSA1024 = 6, ALG_RSA2048 = 7, ALG_P256 = 0x11, ALG_P384 = 0x14 };

enum { SLOT_SIGNATURE = 0x9c, SLOT_CARD = 0x9e, SLOT_MANAGEMENT = 0x9b };

/* When a key wants the PIN, as a YubiKey numbers it. */
enum { POLICY_DEFAULT, POLICY_NEVER, POLICY_ONCE, POLICY_ALWAYS };

enum { PIN_LENGTH = 8, MANAGEMENT_LENGTH = 24, CHALLENGE_LENGTH = 8 };
enum { PIV_KEYS = 32, PIV_OBJECTS = 64 };

struct piv_pin {
    unsigned char value[PIN_LENGTH]; /* filled up with 0xff */
    unsigned tries, most;
};

struct piv_key {
    unsigned char slot, algorithm, policy, touch;
    EVP_PKEY *key; /* NULL: the place is free */
};

struct piv_object {
    uint32_t name;
    unsigned char *data; /* NULL: the place is free */
    size_t len;
};

/* A random value that the other side has to encrypt or has decrypted. */
struct challenge {
    unsigned char value[CHALLENGE_LENGTH];
    bool open;
};

struct piv_card {
    struct piv_pin pin, puk;
    unsigned char management[MANAGEMENT_LENGTH], serial[4];
    struct piv_key keys[PIV_KEYS];
    struct piv_object objects[PIV_OBJECTS];
    EVP_PKEY *attestation;
    X509 *attestation_cert;

    /* Gone with the power. */
    bool selected, verified, verified_just_now, managed;
    struct challenge witness, challenge;
    struct bytes chained, rest; /* of a command in pieces; of an answer in pieces */

    unsigned fail_next; /* the status word of the next command; 0: none */
};

/* A command, taken apart. */
struct apdu {
    unsigned char class, instruction, p1, p2;
    struct part data;
    size_t expected; /* bytes the other side has room for; 0: not told */
    bool extended;
    bool fresh; /* the PIN was given in the command before this one */
};

/* ---- piv_state.c ---- */

bool card_init(struct piv_card *card); /* as it leaves the factory */
void card_clear(struct piv_card *card);
void card_power_on(struct piv_card *card);
void card_tries(struct piv_card *card, unsigned pin, unsigned puk);
/* Copies the object; none for no data, which deletes it. */
bool card_put(struct piv_card *card, uint32_t name, struct part data);
const struct piv_object *card_object(const struct piv_card *card, uint32_t name);
struct piv_key *card_key(struct piv_card *card, unsigned char slot);
/* Takes the key over, in the place of what was in the slot. */
bool card_put_key(struct piv_card *card, const struct piv_key *key);

/* ---- piv_apdu.c ---- */

/* Answers one command as it came over the wire. */
void card_answer(struct piv_card *card, struct part command, struct bytes *answer);

/* ---- commands: they answer a status word and add to the answer ---- */

typedef unsigned card_command(struct piv_card *card, const struct apdu *apdu, struct bytes *answer);

card_command card_verify, card_change_pin, card_reset_pin; /* piv_pin.c */
card_command card_set_tries, card_factory;                 /* piv_pin.c */
card_command card_generate, card_attest;                   /* piv_key.c */
card_command card_authenticate;                            /* piv_authenticate.c */

/* ---- piv_crypto.c ---- */

EVP_PKEY *key_generate(unsigned char algorithm);
/* The public key as GENERATE answers it. */
bool key_public(const struct piv_key *key, struct bytes *out);
/* A signature over what the client padded or hashed already. */
bool key_sign(const struct piv_key *key, struct part input, struct bytes *out);
bool key_agree(const struct piv_key *key, struct part peer, struct bytes *out);
bool management_cipher(const unsigned char *key, bool encrypt,
                       const unsigned char in[CHALLENGE_LENGTH],
                       unsigned char out[CHALLENGE_LENGTH]);

/* ---- piv_attest.c ---- */

extern const unsigned char card_version[3];
X509 *attest_root(EVP_PKEY *key);
X509 *attest_key(const struct piv_card *card, const struct piv_key *key);
bool add_certificate(const X509 *cert, struct bytes *out);

#endif
