#include "flow/names.h"

#include <stdlib.h>
#include <string.h>

void *room_for_one(void *items, size_t count, size_t size)
{
    /* It is full at each power of two. */
    return count & (count - 1) ? items : reallocarray(items, count ? 2 * count : 1, size);
}

static bool append(struct names *names, const char *name)
{
    char **items = room_for_one(names->items, names->count, sizeof *items);

    if (!items)
        return false;
    names->items = items;
    if (!(items[names->count] = strdup(name)))
        return false;
    if (json_object_set_new_nocheck(names->places, name, json_integer((json_int_t)names->count)) ==
        0) {
        names->count++;
        return true;
    }
    free(items[names->count]);
    return false;
}

bool names_place(struct names *names, const char *name, size_t *place)
{
    const json_t *known = json_object_get(names->places, name);

    *place = known ? (size_t)json_integer_value(known) : names->count;
    if (known)
        return true;
    if (!names->places && !(names->places = json_object()))
        return false;
    return append(names, name);
}

void names_clear(struct names *names)
{
    size_t i;

    for (i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    json_decref(names->places);
    *names = (struct names){NULL, NULL, 0};
}
