#include "cms/set_of.h"

#include "base/der.h"
#include "base/element.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct element *left = a, *right = b;
    size_t left_len = element_whole_len(left), right_len = element_whole_len(right);
    int order = memcmp(left->start, right->start, left_len < right_len ? left_len : right_len);

    return order ? order : (left_len > right_len) - (left_len < right_len);
}

static size_t count_of(struct elements all)
{
    struct element one;
    size_t count = 0;

    while (element_take(&all, &one))
        count++;
    return all.next == all.end ? count : 0;
}

void set_of(struct buf *to, unsigned char identifier, const struct buf *elements)
{
    const unsigned char *start = (const unsigned char *)elements->data;
    struct elements all = {start, start + elements->len};
    size_t count = elements->len ? count_of(all) : 0, i;
    struct element *sorted = count ? calloc(count, sizeof *sorted) : NULL;
    struct buf inner = {0};

    if (elements->failed || (elements->len && !sorted)) {
        to->failed = true;
        free(sorted);
        return;
    }
    for (i = 0; i < count; i++)
        element_take(&all, &sorted[i]);
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, compare);
    for (i = 0; i < count; i++)
        if (i == 0 || compare(&sorted[i - 1], &sorted[i]) != 0)
            buf_add(&inner, sorted[i].start, element_whole_len(&sorted[i]));
    der_wrap(to, identifier, &inner);
    buf_clear(&inner);
    free(sorted);
}
