/* Names and the place of each among them: every name is kept once, in the order in
 * which they came. Whoever chooses the names cannot make finding one slow. */
#ifndef FLOW_NAMES_H
#define FLOW_NAMES_H

#include <jansson.h>
#include <stdbool.h>

struct names {
    json_t *places;
    char **items;
    size_t count;
};

/* The place of a name, which is new where it is items' last; false for lack of memory. */
bool names_place(struct names *names, const char *name, size_t *place);
void names_clear(struct names *names);

/* Room for one more behind count: items that may have moved; NULL for lack of memory. */
void *room_for_one(void *items, size_t count, size_t size);

#endif
