#include "lib/fault/calls.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned traits;
} calls[] = {
#define CALL_ROW(name, traits) {#name, traits},
    CALLS(CALL_ROW)
#undef CALL_ROW
};

const char *call_name(enum call_id id)
{
    return calls[id].name;
}

unsigned call_traits(enum call_id id)
{
    return calls[id].traits;
}

bool call_find(const char *name, size_t length, enum call_id *id)
{
    int i;

    for (i = 0; i < CALL_COUNT; i++)
        if (strlen(calls[i].name) == length && memcmp(calls[i].name, name, length) == 0) {
            *id = (enum call_id)i;
            return true;
        }
    return false;
}
