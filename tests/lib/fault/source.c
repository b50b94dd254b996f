#include "lib/fault/source.h"

#include "lib/fault/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 65536, LINE_BYTES = 1024, POLL_MS = 50 };

/* All under the lock but for the thread's own line. */
static struct plan plan;
static char path[PATH_MAX];
static bool known;       /* the path was looked for */
static struct stat seen; /* the file when it was read; no inode: there was none */
static unsigned bad;     /* lines in it */

static bool reading; /* the FIFO's thread is there, or is being sent home */
static bool stopping;
static pthread_t reader;
static int fifo = -1;
static char line[LINE_BYTES];
static size_t line_length;
static unsigned line_number;

static void complain(void *context, unsigned number, const char *why)
{
    (void)context;
    fprintf(stderr, "kunci-fault-module: %s:%u: %s\n", path, number, why);
}

static void know_path(void)
{
    const char *name = secure_getenv("KUNCI_FAULT_FILE");

    known = true;
    if (strcmp(path, name ? name : "") == 0)
        return;
    snprintf(path, sizeof path, "%s", name ? name : "");
    memset(&plan, 0, sizeof plan);
    memset(&seen, 0, sizeof seen);
    bad = 0;
    if (fifo >= 0)
        close(fifo);
    fifo = -1;
}

/* ---- a file ---- */

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void read_file(void)
{
    static char bytes[MOST_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t size = 0;
    ssize_t got;

    memset(&plan, 0, sizeof plan);
    bad = 0;
    if (fd < 0)
        return;
    while (size < sizeof bytes && (got = read(fd, bytes + size, sizeof bytes - size)) > 0)
        size += (size_t)got;
    close(fd);
    bad = plan_read(&plan, bytes, size, complain, NULL);
}

static void look_at_file(void)
{
    struct stat now;

    if (!known)
        know_path();
    if (fifo >= 0 || !path[0])
        return;
    if (stat(path, &now) != 0)
        memset(&now, 0, sizeof now);
    if (S_ISFIFO(now.st_mode) || same(&now, &seen))
        return;
    seen = now;
    read_file();
}

/* ---- a FIFO ---- */

static void take_byte(char byte)
{
    const char *wrong = NULL;

    if (byte != '\n') {
        if (line_length < sizeof line)
            line[line_length++] = byte;
        return;
    }
    line_number++;
    if (line_length == sizeof line)
        wrong = "the line is too long";
    else
        wrong = plan_add(&plan, line, line_length);
    line_length = 0;
    if (!wrong)
        return;
    complain(NULL, line_number, wrong);
    bad++;
}

/* What is in it at the moment. */
static void drain(void)
{
    char bytes[512];
    ssize_t got, i;

    while ((got = read(fifo, bytes, sizeof bytes)) > 0)
        for (i = 0; i < got; i++)
            take_byte(bytes[i]);
}

static void *read_fifo(void *context)
{
    struct pollfd ready = {.events = POLLIN};
    bool on = true;

    (void)context;
    lock_take();
    ready.fd = fifo;
    lock_give();
    while (on) {
        poll(&ready, 1, POLL_MS);
        lock_take();
        drain();
        on = !stopping;
        lock_wake();
        lock_give();
    }
    return NULL;
}

/* Open for writing, too: a FIFO that nobody writes to would end at once. */
static void open_fifo(void)
{
    struct stat about;

    if (reading || !path[0] || stat(path, &about) != 0 || !S_ISFIFO(about.st_mode))
        return;
    bad = 0;
    if (fifo < 0)
        fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fifo < 0) {
        fprintf(stderr, "kunci-fault-module: %s: %s\n", path, strerror(errno));
        bad = 1;
        return;
    }
    drain();
    stopping = false;
    reading = pthread_create(&reader, NULL, read_fifo, NULL) == 0;
}

/* ---- both ---- */

bool source_start(void)
{
    bool good;

    lock_take();
    know_path();
    look_at_file();
    open_fifo();
    good = bad == 0;
    lock_give();
    return good;
}

void source_stop(void)
{
    bool join;

    lock_take();
    join = reading && !stopping;
    stopping = true;
    lock_give();
    if (!join)
        return;
    pthread_join(reader, NULL);
    lock_take();
    reading = false;
    lock_give();
}

void source_plan(struct plan *out)
{
    lock_take();
    look_at_file();
    *out = plan;
    lock_give();
}

bool source_out(void)
{
    bool out;

    lock_take();
    look_at_file();
    out = plan.out;
    lock_give();
    return out;
}

void source_pull(void)
{
    lock_take();
    plan.out = true;
    lock_give();
}

void source_forked(void)
{
    reading = false;
}
