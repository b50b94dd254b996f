/* A preload library for tests/kill/run: it counts the calls by which a program changes files
 * or speaks to others, and at the one that it is told to ends the program, cuts its
 * connections or takes the token away.
 *
 *   KILL_PROGRAM  the program meant, by the name of its file: kunci. Others are left alone,
 *                 and so are its children.
 *   KILL_LOG      a line is added for each call, "N NAME ABOUT", and one for what was done
 *   KILL_AT       the call at which SIGKILL comes; KILL_HOW: before or after it
 *   KILL_FIRST    the call before which KILL_WHAT happens: cut, all sockets are shut down; pull,
 *                 the folder KILL_TOKEN is renamed to KILL_TOKEN.pulled
 *
 * Calls of PKCS#11 are met by the lines that kunci-fault-module(7) writes to
 * KUNCI_FAULT_LOG, each at the end of one. What only reads files, or locks them, is not
 * counted: being killed there is the same as at the next call that is.
 *
 * SoftHSM empties the file of a token before it writes it anew, at each login too; killed in
 * between, the token itself is gone, which no card does. So death waits until that is over. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LOG_FD = 900, SOCKETS_BELOW = 1024, ABOUT_MAX = 200 };

static struct {
    pid_t pid; /* 0: another program */
    int log;
    unsigned long at, first;
    bool after;
    const char *what, *token, *calls;
} plan = {.log = -1};

static atomic_ulong calls;
static atomic_int rewritten = -1; /* the file of a token that is written just now */
static atomic_bool is_due;        /* death, once it is written */

static unsigned long number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : 0;
}

static const char *word(const char *name)
{
    const char *text = getenv(name);

    return text ? strdup(text) : "";
}

static bool is_meant(void)
{
    const char *meant = getenv("KILL_PROGRAM"), *slash;
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

    if (!meant || len <= 0)
        return false;
    path[len] = '\0';
    slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, meant) == 0;
}

/* Another program that it starts shall not be taken for it. */
__attribute__((constructor)) static void begin(void)
{
    static const char *const ours[] = {"KILL_PROGRAM", "KILL_LOG",  "KILL_AT",    "KILL_HOW",
                                       "KILL_FIRST",   "KILL_WHAT", "KILL_TOKEN", "LD_PRELOAD"};
    size_t i;
    int fd;

    if (!is_meant())
        return;
    plan.at = number("KILL_AT");
    plan.first = number("KILL_FIRST");
    plan.after = strcmp(word("KILL_HOW"), "after") == 0;
    plan.what = word("KILL_WHAT");
    plan.token = word("KILL_TOKEN");
    plan.calls = word("KUNCI_FAULT_LOG");
    fd = (int)syscall(SYS_openat, AT_FDCWD, word("KILL_LOG"),
                      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
        plan.log = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, LOG_FD);
        syscall(SYS_close, fd);
    }
    for (i = 0; i < sizeof ours / sizeof *ours; i++)
        unsetenv(ours[i]);
    plan.pid = getpid();
}

