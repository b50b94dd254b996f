#include "cli/progress.h"

#include "cli/words.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 30, EVERY_MS = 100 };

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, const struct out *out, size_t total)
{
    *progress = (struct progress){
        .out = out,
        .shown = !out->json && !out->quiet && isatty(fileno(out->notes)),
        .total = total,
        .began_ms = now_ms(),
    };
}

static void draw(const struct progress *progress, int64_t now)
{
    int64_t taken_ms = now - progress->began_ms + 1;
    double rate = 1000.0 * (double)progress->done / (double)taken_ms;
    long left_s = (long)((double)(progress->total - progress->done) / rate + 0.5);
    size_t filled = progress->done * WIDTH / progress->total;
    char bar[WIDTH + 1];

    memset(bar, ' ', WIDTH);
    memset(bar, '#', filled);
    bar[WIDTH] = '\0';
    fprintf(progress->out->notes, "\r[%s] ", bar);
    fprintf(progress->out->notes, _("%zu of %zu, %.0f a second, %ld:%02ld left"), progress->done,
            progress->total, rate, left_s / 60, left_s % 60);
    fputs("\033[K", progress->out->notes); /* a longer line was there, perhaps */
    fflush(progress->out->notes);
}

void progress_step(struct progress *progress)
{
    int64_t now;

    progress->done++;
    if (!progress->shown || (now = now_ms()) - progress->drawn_ms < EVERY_MS)
        return;
    progress->drawn_ms = now;
    draw(progress, now);
}

void progress_hide(struct progress *progress)
{
    if (progress->shown && progress->drawn_ms)
        fputs("\r\033[K", progress->out->notes);
    progress->drawn_ms = 0;
}
