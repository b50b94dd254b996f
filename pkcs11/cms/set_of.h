/* SET OF, as DER has it: in the order of the elements' bytes. */
#ifndef CMS_SET_OF_H
#define CMS_SET_OF_H

#include "base/buf.h"

/* The elements, written one after the other into a buffer, as a set: sorted, none twice.
 * What is no element, or no memory, makes to fail. */
void set_of(struct buf *to, unsigned char identifier, const struct buf *elements);

#endif