static bool is_socket(int fd)
{
    struct stat about;

    return plan.pid && fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

/* By the system's calls themselves: nothing of this is counted. */
static void note(unsigned long nth, const char *name, const char *about)
{
    char line[ABOUT_MAX + 100];
    int len = snprintf(line, sizeof line, "%lu %s %.*s\n", nth, name, ABOUT_MAX, about);

    if (plan.log >= 0)
        syscall(SYS_write, plan.log, line, (size_t)len);
}

static void die(unsigned long nth)
{
    if (atomic_load(&rewritten) >= 0) {
        atomic_store(&is_due, true);
        return;
    }
    note(nth, "KILLED", "");
    syscall(SYS_kill, plan.pid, SIGKILL);
    for (;;)
        pause();
}

static void cut(void)
{
    int fd;

    for (fd = 0; fd < SOCKETS_BELOW; fd++)
        if (is_socket(fd))
            syscall(SYS_shutdown, fd, SHUT_RDWR);
}

static void pull(void)
{
    char to[4096];

    snprintf(to, sizeof to, "%s.pulled", plan.token);
    syscall(SYS_renameat, AT_FDCWD, plan.token, AT_FDCWD, to);
}

static unsigned long enter(const char *name, const char *about)
{
    int errnum = errno;
    unsigned long nth;

    if (!plan.pid || getpid() != plan.pid)
        return 0;
    nth = atomic_fetch_add(&calls, 1) + 1;
    note(nth, name, about);
    if (nth == plan.first) {
        note(nth, strcmp(plan.what, "pull") == 0 ? "PULLED" : "CUT", "");
        strcmp(plan.what, "pull") == 0 ? pull() : cut();
    }
    if (nth == plan.at && !plan.after)
        die(nth);
    errno = errnum;
    return nth;
}

static void leave(unsigned long nth)
{
    if (nth && nth == plan.at && plan.after)
        die(nth);
}

/* Opened to be changed, and neither a device nor the lines of the fault module. */
static bool is_changed(const char *path, int flags)
{
    return (flags & (O_WRONLY | O_RDWR | O_CREAT)) && strncmp(path, "/dev/", 5) != 0 &&
           !(plan.pid && *plan.calls && strcmp(path, plan.calls) == 0);
}

static int opened(const char *path, int flags, int fd)
{
    static const char name[] = "/token.object";
    size_t len = strlen(path);

    if (plan.pid && fd >= 0 && (flags & (O_WRONLY | O_RDWR)) && len >= sizeof name &&
        strcmp(path + len - sizeof name + 1, name) == 0)
        atomic_store(&rewritten, fd);
    return fd;
}

static bool is_written(const char *mode)
{
    return mode[0] != 'r' || strchr(mode, '+');
}

/* What a write is about: the line of a call of PKCS#11 names the call. */
static const char *spell(int fd, const void *bytes, size_t len, char *about)
{
    const char *line = bytes, *end = memchr(bytes, '\n', len);
    const char *call = end ? memmem(bytes, (size_t)(end - line), " C_", 3) : NULL;

    if (call)
        snprintf(about, ABOUT_MAX, "%.*s", (int)(end - call - 1), call + 1);
    else
        snprintf(about, ABOUT_MAX, "%d", fd);
    return about;
}

static const char *digits(int fd, char *about)
{
    snprintf(about, ABOUT_MAX, "%d", fd);
    return about;
}

/* ---- the calls ---- */

#define BODY(type, name, parameters, arguments, counted, about)                                    \
    static type(*real) parameters;                                                                 \
    char fd_about[ABOUT_MAX];                                                                      \
    unsigned long nth;                                                                             \
    type result;                                                                                   \
                                                                                                   \
    (void)fd_about;                                                                                \
    if (!real)                                                                                     \
        real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                                        \
    nth = (counted) ? enter(#name, about) : 0;                                                     \
    result = real arguments;                                                                       \
    leave(nth);                                                                                    \
    return result;

#define CALL(type, name, parameters, arguments, counted, about)                                    \
    type name parameters                                                                           \
    {                                                                                              \
        BODY(type, name, parameters, arguments, counted, about)                                    \
    }

/* What hears from others is counted once there was something to hear: a server asks often. */
#define HEARD(type, name, parameters, arguments, counted)                                          \
    type name parameters                                                                           \
    {                                                                                              \
        static type(*real) parameters;                                                             \
        char about[ABOUT_MAX];                                                                     \
        type result;                                                                               \
                                                                                                   \
        if (!real)                                                                                 \
            real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                                    \
        result = real arguments;                                                                   \
        if ((result >= 0 || (errno != EAGAIN && errno != EINTR)) && (counted))                     \
            leave(enter(#name, digits(fd, about)));                                                \
        return result;                                                                             \
    }

/* A mode comes with the flags that make a file. */
#define OPEN(name, folder_parameter, folder_argument)                                              \
    static int shim_##name(folder_parameter const char *path, int flags, unsigned mode)            \
    {                                                                                              \
        BODY(int, name, (folder_parameter const char *, int, ...),                                 \
             (folder_argument path, flags, mode), is_changed(path, flags), path)                   \
    }                                                                                              \
    int name(folder_parameter const char *path, int flags, ...)                                    \
    {                                                                                              \
        unsigned mode = 0;                                                                         \
        va_list rest;                                                                              \
                                                                                                   \
        va_start(rest, flags);                                                                     \
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)                                   \
            mode = va_arg(rest, unsigned);                                                         \
        va_end(rest);                                                                              \
        return opened(path, flags, shim_##name(folder_argument path, flags, mode));                \
    }

#define FOLDER int folder,
#define THERE  folder,
#define NONE

OPEN(open, NONE, NONE)
OPEN(open64, NONE, NONE)
OPEN(openat, FOLDER, THERE)
OPEN(openat64, FOLDER, THERE)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int folder, const char *path, int flags);
ssize_t __read_chk(int fd, void *to, size_t len, size_t room);
ssize_t __recv_chk(int fd, void *to, size_t len, size_t room, int flags);

CALL(int, __open_2, (const char *path, int flags), (path, flags), is_changed(path, flags), path)
CALL(int, __open64_2, (const char *path, int flags), (path, flags), is_changed(path, flags), path)
CALL(int, __openat_2, (int folder, const char *path, int flags), (folder, path, flags),
     is_changed(path, flags), path)
CALL(int, creat, (const char *path, mode_t mode), (path, mode), true, path)
CALL(FILE *, fopen, (const char *path, const char *mode), (path, mode), is_written(mode), path)
CALL(FILE *, fopen64, (const char *path, const char *mode), (path, mode), is_written(mode), path)
CALL(int, fflush, (FILE * file), (file), file != NULL, digits(fileno(file), fd_about))

int fclose(FILE *file)
{
    static int (*real)(FILE *);
    int fd = fileno(file), result;
    char about[ABOUT_MAX];
    unsigned long nth;

    if (!real)
        real = (int (*)(FILE *))dlsym(RTLD_NEXT, "fclose");
    nth = __fwritable(file) ? enter("fclose", digits(fd, about)) : 0;
    result = real(file);
    if (fd >= 0 && atomic_load(&rewritten) == fd)
        atomic_store(&rewritten, -1);
    leave(nth);
    if (atomic_load(&is_due))
        die(nth);
    return result;
}

CALL(ssize_t, write, (int fd, const void *bytes, size_t len), (fd, bytes, len), true,
     spell(fd, bytes, len, fd_about))
CALL(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), true,
     digits(fd, fd_about))
CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at), (fd, bytes, len, at), true,
     digits(fd, fd_about))
