/* Evidence that was found lately, so that a batch of signatures by one certificate does
 * not prove it again and again. For many threads at once. */
#ifndef TRUST_MEMORY_H
#define TRUST_MEMORY_H

#include "trust/evidence.h"

struct memory;

struct memory *memory_new(void); /* NULL: there is no room */
void memory_free(struct memory **memory);
bool memory_recall(struct memory *memory, const struct question *question, struct evidence *out);
void memory_keep(struct memory *memory, const struct question *question,
                 const struct evidence *evidence);

#endif
