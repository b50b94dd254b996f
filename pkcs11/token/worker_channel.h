/* A socket between this process and that of a module: one message there, one
 * back. Both sides use it. */
#ifndef TOKEN_WORKER_CHANNEL_H
#define TOKEN_WORKER_CHANNEL_H

#include "token/worker_wire.h"

enum channel_end {
    CHANNEL_OK,
    CHANNEL_LATE, /* nothing came in time */
    CHANNEL_GONE, /* nobody is at the other end */
    CHANNEL_BAD   /* what came is no message */
};

struct channel {
    int fd;
    struct wire in, out;
    int64_t timeout_ms; /* that the socket was told last; 0: none */
};

/* Takes over fd, also where it fails: no memory that never reaches the disk. */
bool channel_open(struct channel *channel, int fd);
void channel_close(struct channel *channel);

/* Sends what was written to out, which begins with its head, and wipes it. */
enum channel_end channel_send(struct channel *channel, uint64_t rv);

/* Fills in and takes its head apart. timeout_ms 0: waits for ever. */
enum channel_end channel_receive(struct channel *channel, int64_t timeout_ms,
                                 struct wire_head *head);

#endif
