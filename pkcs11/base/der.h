/* DER written piece by piece, where encoding a whole structure anew would cost more
 * than signing it, or where what is signed must stay the same to the byte; and read. */
#ifndef BASE_DER_H
#define BASE_DER_H

#include "base/buf.h"

#include <openssl/asn1.h>

/* Identifiers that OpenSSL has no whole byte for. */
enum { DER_SEQUENCE = 0x30, DER_SET = 0x31, DER_CONTEXT = 0xa0 /* [0] constructed */ };

/* The identifier, a whole byte ("0x30"), and the length that stand before the contents. */
void der_header(struct buf *to, unsigned char identifier, size_t len);

/* Both, and the contents. */
void der_put(struct buf *to, unsigned char identifier, const void *contents, size_t len);

/* The same, the contents being all of inner, whose failure becomes to's. */
void der_wrap(struct buf *to, unsigned char identifier, const struct buf *inner);

/* All of the bytes as that structure, to be freed by ASN1_item_free(); NULL where they are
 * none, or something stands after it. */
void *der_read(const unsigned char *der, size_t len, const ASN1_ITEM *item);

#endif
