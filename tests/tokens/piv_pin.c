/* The card's PIN and PUK. */
#include "tokens/piv_card.h"

#include <string.h>

enum { REF_PIN = 0x80, REF_PUK = 0x81, SHORTEST = 6 };

static unsigned tries_left(const struct piv_pin *pin)
{
    return pin->tries ? SW_TRIES | pin->tries : SW_BLOCKED;
}

static unsigned check(struct piv_card *card, struct piv_pin *pin, const unsigned char *given)
{
    if (pin->tries == 0)
        return SW_BLOCKED;
    if (memcmp(pin->value, given, PIN_LENGTH) != 0) {
        pin->tries--;
        if (pin == &card->pin)
            card->verified = card->verified_just_now = false;
        return tries_left(pin);
    }
    pin->tries = pin->most;
    return SW_OK;
}

unsigned card_verify(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    unsigned sw;

    (void)answer;
    if (apdu->p2 != REF_PIN)
        return SW_REFERENCE;
    if (apdu->p1 == 0xff) { /* a logout */
        card->verified = card->verified_just_now = false;
        return SW_OK;
    }
    if (apdu->data.len == 0)
        return card->verified ? SW_OK : tries_left(&card->pin);
    if (apdu->data.len != PIN_LENGTH)
        return SW_DATA;
    sw = check(card, &card->pin, apdu->data.data);
    if (sw == SW_OK)
        card->verified = card->verified_just_now = true;
    return sw;
}

/* The data are what is known and what is new, each filled up with 0xff. */
static unsigned replace(struct piv_card *card, struct piv_pin *known, struct piv_pin *target,
                        struct part data)
{
    size_t len = PIN_LENGTH;
    unsigned sw;

    if (!known || data.len != 2 * PIN_LENGTH)
        return SW_DATA;
    while (len > 0 && data.data[PIN_LENGTH + len - 1] == 0xff)
        len--;
    if (len < SHORTEST)
        return SW_DATA;
    sw = check(card, known, data.data);
    if (sw == SW_OK) {
        memcpy(target->value, data.data + PIN_LENGTH, PIN_LENGTH);
        target->tries = target->most;
    }
    return sw;
}

unsigned card_change_pin(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    struct piv_pin *pin = apdu->p2 == REF_PIN   ? &card->pin
                          : apdu->p2 == REF_PUK ? &card->puk
                                                : NULL;

    (void)answer;
    return replace(card, pin, pin, apdu->data);
}

unsigned card_reset_pin(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    (void)answer;
    return replace(card, &card->puk, &card->pin, apdu->data);
}

/* A YubiKey's: new numbers of tries bring the first PIN and PUK back. */
unsigned card_set_tries(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    (void)answer;
    if (!card->managed || !card->verified)
        return SW_SECURITY;
    memcpy(card->pin.value, "123456\xff\xff", PIN_LENGTH);
    memcpy(card->puk.value, "12345678", PIN_LENGTH);
    card_tries(card, apdu->p1, apdu->p2);
    return SW_OK;
}

/* A YubiKey's: a card with both blocked begins anew. */
unsigned card_factory(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    (void)apdu;
    (void)answer;
    if (card->pin.tries || card->puk.tries)
        return SW_CONDITIONS;
    if (!card_init(card))
        return SW_FAILED;
    card->selected = true;
    return SW_OK;
}
