/* Commands on the wire: taken apart, put together where they came in pieces, and
 * handed to whoever does them. */
#include "tokens/piv_card.h"

#include <string.h>

enum {
    INS_VERIFY = 0x20,
    INS_GET_RESPONSE = 0xc0,
    INS_SELECT = 0xa4,
    CLASS_CHAINED = 0x10,
    PIECE = 256,
};

static const unsigned char application[] = {0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0};
enum { RID = 5, AID_WITHOUT_VERSION = 9 };

/* Selecting it again keeps what was proved (SP 800-73-4 part 2, 3.1.1). */
static unsigned select_application(struct piv_card *card, const struct apdu *apdu,
                                   struct bytes *answer)
{
    struct bytes inner = {.len = 0}, authority = {.len = 0};
    size_t len = apdu->data.len < AID_WITHOUT_VERSION ? apdu->data.len : AID_WITHOUT_VERSION;

    if (len < RID || memcmp(apdu->data.data, application, len) != 0)
        return SW_NOT_FOUND;
    if (!card->selected)
        card->verified = card->verified_just_now = false;
    card->selected = true;
    bytes_tlv(&authority, 0x4f, application, RID);
    bytes_tlv(&inner, 0x4f, application + RID, sizeof application - RID);
    bytes_tlv(&inner, 0x79, authority.data, authority.len);
    bytes_tlv(answer, 0x61, inner.data, inner.len);
    return SW_OK;
}

static uint32_t object_name(struct part data)
{
    struct part name = tlv_find(data, 0x5c);
    uint32_t number = 0;
    size_t i;

    for (i = 0; i < name.len && i < 3; i++)
        number = number << 8 | name.data[i];
    return number;
}

static unsigned get_data(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    const struct piv_object *object = card_object(card, object_name(apdu->data));

    if (!object)
        return SW_NOT_FOUND;
    bytes_tlv(answer, 0x53, object->data, object->len);
    return SW_OK;
}

static unsigned put_data(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    struct part data = tlv_find(apdu->data, 0x53);

    (void)answer;
    if (!card->managed)
        return SW_SECURITY;
    if (!data.data)
        return SW_DATA;
    return card_put(card, object_name(apdu->data), data) ? SW_OK : SW_FAILED;
}

static unsigned version(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    (void)card;
    (void)apdu;
    bytes_add(answer, card_version, sizeof card_version);
    return SW_OK;
}

static unsigned serial(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    (void)apdu;
    bytes_add(answer, card->serial, sizeof card->serial);
    return SW_OK;
}

/* Algorithm, slot and length come before the key. */
static unsigned set_management(struct piv_card *card, const struct apdu *apdu, struct bytes *answer)
{
    (void)answer;
    if (!card->managed)
        return SW_SECURITY;
    if (apdu->data.len != 3 + MANAGEMENT_LENGTH)
        return SW_DATA;
    memcpy(card->management, apdu->data.data + 3, MANAGEMENT_LENGTH);
    return SW_OK;
}

static const struct {
    unsigned char instruction;
    card_command *run;
} commands[] = {
    {INS_VERIFY, card_verify},
    {0x24, card_change_pin},
    {0x2c, card_reset_pin},
    {0x47, card_generate},
    {0x87, card_authenticate},
    {0xcb, get_data},
    {0xdb, put_data},
    /* a YubiKey's */
    {0xf8, serial},
    {0xf9, card_attest},
    {0xfa, card_set_tries},
    {0xfb, card_factory},
    {0xfd, version},
    {0xff, set_management},
};

static unsigned run(struct piv_card *card, struct apdu *apdu, struct bytes *answer)
{
    size_t i;

    if (apdu->instruction == INS_SELECT)
        return select_application(card, apdu, answer);
    if (!card->selected)
        return SW_COMMAND;
    for (i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].instruction == apdu->instruction)
            return commands[i].run(card, apdu, answer);
    return SW_COMMAND;
}

static size_t two_bytes(const unsigned char *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* The short and the extended forms of ISO 7816-4. */
static bool take_apart(struct part command, struct apdu *apdu)
{
    const unsigned char *at = command.data + 4;
    size_t left, len;

    *apdu = (struct apdu){.extended = false};
    if (command.len < 4)
        return false;
    apdu->class = command.data[0];
    apdu->instruction = command.data[1];
    apdu->p1 = command.data[2];
    apdu->p2 = command.data[3];
    left = command.len - 4;
    if (left == 0)
        return true;
    if (left == 1) {
        apdu->expected = at[0] ? at[0] : PIECE;
        return true;
    }
    apdu->extended = at[0] == 0 && left >= 3;
    if (apdu->extended && left == 3) {
        len = two_bytes(at + 1);
        apdu->expected = len ? len : 65536;
        return true;
    }
    len = apdu->extended ? two_bytes(at + 1) : at[0];
    at += apdu->extended ? 3 : 1;
    left -= apdu->extended ? 3 : 1;
    if (len > left)
        return false;
    apdu->data = (struct part){at, len};
    if (!apdu->extended && left > len)
        apdu->expected = at[len] ? at[len] : PIECE;
    return true;
}

static void add_status(struct bytes *answer, unsigned sw)
{
    bytes_byte(answer, (unsigned char)(sw >> 8));
    bytes_byte(answer, (unsigned char)sw);
}

/* As much of the card's rest as fits, and whether there is more. */
static void hand_out(struct piv_card *card, size_t most, struct bytes *answer)
{
    size_t len = card->rest.len < most ? card->rest.len : most;

    bytes_add(answer, card->rest.data, len);
    card->rest.len -= len;
    memmove(card->rest.data, card->rest.data + len, card->rest.len);
    if (card->rest.len == 0)
        add_status(answer, SW_OK);
    else
        add_status(answer, SW_MORE | (card->rest.len < 255 ? (unsigned)card->rest.len : 255));
}

/* A whole command, of one piece or of many. */
static void do_command(struct piv_card *card, struct apdu *apdu, struct bytes *answer)
{
    unsigned sw;

    apdu->fresh = card->verified_just_now;
    if (apdu->instruction != INS_VERIFY)
        card->verified_just_now = false;
    card->rest.len = 0;
    card->rest.overflow = false;
    sw = run(card, apdu, &card->rest);
    if (card->rest.overflow)
        sw = SW_FAILED;
    if (sw != SW_OK) {
        card->rest.len = 0;
        add_status(answer, sw);
        return;
    }
    hand_out(card, apdu->extended ? PIV_BYTES : PIECE, answer);
}

void card_answer(struct piv_card *card, struct part command, struct bytes *answer)
{
    struct apdu apdu;

    answer->len = 0;
    if (card->fail_next) {
        add_status(answer, card->fail_next);
        card->fail_next = 0;
        return;
    }
    if (!take_apart(command, &apdu)) {
        add_status(answer, SW_FAILED);
        return;
    }
    if (apdu.instruction == INS_GET_RESPONSE) {
        hand_out(card, apdu.expected ? apdu.expected : PIECE, answer);
        return;
    }
    bytes_add(&card->chained, apdu.data.data, apdu.data.len);
    if (apdu.class & CLASS_CHAINED) {
        add_status(answer, SW_OK);
        return;
    }
    apdu.data = (struct part){card->chained.data, card->chained.len};
    if (card->chained.overflow)
        add_status(answer, SW_DATA);
    else
        do_command(card, &apdu, answer);
    card->chained.len = 0;
    card->chained.overflow = false;
}
