#include "token/worker_spawn.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LISTEN_MAX = 65536 }; /* a module that never stops talking is heard so far at a time */

extern char **environ;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- starting ---- */

/* Our ends of what the process will have as descriptors 0 to 3, and its own. */
struct ends {
    int control, said, null;
};

/* Above those that it will have: none is overwritten before it is in its place. */
static bool move_up(int *fd)
{
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, WORKER_CONTROL_FD + 1);

    close_fd(fd);
    *fd = higher;
    return higher >= 0;
}

/* What the module writes is never waited for: where nobody listens, it is lost. */
static bool open_ends(struct worker_process *process, struct ends *theirs)
{
    int sockets[2], pipes[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return false;
    process->control = sockets[0];
    theirs->control = sockets[1];
    if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    process->said = pipes[0];
    theirs->said = pipes[1];
    theirs->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return theirs->null >= 0 && move_up(&theirs->control) && move_up(&theirs->said) &&
           move_up(&theirs->null);
}

static bool place_ends(posix_spawn_file_actions_t *actions, const struct ends *theirs)
{
    return posix_spawn_file_actions_adddup2(actions, theirs->null, STDIN_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(actions, theirs->said, STDOUT_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(actions, theirs->said, STDERR_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(actions, theirs->control, WORKER_CONTROL_FD) == 0 &&
           posix_spawn_file_actions_addclosefrom_np(actions, WORKER_CONTROL_FD + 1) == 0;
}

/* In a group of its own: an interrupt on the terminal is for us, and what the
 * module starts ends with it. */
static bool set_apart(posix_spawnattr_t *attributes)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0;
}

/* posix_spawn runs no handlers of fork: those of the modules would wait for locks
 * that are held while a module starts. Answers an errno. */
static int run(const char *module, struct worker_process *process, const struct ends *theirs)
{
    char program[4096];
    char *argv[] = {program, strdup(module), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = ENOMEM;

    snprintf(program, sizeof program, "%s/kunci/kunci-worker", text_library_dir());
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (argv[1] && place_ends(&actions, theirs) && set_apart(&attributes))
        failed = posix_spawn(&process->pid, program, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(argv[1]);
    return failed;
}

enum kunci_rc worker_spawn(const char *module, struct worker_process *process,
                           struct kunci_err *err)
{
    struct ends theirs = {-1, -1, -1};
    char why[64];
    int failed;

    *process = (struct worker_process)WORKER_PROCESS_NONE;
    failed = open_ends(process, &theirs) ? run(module, process, &theirs) : errno;
    if (failed)
        process->pid = 0;
    else if ((process->pidfd = pidfd_open(process->pid, 0)) < 0)
        failed = errno;
    close_fd(&theirs.control);
    close_fd(&theirs.said);
    close_fd(&theirs.null);
    if (!failed) {
        log_event("module.process", "module", module, NULL);
        return KUNCI_OK;
    }
    worker_kill(process, why, sizeof why);
    return err_system(err, KUNCI_PROC_FAILED, "kunci-worker", failed);
}

/* ---- sockets ---- */

static bool hand_over(int control, int fd)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } ancillary = {.bytes = {0}};
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &ancillary,
                             .msg_controllen = sizeof ancillary};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    return sendmsg(control, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

int worker_socket(const struct worker_process *process)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    if (!hand_over(process->control, ends[1]))
        close_fd(&ends[0]);
    close(ends[1]);
    return ends[0];
}

/* ---- ending ---- */

static void tell_how(const siginfo_t *how, char *why, size_t size)
{
    if (how->si_code == CLD_KILLED || how->si_code == CLD_DUMPED)
        snprintf(why, size, _("killed by signal %d"), how->si_status);
    else
        snprintf(why, size, _("ended with code %d"), how->si_status);
}

bool worker_has_ended(const struct worker_process *process)
{
    struct pollfd end = {.fd = process->pidfd, .events = POLLIN};

    return process->pid > 0 && poll(&end, 1, 0) > 0;
}

/* One that died of itself says how; the group goes with it. */
void worker_kill(struct worker_process *process, char *why, size_t size)
{
    siginfo_t how = {.si_status = 0};

    why[0] = '\0';
    if (process->pid > 0 && process->pidfd >= 0) {
        kill(-process->pid, SIGKILL);
        pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0); /* it may have left its group */
        while (waitid(P_PIDFD, (id_t)process->pidfd, &how, WEXITED) != 0 && errno == EINTR)
            ;
        tell_how(&how, why, size);
    }
    worker_disown(process);
}

void worker_disown(struct worker_process *process)
{
    close_fd(&process->pidfd);
    close_fd(&process->control);
    close_fd(&process->said);
    process->pid = 0;
}

/* ---- listening ---- */

static void tell_line(const char *module, const char *line, size_t len, char *last, size_t size)
{
    char printable[512];

    while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len == 0)
        return;
    text_printable(printable, sizeof printable, line, len);
    log_event("module.said", "module", module, "line", printable, NULL);
    snprintf(last, size, "%s", printable);
}

void worker_listen(const struct worker_process *process, const char *module, char *last,
                   size_t size)
{
    char said[4096];
    size_t heard = 0;
    ssize_t got;

    while (heard < LISTEN_MAX && (got = read(process->said, said, sizeof said)) > 0) {
        const char *line = said, *end = said + got, *next;

        for (; line < end; line = next + 1) {
            next = memchr(line, '\n', (size_t)(end - line));
            if (!next)
                next = end;
            tell_line(module, line, (size_t)(next - line), last, size);
        }
        heard += (size_t)got;
    }
}
