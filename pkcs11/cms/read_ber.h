/* BER as it comes, element by element: any length, definite or not, in no memory. */
#ifndef CMS_READ_BER_H
#define CMS_READ_BER_H

#include "base/buf.h"
#include "cms/read_stream.h"

/* One that is being read. Its content has to be used up before it is closed. What is
 * wrong sticks to the stream; nothing comes out of it from then on. */
struct ber {
    unsigned char identifier;
    bool indefinite;
    uint64_t end; /* where it ends, or at the latest */
};

extern const struct ber ber_all; /* what holds the outermost element */

/* Begins the next element in `in`, which must have the identifier. */
bool ber_open(struct stream *stream, const struct ber *in, unsigned char identifier,
              struct ber *out);
/* Whether there is another element; takes the end of one that has no length. */
bool ber_more(struct stream *stream, const struct ber *in);
/* The same for its end: nothing may be left. */
bool ber_close(struct stream *stream, const struct ber *element);

/* Appends the next element in `in` as it stands; more than `most` bytes in `to`
 * are refused. */
bool ber_copy(struct stream *stream, const struct ber *in, struct buf *to, size_t most);

/* Hands on the octets of an OCTET STRING, whole or in pieces of pieces. */
typedef bool ber_take(void *context, const unsigned char *bytes, size_t len);
bool ber_octets(struct stream *stream, const struct ber *in, ber_take *take, void *context);

#endif
