#include "lib/measure.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double measure_wall(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double measure_cpu(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double measure_command(const char *const *argv)
{
    posix_spawn_file_actions_t quiet;
    double began = measure_wall();
    int status = -1;
    pid_t child;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, argv[0], &quiet, NULL, (char *const *)(uintptr_t)argv, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "measure: %s failed\n", argv[0]);
        exit(1);
    }
    posix_spawn_file_actions_destroy(&quiet);
    return measure_wall() - began;
}

void measure_add(struct measure *measure, double ours, double theirs)
{
    if (measure->count == MEASURE_MAX)
        abort();
    measure->ours[measure->count] = ours;
    measure->theirs[measure->count++] = theirs;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static double median(double *numbers, size_t count)
{
    qsort(numbers, count, sizeof *numbers, compare);
    return numbers[count / 2];
}

static double report(const char *name, struct measure *measure, const char *how, double limit)
{
    double ours = median(measure->ours, measure->count);
    double theirs = median(measure->theirs, measure->count);

    printf("%-44s %10.4f %10.4f   %5.3f   %s %.2f   ", name, ours, theirs, ours / theirs, how,
           limit);
    return ours / theirs;
}

static int verdict(int kept)
{
    puts(kept ? "kept" : "MISSED");
    return kept;
}

int measure_at_most(const char *name, struct measure *measure, double limit)
{
    return verdict(report(name, measure, "at most ", limit) <= limit);
}

int measure_at_least(const char *name, struct measure *measure, double limit)
{
    return verdict(report(name, measure, "at least", limit) >= limit);
}

int measure_at_most_more(const char *name, struct measure *measure, double limit)
{
    double ours = median(measure->ours, measure->count);
    double theirs = median(measure->theirs, measure->count);

    printf("%-44s %10.4f %10.4f   %+.3f  at most  %.2f   ", name, ours, theirs, ours - theirs,
           limit);
    return verdict(ours - theirs <= limit);
}
