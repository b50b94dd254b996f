/* Bytes as the card's commands pass them about, and BER-TLV in them. */
#ifndef TESTS_PIV_BYTES_H
#define TESTS_PIV_BYTES_H

#include <stdbool.h>
#include <stddef.h>

enum { PIV_BYTES = 8192 }; /* more than any object or command of the card */

/* What does not fit makes overflow true, and is left out. */
struct bytes {
    unsigned char data[PIV_BYTES];
    size_t len;
    bool overflow;
};

/* A part of somebody else's bytes; data is NULL where there is none. */
struct part {
    const unsigned char *data;
    size_t len;
};

void bytes_add(struct bytes *bytes, const void *data, size_t len);
void bytes_byte(struct bytes *bytes, unsigned char byte);
/* A tag of one, two or three bytes, the length, the value. */
void bytes_tlv(struct bytes *bytes, unsigned tag, const void *value, size_t len);

/* The value of the first element with that tag at the top level. A template that
 * is broken ends where it breaks. */
struct part tlv_find(struct part template, unsigned tag);

#endif
