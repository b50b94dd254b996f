/* GENERAL AUTHENTICATE: the management key is proved by it, and every other key is
 * used by it. */
#include "tokens/piv_card.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum { TAG_WITNESS = 0x80, TAG_CHALLENGE = 0x81, TAG_RESPONSE = 0x82, TAG_EXPONENT = 0x85 };

static void answer_one(struct bytes *answer, unsigned tag, const void *value, size_t len)
{
    struct bytes inner = {.len = 0};

    bytes_tlv(&inner, tag, value, len);
    bytes_tlv(answer, 0x7c, inner.data, inner.len);
}

static bool is_asked_for(struct part element)
{
    return element.data && element.len == 0;
}

/* A challenge serves once. */
static bool is_met(struct challenge *challenge, const unsigned char *value)
{
    bool met = challenge->open && CRYPTO_memcmp(challenge->value, value, CHALLENGE_LENGTH) == 0;

    challenge->open = false;
    return met;
}

static bool open_challenge(struct challenge *challenge)
{
    challenge->open = RAND_bytes(challenge->value, CHALLENGE_LENGTH) == 1;
    return challenge->open;
}

/* Mutual: the card shows an encrypted witness, and proves itself in the end. */
static unsigned meet_witness(struct piv_card *card, struct part witness, struct part challenge,
                             struct bytes *answer)
{
    unsigned char proof[CHALLENGE_LENGTH];

    if (witness.len != CHALLENGE_LENGTH || challenge.len != CHALLENGE_LENGTH)
        return SW_DATA;
    if (!is_met(&card->witness, witness.data))
        return SW_SECURITY;
    if (!management_cipher(card->management, true, challenge.data, proof))
        return SW_FAILED;
    card->managed = true;
    answer_one(answer, TAG_RESPONSE, proof, sizeof proof);
    return SW_OK;
}

static unsigned meet_challenge(struct piv_card *card, struct part response)
{
    unsigned char plain[CHALLENGE_LENGTH];

    if (response.len != CHALLENGE_LENGTH)
        return SW_DATA;
    if (!management_cipher(card->management, false, response.data, plain))
        return SW_FAILED;
    if (!is_met(&card->challenge, plain))
        return SW_SECURITY;
    card->managed = true;
    return SW_OK;
}

static unsigned manage(struct piv_card *card, unsigned char algorithm, struct part template,
                       struct bytes *answer)
{
    struct part witness = tlv_find(template, TAG_WITNESS);
    struct part challenge = tlv_find(template, TAG_CHALLENGE);
    struct part response = tlv_find(template, TAG_RESPONSE);
    unsigned char shown[CHALLENGE_LENGTH];

    if (algorithm != 0 && algorithm != ALG_3DES)
        return SW_DATA;
    if (is_asked_for(witness)) {
        if (!open_challenge(&card->witness) ||
            !management_cipher(card->management, true, card->witness.value, shown))
            return SW_FAILED;
        answer_one(answer, TAG_WITNESS, shown, sizeof shown);
        return SW_OK;
    }
    if (is_asked_for(challenge)) {
        if (!open_challenge(&card->challenge))
            return SW_FAILED;
        answer_one(answer, TAG_CHALLENGE, card->challenge.value, CHALLENGE_LENGTH);
        return SW_OK;
    }
    if (witness.data && challenge.data)
        return meet_witness(card, witness, challenge, answer);
    return response.data ? meet_challenge(card, response) : SW_DATA;
}

static bool may_use(const struct piv_card *card, const struct piv_key *key, bool fresh)
{
    switch (key->policy) {
    case POLICY_NEVER:
        return true;
    case POLICY_ALWAYS:
        return fresh;
    default:
        return card->verified;
    }
}

unsigned card_authenticate(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    struct part template = tlv_find(apdu->data, 0x7c);
    struct part peer = tlv_find(template, TAG_EXPONENT);
    struct part input = tlv_find(template, TAG_CHALLENGE);
    struct bytes result = {.len = 0};
    const struct piv_key *key;

    if (apdu->p2 == SLOT_MANAGEMENT)
        return manage(card, apdu->p1, template, answer);
    key = card_key(card, apdu->p2);
    if (!key || key->algorithm != apdu->p1)
        return SW_PARAMETERS;
    if (!may_use(card, key, apdu->fresh))
        return SW_SECURITY;
    if (!peer.data && !input.data)
        return SW_DATA;
    if (!(peer.data ? key_agree(key, peer, &result) : key_sign(key, input, &result)))
        return SW_FAILED;
    answer_one(answer, TAG_RESPONSE, result.data, result.len);
    return SW_OK;
}