CALL(ssize_t, pwrite64, (int fd, const void *bytes, size_t len, off64_t at), (fd, bytes, len, at),
     true, digits(fd, fd_about))
CALL(int, ftruncate, (int fd, off_t len), (fd, len), true, digits(fd, fd_about))
CALL(int, ftruncate64, (int fd, off64_t len), (fd, len), true, digits(fd, fd_about))
CALL(int, fsync, (int fd), (fd), true, digits(fd, fd_about))
CALL(int, fdatasync, (int fd), (fd), true, digits(fd, fd_about))
CALL(int, flock, (int fd, int how), (fd, how), true, digits(fd, fd_about))

CALL(int, rename, (const char *from, const char *to), (from, to), true, to)
CALL(int, renameat, (int folder, const char *from, int other, const char *to),
     (folder, from, other, to), true, to)
CALL(int, renameat2, (int folder, const char *from, int other, const char *to, unsigned flags),
     (folder, from, other, to, flags), true, to)
CALL(int, linkat, (int folder, const char *from, int other, const char *to, int flags),
     (folder, from, other, to, flags), true, to)
CALL(int, unlink, (const char *path), (path), true, path)
CALL(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), true, path)
CALL(int, remove, (const char *path), (path), true, path)
CALL(int, rmdir, (const char *path), (path), true, path)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), true, path)
CALL(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), true, path)

CALL(int, connect, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len), true,
     digits(fd, fd_about))
HEARD(int, accept, (int fd, struct sockaddr *from, socklen_t *len), (fd, from, len), true)
HEARD(int, accept4, (int fd, struct sockaddr *from, socklen_t *len, int flags),
      (fd, from, len, flags), true)
CALL(ssize_t, send, (int fd, const void *bytes, size_t len, int flags), (fd, bytes, len, flags),
     true, digits(fd, fd_about))
CALL(ssize_t, sendto,
     (int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t room),
     (fd, bytes, len, flags, to, room), true, digits(fd, fd_about))
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
     true, digits(fd, fd_about))
CALL(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t len), (to, from, at, len), true,
     digits(to, fd_about))
HEARD(ssize_t, recv, (int fd, void *to, size_t len, int flags), (fd, to, len, flags), true)
HEARD(ssize_t, recvfrom,
      (int fd, void *to, size_t len, int flags, struct sockaddr *from, socklen_t *room),
      (fd, to, len, flags, from, room), true)
HEARD(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), true)
HEARD(ssize_t, __recv_chk, (int fd, void *to, size_t len, size_t room, int flags),
      (fd, to, len, room, flags), true)
HEARD(ssize_t, read, (int fd, void *to, size_t len), (fd, to, len), is_socket(fd))
HEARD(ssize_t, __read_chk, (int fd, void *to, size_t len, size_t room), (fd, to, len, room),
      is_socket(fd))
CALL(int, close, (int fd), (fd), is_socket(fd), digits(fd, fd_about))
CALL(int, shutdown, (int fd, int how), (fd, how), true, digits(fd, fd_about))
