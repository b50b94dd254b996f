#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <kunci/proc.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A pipe from the child to us; -1 where an end is closed. */
struct stream {
    int ours, theirs;
    struct buf said;
};

struct child {
    pid_t pid; /* 0 while there is none to wait for */
    int pidfd;
    int input;
    struct stream out, err;
    int *errnum; /* shared with it: what kept the program from running, else 0 */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static enum kunci_rc failed(const struct kunci_proc *proc, int errnum, struct kunci_err *err)
{
    return err_system(err, KUNCI_PROC_FAILED, proc->argv[0], errnum);
}

/* ---- what the child needs, made beforehand: after the fork nothing may be allocated ---- */

static bool is_named(const char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; env && *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return true;
    return false;
}

/* What the child sees of our environment is what it needs to run at all. The
 * result and its first *owned entries are to be freed. */
static char **environment(const char *const *given, size_t *owned)
{
    static const char *const kept[] = {"PATH", "HOME", "LANG", "LC_ALL"};
    enum { KEPT = sizeof kept / sizeof *kept };
    size_t i, count = 0;
    char **env;

    while (given && given[count])
        count++;
    env = calloc(KEPT + count + 1, sizeof *env);
    *owned = 0;
    for (i = 0; env && i < KEPT; i++) {
        const char *value = getenv(kept[i]);

        if (!value || is_named(given, kept[i]))
            continue;
        if (asprintf(&env[*owned], "%s=%s", kept[i], value) < 0) {
            while (*owned)
                free(env[--*owned]);
            free(env);
            return NULL;
        }
        ++*owned;
    }
    if (env && count)
        memcpy(env + *owned, given, count * sizeof *env);
    return env;
}

/* Where we have no standard streams, a new descriptor could be one of 0 to 2,
 * which the child's are put over. */
static int above_standard(int fd)
{
    int higher;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

static bool open_stream(struct stream *stream)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    stream->ours = above_standard(ends[0]);
    stream->theirs = above_standard(ends[1]);
    return stream->ours >= 0 && stream->theirs >= 0;
}

/* The input is a file in memory: a child that does not read it cannot keep us
 * waiting, and there is no pipe to break. */
static bool open_input(const struct kunci_proc *proc, struct child *child)
{
    const char *left = proc->input;
    size_t len = proc->input_len;

    child->input = above_standard(memfd_create("input", MFD_CLOEXEC));
    if (child->input < 0)
        return false;
    while (len) {
        ssize_t put = write(child->input, left, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        left += put;
        len -= (size_t)put;
    }
    return lseek(child->input, 0, SEEK_SET) == 0;
}

static bool open_errnum(struct child *child)
{
    int *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return false;
    child->errnum = shared;
    return true;
}

/* ---- the child, until it is another program ---- */

static bool limit(__rlimit_resource_t what, rlim_t value)
{
    const struct rlimit both = {value, value};

    return setrlimit(what, &both) == 0;
}

/* Our handlers must not run in the child, and what we ignore it may want. */
static bool forget_signals(void)
{
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    int number;

    for (number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL); /* fails for those nobody can change */
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* In a group of its own, so that all it starts can be ended with it; and ended
 * itself where we are, also where that was before it could ask for that. */
static _Noreturn void become(const struct kunci_proc *proc, char *const *env,
                             const struct child *child, pid_t parent)
{
    if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
        forget_signals() && dup2(child->input, STDIN_FILENO) >= 0 &&
        dup2(child->out.theirs, STDOUT_FILENO) >= 0 &&
        dup2(child->err.theirs, STDERR_FILENO) >= 0 &&
        close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0 &&
        (!proc->dir || chdir(proc->dir) == 0) && limit(RLIMIT_CORE, 0) &&
        (!proc->max_memory || limit(RLIMIT_AS, proc->max_memory)))
        execvpe(proc->argv[0], (char *const *)(const void *)proc->argv, env);
    *child->errnum = errno;
    _exit(127);
}

/* ---- our side ---- */

/* _Fork runs no handlers: those of the modules would wait for locks that a
 * person typing a PIN may hold, and the child needs none of them. */
static pid_t fork_quietly(const struct kunci_proc *proc, char *const *env,
                          const struct child *child)
{
    const pid_t parent = getpid();
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = _Fork();
    if (pid == 0)
        become(proc, env, child, parent);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

static enum kunci_rc start(const struct kunci_proc *proc, struct child *child,
                           struct kunci_err *err)
{
    size_t owned;
    char **env = environment(proc->env, &owned);
    enum kunci_rc rc = KUNCI_OK;

    if (!env)
        return err_no_memory(err);
    if (!open_input(proc, child) || !open_stream(&child->out) || !open_stream(&child->err) ||
        !open_errnum(child) || fcntl(child->out.ours, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(child->err.ours, F_SETFL, O_NONBLOCK) != 0) {
        rc = failed(proc, errno, err);
        goto out;
    }
    child->pid = fork_quietly(proc, env, child);
    if (child->pid < 0 || (child->pidfd = pidfd_open(child->pid, 0)) < 0) {
        rc = failed(proc, errno, err);
        child->pid = child->pid < 0 ? 0 : child->pid;
        goto out;
    }
    close_fd(&child->out.theirs);
    close_fd(&child->err.theirs);
out:
    while (owned)
        free(env[--owned]);
    free(env);
    return rc;
}

/* Takes what is there without waiting. */
static enum kunci_rc drain(const struct kunci_proc *proc, struct stream *stream,
                           struct kunci_err *err)
{
    char chunk[16384];

    while (stream->ours >= 0) {
        ssize_t got = read(stream->ours, chunk, sizeof chunk);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got < 0)
            return failed(proc, errno, err);
        if (got == 0)
            close_fd(&stream->ours);
        if ((size_t)got > proc->max_output - stream->said.len)
            return err_set(err, KUNCI_PROC_OUTPUT, proc->argv[0], NULL);
        buf_add(&stream->said, chunk, (size_t)got);
        if (stream->said.failed)
            return err_no_memory(err);
    }
    return KUNCI_OK;
}

/* Until the child itself has ended: what it left behind in its group is killed,
 * and what that still holds open is not waited for. */
static enum kunci_rc listen_to(const struct kunci_proc *proc, struct child *child,
                               struct kunci_err *err)
{
    int64_t deadline = clock_system.steady_ms(NULL) + proc->timeout_ms;
    enum kunci_rc rc = KUNCI_OK;
    bool ended = false;

    while (rc == KUNCI_OK && !ended) {
        struct pollfd polled[] = {{.fd = child->pidfd, .events = POLLIN},
                                  {.fd = child->out.ours, .events = POLLIN},
                                  {.fd = child->err.ours, .events = POLLIN}};
        int64_t left = deadline - clock_system.steady_ms(NULL);

        if (left <= 0)
            return err_set(err, KUNCI_PROC_TIMEOUT, proc->argv[0], NULL);
        if (poll(polled, 3, (int)left) < 0) {
            if (errno == EINTR)
                continue;
            return failed(proc, errno, err);
        }
        ended = polled[0].revents != 0;
        rc = drain(proc, &child->out, err);
        if (rc == KUNCI_OK)
            rc = drain(proc, &child->err, err);
    }
    return rc;
}

/* Ends and reaps the whole group. Until the child is waited for, its number
 * belongs to nobody else. */
static int end(struct child *child)
{
    int status = 0;

    if (child->pid == 0)
        return 0;
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL); /* it may have joined another group */
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The last line that is not empty, in place. */
static const char *last_line(char *text, size_t len)
{
    char *line;

    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
        len--;
    text[len] = '\0';
    line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

static enum kunci_rc judge(const struct kunci_proc *proc, const struct child *child,
                           const struct kunci_proc_result *result, struct kunci_err *err)
{
    const char *line;
    char *said;

    if (*child->errnum)
        return failed(proc, *child->errnum, err);
    if (result->exit_code == 0)
        return KUNCI_OK;
    said = strndup(result->err, result->err_len);
    if (!said)
        return err_no_memory(err);
    line = last_line(said, strlen(said));
    if (*line)
        err_set(err, KUNCI_PROC_FAILED, proc->argv[0], line);
    else
        err_setf(err, KUNCI_PROC_FAILED, proc->argv[0], _("it ended with code %d"),
                 result->exit_code);
    free(said);
    return err->rc;
}

static void child_clear(struct child *child)
{
    close_fd(&child->pidfd);
    close_fd(&child->input);
    close_fd(&child->out.ours);
    close_fd(&child->out.theirs);
    close_fd(&child->err.ours);
    close_fd(&child->err.theirs);
    if (child->errnum)
        munmap(child->errnum, sizeof *child->errnum);
}

enum kunci_rc kunci_proc_run(const struct kunci_proc *proc, struct kunci_proc_result *result,
                             struct kunci_err *err)
{
    struct child child = {.pidfd = -1,
                          .input = -1,
                          .out = {.ours = -1, .theirs = -1},
                          .err = {.ours = -1, .theirs = -1}};
    enum kunci_rc rc;

    *result = (struct kunci_proc_result){0};
    rc = start(proc, &child, err);
    if (rc == KUNCI_OK)
        rc = listen_to(proc, &child, err);
    result->exit_code = end(&child);
    result->out_len = child.out.said.len;
    result->err_len = child.err.said.len;
    result->out = buf_take(&child.out.said);
    result->err = buf_take(&child.err.said);
    if (rc == KUNCI_OK && (!result->out || !result->err))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = judge(proc, &child, result, err);
    child_clear(&child);
    return rc;
}

void kunci_proc_result_clear(struct kunci_proc_result *result)
{
    free(result->out);
    free(result->err);
    *result = (struct kunci_proc_result){0};
}
