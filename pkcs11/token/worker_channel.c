#include "token/worker_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- memory ---- */

static void use_locked(struct wire *wire, unsigned char *memory)
{
    *wire = (struct wire){.data = memory, .locked = memory, .room = WIRE_PACKET};
}

/* PINs pass through here. */
bool channel_open(struct channel *channel, int fd)
{
    void *memory =
        mmap(NULL, 2 * WIRE_PACKET, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *channel = (struct channel){.fd = fd};
    if (memory != MAP_FAILED && mlock(memory, 2 * WIRE_PACKET) == 0 &&
        madvise(memory, 2 * WIRE_PACKET, MADV_DONTDUMP) == 0) {
        use_locked(&channel->in, memory);
        use_locked(&channel->out, (unsigned char *)memory + WIRE_PACKET);
        return true;
    }
    if (memory != MAP_FAILED)
        munmap(memory, 2 * WIRE_PACKET);
    close(fd);
    channel->fd = -1;
    return false;
}

void channel_close(struct channel *channel)
{
    wire_wipe(&channel->in);
    wire_wipe(&channel->out);
    munmap(channel->in.locked, 2 * WIRE_PACKET);
    close(channel->fd);
}

/* ---- sending ---- */

static enum channel_end failed(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK ? CHANNEL_LATE : CHANNEL_GONE;
}

enum channel_end channel_send(struct channel *channel, uint64_t rv)
{
    struct wire *out = &channel->out;
    struct wire_head head;
    enum channel_end end = CHANNEL_OK;
    size_t sent = 0;

    if (out->failed || out->len < sizeof head)
        return CHANNEL_BAD;
    memcpy(&head, out->data, sizeof head);
    head.length = out->len;
    head.rv = rv;
    memcpy(out->data, &head, sizeof head);
    while (end == CHANNEL_OK && sent < out->len) {
        size_t left = out->len - sent;
        ssize_t put = send(channel->fd, out->data + sent, left < WIRE_PACKET ? left : WIRE_PACKET,
                           MSG_NOSIGNAL);

        if (put > 0)
            sent += (size_t)put;
        else if (put == 0 || errno != EINTR)
            end = failed();
    }
    wire_wipe(out);
    return end;
}

/* ---- receiving ---- */

static bool set_timeout(struct channel *channel, int64_t ms)
{
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    if (channel->timeout_ms == ms)
        return true;
    channel->timeout_ms = ms;
    return setsockopt(channel->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When to stop waiting; 0: never. */
static int64_t moment_after(int64_t timeout_ms)
{
    return timeout_ms ? now_ms() + timeout_ms : 0;
}

/* One packet behind what is there. A signal does not lengthen the wait. */
static enum channel_end receive_packet(struct channel *channel, int64_t timeout_ms)
{
    int64_t until = moment_after(timeout_ms), left = timeout_ms;
    struct wire *in = &channel->in;
    ssize_t got;

    for (;;) {
        if (!set_timeout(channel, left))
            return CHANNEL_GONE;
        got = recv(channel->fd, in->data + in->len, in->room - in->len, 0);
        if (got >= 0)
            break;
        if (errno != EINTR)
            return failed();
        if (until && (left = until - now_ms()) <= 0)
            return CHANNEL_LATE;
    }
    in->len += (size_t)got;
    return got > 0 ? CHANNEL_OK : CHANNEL_GONE;
}

static enum channel_end receive_rest(struct channel *channel, int64_t until, uint64_t length)
{
    enum channel_end end = CHANNEL_OK;

    while (end == CHANNEL_OK && channel->in.len < length) {
        int64_t left = until ? until - now_ms() : 0;

        if (until && left <= 0)
            return CHANNEL_LATE;
        end = receive_packet(channel, left);
    }
    return end;
}

enum channel_end channel_receive(struct channel *channel, int64_t timeout_ms,
                                 struct wire_head *head)
{
    int64_t until = moment_after(timeout_ms);
    struct wire *in = &channel->in;
    enum channel_end end;

    wire_wipe(in);
    if ((end = receive_packet(channel, timeout_ms)) != CHANNEL_OK)
        return end;
    if (in->len < sizeof *head)
        return CHANNEL_BAD;
    memcpy(head, in->data, sizeof *head);
    if (head->version != WIRE_VERSION || head->length < in->len || !wire_room(in, head->length))
        return CHANNEL_BAD;
    if ((end = receive_rest(channel, until, head->length)) != CHANNEL_OK)
        return end;
    return wire_open(in, head) ? CHANNEL_OK : CHANNEL_BAD;
}
