/* The process that a module runs in: starting it, handing it sockets, hearing
 * what it says, ending it. */
#ifndef TOKEN_WORKER_SPAWN_H
#define TOKEN_WORKER_SPAWN_H

#include <kunci/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { WORKER_CONTROL_FD = 3 };

struct worker_process {
    pid_t pid;   /* 0: there is none */
    int pidfd;   /* tells its end, and keeps signals from hitting another */
    int control; /* sockets are handed over here */
    int said;    /* what the module writes to its standard streams */
};

#define WORKER_PROCESS_NONE                                                                        \
    {                                                                                              \
        .pidfd = -1, .control = -1, .said = -1                                                     \
    }

KUNCI_MUST_USE enum kunci_rc worker_spawn(const char *module, struct worker_process *process,
                                          struct kunci_err *err);

/* A socket to one more of its threads; -1: it could not be made. */
int worker_socket(const struct worker_process *process);

/* Whether it has ended by itself. */
bool worker_has_ended(const struct worker_process *process);

/* Ends it if it has not ended, and writes how it ended to why: "killed by signal 11". */
void worker_kill(struct worker_process *process, char *why, size_t size);

/* In a child of fork: it is the parent's. */
void worker_disown(struct worker_process *process);

/* Takes what the module said since, line by line, into the log; the last line is
 * kept in last where there is one. */
void worker_listen(const struct worker_process *process, const char *module, char *last,
                   size_t size);

#endif
