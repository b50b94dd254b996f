#include "token/worker_wire.h"

#include <stdlib.h>
#include <string.h>

#define NOTHING UINT64_MAX /* the length of NULL */

/* ---- writing ---- */

bool wire_room(struct wire *wire, size_t len)
{
    size_t room = wire->room;
    unsigned char *grown;

    if (wire->failed || len > WIRE_MAX) {
        wire->failed = true;
        return false;
    }
    if (len <= room)
        return true;
    while (room < len)
        room *= 2;
    if (!(grown = malloc(room))) {
        wire->failed = true;
        return false;
    }
    memcpy(grown, wire->data, wire->len);
    explicit_bzero(wire->data, wire->len);
    if (wire->data != wire->locked)
        free(wire->data);
    wire->data = grown;
    wire->room = room;
    return true;
}

void wire_wipe(struct wire *wire)
{
    explicit_bzero(wire->data, wire->len);
    if (wire->data != wire->locked)
        free(wire->data);
    wire->data = wire->locked;
    wire->room = WIRE_PACKET;
    wire->len = wire->at = 0;
    wire->failed = false;
}

/* Every field begins at a multiple of eight: modules read numbers where they stand. */
static uint64_t padded(uint64_t len)
{
    return (len + 7) & ~UINT64_C(7);
}

static void add(struct wire *wire, const void *bytes, size_t len)
{
    if (len > WIRE_MAX || !wire_room(wire, wire->len + padded(len))) {
        wire->failed = true;
        return;
    }
    if (len)
        memcpy(wire->data + wire->len, bytes, len);
    memset(wire->data + wire->len + len, 0, padded(len) - len);
    wire->len += padded(len);
}

void wire_begin(struct wire *wire, enum wire_call call)
{
    const struct wire_head head = {.version = WIRE_VERSION, .call = call};

    wire_wipe(wire);
    add(wire, &head, sizeof head);
}

void wire_put_number(struct wire *wire, uint64_t number)
{
    add(wire, &number, sizeof number);
}

void wire_put_bytes(struct wire *wire, const void *bytes, size_t len)
{
    wire_put_number(wire, bytes ? len : NOTHING);
    if (bytes)
        add(wire, bytes, len);
}

void wire_put_template(struct wire *wire, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                       bool values)
{
    CK_ULONG i;

    if (count > WIRE_ATTRIBUTE_MAX)
        wire->failed = true;
    wire_put_number(wire, count);
    for (i = 0; i < count && !wire->failed; i++) {
        wire_put_number(wire, attributes[i].type);
        wire_put_number(wire, attributes[i].ulValueLen);
        if (values)
            wire_put_bytes(wire, attributes[i].pValue, attributes[i].ulValueLen);
        else
            wire_put_number(wire, attributes[i].pValue != NULL);
    }
}

void wire_put_mechanism(struct wire *wire, const CK_MECHANISM *mechanism)
{
    wire_put_number(wire, mechanism->mechanism);
    wire_put_bytes(wire, mechanism->pParameter, mechanism->ulParameterLen);
}

/* ---- reading ---- */

static const unsigned char *take(struct wire *wire, uint64_t len)
{
    const unsigned char *taken = wire->data + wire->at;

    if (wire->failed || len > WIRE_MAX || padded(len) > wire->len - wire->at) {
        wire->failed = true;
        return NULL;
    }
    wire->at += padded(len);
    return taken;
}

bool wire_open(struct wire *wire, struct wire_head *head)
{
    const unsigned char *bytes;

    wire->at = 0;
    wire->failed = false;
    if (!(bytes = take(wire, sizeof *head)))
        return false;
    memcpy(head, bytes, sizeof *head);
    wire->failed = head->version != WIRE_VERSION || head->length != wire->len;
    return !wire->failed;
}

uint64_t wire_get_number(struct wire *wire)
{
    const unsigned char *bytes = take(wire, sizeof(uint64_t));
    uint64_t number = 0;

    if (bytes)
        memcpy(&number, bytes, sizeof number);
    return number;
}

void *wire_get_bytes(struct wire *wire, size_t *len)
{
    uint64_t told = wire_get_number(wire);
    const unsigned char *bytes = NULL;

    if (!wire->failed && told != NOTHING)
        bytes = take(wire, told);
    *len = bytes ? told : 0;
    return bytes ? wire->data + (bytes - wire->data) : NULL;
}

void wire_get_exactly(struct wire *wire, void *to, size_t len)
{
    size_t told;
    const void *bytes = wire_get_bytes(wire, &told);

    if (bytes && told == len)
        memcpy(to, bytes, len);
    else
        wire->failed = true;
}

void wire_get_template(struct wire *wire, CK_ATTRIBUTE *attributes, CK_ULONG *count)
{
    uint64_t told = wire_get_number(wire);
    size_t i, len;

    *count = 0;
    if (told > WIRE_ATTRIBUTE_MAX)
        wire->failed = true;
    for (i = 0; i < told && !wire->failed; i++) {
        attributes[i].type = wire_get_number(wire);
        attributes[i].ulValueLen = wire_get_number(wire);
        attributes[i].pValue = wire_get_bytes(wire, &len);
        if (attributes[i].pValue ? len != attributes[i].ulValueLen : attributes[i].ulValueLen != 0)
            wire->failed = true;
    }
    if (!wire->failed)
        *count = told;
}

void wire_get_mechanism(struct wire *wire, CK_MECHANISM *mechanism)
{
    size_t len;

    mechanism->mechanism = wire_get_number(wire);
    mechanism->pParameter = wire_get_bytes(wire, &len);
    mechanism->ulParameterLen = len;
}

bool wire_is_done(const struct wire *wire)
{
    return !wire->failed && wire->at == wire->len;
}
