/* DER as it is met in the hands of others: one element after the other. Only tags of
 * one byte and lengths in their shortest form; the rest is none of ours. */
#ifndef BASE_ELEMENT_H
#define BASE_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct element {
    unsigned char identifier;
    const unsigned char *start, *value; /* the whole, and what stands in it */
    uint64_t len;                       /* of the value */
};

/* The tag and the length at the start of the bytes; the value may reach past them. */
bool element_head(const unsigned char *in, size_t len, struct element *out);

/* Where a value is taken apart, element by element. */
struct elements {
    const unsigned char *next, *end;
};

/* The next element as a whole; false at the end, or where none stands. */
bool element_take(struct elements *from, struct element *out);

/* The same, and it must have this identifier. */
bool element_expect(struct elements *from, unsigned char identifier, struct element *out);

/* What stands in the element. */
struct elements element_inside(const struct element *element);

/* With the tag and the length. */
size_t element_whole_len(const struct element *element);

/* Whether the whole element is these bytes. */
bool element_is(const struct element *element, const void *bytes, size_t len);

#endif
