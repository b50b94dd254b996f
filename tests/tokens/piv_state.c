/* What the card holds. */
#include "tokens/piv_card.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECT_CHUID = 0x5fc102, OBJECT_ATTESTATION = 0x5fff01 };

/* The card's unique name: a FASC-N, a random GUID, an expiry date. The FASC-N is a
 * YubiKey's, of the organisation 9999, which is none: then the GUID is what tells
 * one card from another. */
static bool put_chuid(struct piv_card *card)
{
    static const unsigned char no_organisation[25] = {
        0xd4, 0xe7, 0x39, 0xda, 0x73, 0x9c, 0xed, 0x39, 0xce, 0x73, 0x9d, 0x83, 0x68,
        0x58, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb};
    unsigned char guid[16];
    struct bytes chuid = {.len = 0};

    if (RAND_bytes(guid, sizeof guid) != 1)
        return false;
    bytes_tlv(&chuid, 0x30, no_organisation, sizeof no_organisation);
    bytes_tlv(&chuid, 0x34, guid, sizeof guid);
    bytes_tlv(&chuid, 0x35, "20500101", 8);
    bytes_tlv(&chuid, 0x3e, NULL, 0);
    bytes_tlv(&chuid, 0xfe, NULL, 0);
    return card_put(card, OBJECT_CHUID, (struct part){chuid.data, chuid.len});
}

static bool put_attestation(struct piv_card *card)
{
    struct bytes der = {.len = 0}, object = {.len = 0};

    card->attestation = key_generate(ALG_P256);
    card->attestation_cert = card->attestation ? attest_root(card->attestation) : NULL;
    if (!card->attestation_cert || !add_certificate(card->attestation_cert, &der))
        return false;
    bytes_tlv(&object, 0x70, der.data, der.len);
    bytes_tlv(&object, 0x71, "", 1); /* not compressed */
    bytes_tlv(&object, 0xfe, NULL, 0);
    return card_put(card, OBJECT_ATTESTATION, (struct part){object.data, object.len});
}

void card_tries(struct piv_card *card, unsigned pin, unsigned puk)
{
    card->pin.tries = card->pin.most = pin;
    card->puk.tries = card->puk.most = puk;
}

bool card_init(struct piv_card *card)
{
    static const unsigned char management[MANAGEMENT_LENGTH] = {
        1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
    };

    card_clear(card);
    memcpy(card->management, management, sizeof management);
    memcpy(card->pin.value, "123456\xff\xff", PIN_LENGTH);
    memcpy(card->puk.value, "12345678", PIN_LENGTH);
    card_tries(card, 3, 3);
    if (RAND_bytes(card->serial + 1, sizeof card->serial - 1) != 1)
        return false;
    return put_chuid(card) && put_attestation(card);
}

void card_clear(struct piv_card *card)
{
    size_t i;

    for (i = 0; i < PIV_KEYS; i++)
        EVP_PKEY_free(card->keys[i].key);
    for (i = 0; i < PIV_OBJECTS; i++)
        free(card->objects[i].data);
    EVP_PKEY_free(card->attestation);
    X509_free(card->attestation_cert);
    *card = (struct piv_card){.fail_next = 0};
}

void card_power_on(struct piv_card *card)
{
    card->selected = card->verified = card->verified_just_now = card->managed = false;
    card->witness.open = card->challenge.open = false;
    card->chained.len = card->rest.len = 0;
}

const struct piv_object *card_object(const struct piv_card *card, uint32_t name)
{
    size_t i;

    for (i = 0; i < PIV_OBJECTS; i++)
        if (card->objects[i].data && card->objects[i].name == name)
            return &card->objects[i];
    return NULL;
}

static void delete_object(struct piv_card *card, uint32_t name)
{
    size_t i;

    for (i = 0; i < PIV_OBJECTS; i++)
        if (card->objects[i].data && card->objects[i].name == name) {
            free(card->objects[i].data);
            card->objects[i].data = NULL;
        }
}

bool card_put(struct piv_card *card, uint32_t name, struct part data)
{
    size_t i;

    delete_object(card, name);
    if (data.len == 0)
        return true;
    for (i = 0; i < PIV_OBJECTS; i++) {
        if (card->objects[i].data)
            continue;
        card->objects[i] = (struct piv_object){name, malloc(data.len), data.len};
        if (!card->objects[i].data)
            return false;
        memcpy(card->objects[i].data, data.data, data.len);
        return true;
    }
    return false;
}

struct piv_key *card_key(struct piv_card *card, unsigned char slot)
{
    size_t i;

    for (i = 0; i < PIV_KEYS; i++)
        if (card->keys[i].key && card->keys[i].slot == slot)
            return &card->keys[i];
    return NULL;
}

bool card_put_key(struct piv_card *card, const struct piv_key *key)
{
    struct piv_key *place = card_key(card, key->slot);
    size_t i;

    for (i = 0; i < PIV_KEYS && !place; i++)
        if (!card->keys[i].key)
            place = &card->keys[i];
    if (!place)
        return false;
    EVP_PKEY_free(place->key);
    *place = *key;
    return true;
}
