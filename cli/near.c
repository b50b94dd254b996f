#include "cli/near.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 24, FARTHEST = 2 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be added, left out or changed to make b of a. */
static size_t distance_between(const char *a, const char *b)
{
    size_t row[LONGEST + 1], i, j, width = strlen(b);

    if (strlen(a) > LONGEST || width > LONGEST)
        return SIZE_MAX;
    for (j = 0; j <= width; j++)
        row[j] = j;
    for (i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (j = 1; j <= width; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = least(changed, 1 + least(row[j], row[j - 1]));
        }
    }
    return row[width];
}

void near_offer(const char *typed, const char *word, const char **best, size_t *distance)
{
    size_t found = distance_between(typed, word);

    /* A short word must keep a letter, or anything would do. */
    if (found > FARTHEST || found >= strlen(word) || (*best && found >= *distance))
        return;
    *best = word;
    *distance = found;
}
