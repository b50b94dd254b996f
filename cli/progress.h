/* A bar on the terminal for work that is made of many pieces. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/out.h"

#include <stddef.h>
#include <stdint.h>

struct progress {
    const struct out *out;
    bool shown; /* only on a terminal, and not with --json or -q */
    size_t total, done;
    int64_t began_ms, drawn_ms;
};

void progress_begin(struct progress *progress, const struct out *out, size_t total);
void progress_step(struct progress *progress);
/* Takes the line away, for others to be printed; the next step draws it again. */
void progress_hide(struct progress *progress);

#endif
