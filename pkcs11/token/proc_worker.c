/* kunci-worker: one module in a process of its own. Its only argument is the
 * module; descriptor 3 is the other side, which hands over a socket for each of
 * its threads, and whose end is the end of this process. */
#include "token/worker_channel.h"
#include "token/worker_serve.h"
#include "token/worker_spawn.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* PINs pass through. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/* What is asked after an answer is ordered by the other process alone: nothing in this
 * one would say that its threads see what was done before. */
static atomic_uint answered;

/* Until nobody is at the other end, or what comes is no message. */
static void *answer(void *context)
{
    struct channel *channel = context;
    struct wire_head head;
    CK_RV rv;

    while (channel_receive(channel, 0, &head) == CHANNEL_OK) {
        atomic_load(&answered);
        wire_begin(&channel->out, head.call);
        rv = serve(head.call, &channel->in, &channel->out);
        wire_wipe(&channel->in);
        if (channel->out.failed) {
            wire_begin(&channel->out, head.call);
            rv = CKR_HOST_MEMORY;
        }
        atomic_fetch_add(&answered, 1);
        if (channel_send(channel, rv) != CHANNEL_OK)
            break;
    }
    channel_close(channel);
    free(channel);
    return NULL;
}

/* The thread is nobody's to join. Where it cannot be made, the closed socket says so. */
static void answer_beside(int fd)
{
    struct channel *channel = malloc(sizeof *channel);
    pthread_t thread;

    if (!channel) {
        close(fd);
        return;
    }
    if (!channel_open(channel, fd)) {
        free(channel);
        return;
    }
    if (pthread_create(&thread, NULL, answer, channel) == 0) {
        pthread_detach(thread);
        return;
    }
    channel_close(channel);
    free(channel);
}

/* The next socket handed over; -1: there is nobody any more. */
static int next_socket(void)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    char byte;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head;
    ssize_t got;
    int fd;

    do
        got = recvmsg(WORKER_CONTROL_FD, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof fd))
        return -1;
    memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

int main(int argc, char **argv)
{
    int fd;

    if (argc != 2) {
        fputs("kunci-worker: is started by kunci, for one module\n", stderr);
        return 2;
    }
    harden();
    serve_use(argv[1]);
    while ((fd = next_socket()) >= 0)
        answer_beside(fd);
    _exit(0); /* whatever the module is doing */
}
