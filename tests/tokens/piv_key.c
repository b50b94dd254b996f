/* Keys are made on the card, and attested. */
#include "tokens/piv_card.h"

static unsigned char one_byte(struct part value, unsigned char otherwise)
{
    return value.len == 1 ? value.data[0] : otherwise;
}

static unsigned char default_policy(unsigned char slot)
{
    switch (slot) {
    case SLOT_SIGNATURE:
        return POLICY_ALWAYS;
    case SLOT_CARD:
        return POLICY_NEVER;
    default:
        return POLICY_ONCE;
    }
}

unsigned card_generate(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    struct part wish = tlv_find(apdu->data, 0xac);
    struct piv_key key = {.slot = apdu->p2, .touch = one_byte(tlv_find(wish, 0xab), 1)};

    if (!card->managed)
        return SW_SECURITY;
    key.algorithm = one_byte(tlv_find(wish, 0x80), 0);
    key.policy = one_byte(tlv_find(wish, 0xaa), POLICY_DEFAULT);
    if (key.policy == POLICY_DEFAULT)
        key.policy = default_policy(key.slot);
    key.key = key_generate(key.algorithm);
    if (!key.key)
        return SW_DATA;
    if (!key_public(&key, answer) || !card_put_key(card, &key)) {
        EVP_PKEY_free(key.key);
        return SW_FAILED;
    }
    return SW_OK;
}

unsigned card_attest(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    const struct piv_key *key = card_key(card, apdu->p1);
    X509 *cert;
    bool ok;

    if (!key)
        return SW_DATA;
    cert = attest_key(card, key);
    ok = cert && add_certificate(cert, answer);
    X509_free(cert);
    return ok ? SW_OK : SW_FAILED;
}
