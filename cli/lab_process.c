/* The authority's process. It goes on when the command has ended, and is known again by its
 * number and by when it began: a number alone may long be another's. */
#include "cli/lab.h"
#include "cli/words.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { END_MS = 10000, FIELDS_BEFORE_START = 19 };

/* When a process began, in the kernel's ticks; false: there is none. Its name, in brackets,
 * may hold anything; the fields after it are numbers, and the state. */
static bool began_at(pid_t pid, uint64_t *out)
{
    char path[64], line[1024];
    const char *p;
    ssize_t got;
    int fd, i;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    got = read(fd, line, sizeof line - 1);
    close(fd);
    line[got > 0 ? got : 0] = '\0';
    p = strrchr(line, ')');
    if (!p || p[1] != ' ' || p[2] == 'Z')
        return false;
    for (p += 2, i = 0; i < FIELDS_BEFORE_START && (p = strchr(p, ' ')); i++)
        p++;
    *out = p ? strtoull(p, NULL, 10) : 0;
    return *out != 0;
}

/* A handle on the process that the lab's file names, -1 where it has ended. */
static int open_process(const struct lab *lab)
{
    struct kunci_err unsaid = KUNCI_ERR_INIT; /* no file: no process */
    uint64_t then, now;
    char line[64], *end;
    int handle;
    pid_t pid;

    if (!lab_has(lab, LAB_PID) || lab_read(lab, LAB_PID, line, sizeof line, &unsaid) != KUNCI_OK)
        return -1;
    pid = (pid_t)strtol(line, &end, 10);
    then = strtoull(end, NULL, 10);
    if (pid <= 1)
        return -1;
    handle = (int)syscall(SYS_pidfd_open, pid, 0);
    if (handle < 0 || (began_at(pid, &now) && now == then))
        return handle;
    close(handle);
    return -1;
}

bool lab_process_runs(const struct lab *lab)
{
    int handle = open_process(lab);

    if (handle >= 0)
        close(handle);
    return handle >= 0;
}

/* What the child does between fork and exec. It waits until its number is in the file: were
 * the command killed before, nobody would ever end it. */
static void become(const struct lab *lab, const char *const *argv, int go, int log)
{
    int nothing = open("/dev/null", O_RDONLY);
    char byte;

    if (setsid() < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(log, 1) < 0 ||
        dup2(log, 2) < 0 || chdir(lab->dir) != 0 || read(go, &byte, 1) != 1)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static enum kunci_rc write_number(const struct lab *lab, pid_t pid, struct kunci_err *err)
{
    uint64_t began = 0;
    char line[64];
    int len;

    if (!began_at(pid, &began))
        return fail(err, KUNCI_PROC_FAILED, "kuncid", "-");
    len = snprintf(line, sizeof line, "%d %" PRIu64 "\n", (int)pid, began);
    return lab_write(lab, LAB_PID, line, (size_t)len, err);
}

/* A file that may be there from an earlier process of this lab is added to. */
static int open_log(const struct lab *lab)
{
    return openat(lab->folder, LAB_LOG, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                  0600);
}

enum kunci_rc lab_process_begin(const struct lab *lab, const char *const *argv,
                                struct kunci_err *err)
{
    int go[2] = {-1, -1}, log = open_log(lab);
    enum kunci_rc rc = KUNCI_OK;
    pid_t child = -1;

    if (log < 0 || pipe2(go, O_CLOEXEC) != 0 || (child = fork()) < 0)
        rc = fail_system(err, KUNCI_PROC_FAILED, argv[0], errno);
    if (child == 0)
        become(lab, argv, go[0], log);
    if (rc == KUNCI_OK)
        rc = write_number(lab, child, err);
    if (rc == KUNCI_OK && write(go[1], "", 1) != 1)
        rc = fail_system(err, KUNCI_PROC_FAILED, argv[0], errno);
    if (log >= 0)
        close(log);
    if (go[0] >= 0)
        close(go[0]);
    if (go[1] >= 0)
        close(go[1]); /* a child that still waits ends now */
    return rc;
}

/* False where it has not ended in time. */
static bool wait_end(int handle, int ms)
{
    struct pollfd end = {.fd = handle, .events = POLLIN};
    int got;

    do
        got = poll(&end, 1, ms);
    while (got < 0 && errno == EINTR);
    return got > 0;
}

enum kunci_rc lab_process_end(const struct lab *lab, struct kunci_err *err)
{
    int handle = open_process(lab);
    bool ended = handle < 0;

    if (!ended) {
        syscall(SYS_pidfd_send_signal, handle, SIGTERM, NULL, 0);
        if (!(ended = wait_end(handle, END_MS))) {
            syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0);
            ended = wait_end(handle, END_MS);
        }
        close(handle);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) /* where it is this command's own child */
        ;
    if (!ended)
        return fail(err, KUNCI_PROC_TIMEOUT, "kuncid", NULL);
    if (lab_unlink(lab->folder, LAB_PID) != 0)
        return fail_system(err, KUNCI_FILE_WRITE, LAB_PID, errno);
    return KUNCI_OK;
}
