/* What the lab's authority answers without TLS, on this machine: enough of HTTP for that. */
#include "cli/lab.h"
#include "cli/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20, ANSWER_S = 10 };

static struct sockaddr_in here(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

enum kunci_rc lab_free_port(uint16_t *out, struct kunci_err *err)
{
    struct sockaddr_in address = here(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum kunci_rc rc = KUNCI_OK;

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        rc = fail_system(err, KUNCI_LAB_FAILED, "127.0.0.1", errno);
    *out = ntohs(address.sin_port);
    if (fd >= 0)
        close(fd);
    return rc;
}

static bool send_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left) {
        ssize_t put = send(fd, text, left, MSG_NOSIGNAL);

        if (put <= 0)
            return false;
        text += put, left -= (size_t)put;
    }
    return true;
}

/* Until the other side closes. */
static bool receive_all(int fd, struct lab_bytes *out)
{
    size_t room = 0;
    ssize_t got;

    do {
        if (out->len + 1 >= room) {
            unsigned char *more = room < ANSWER_MAX ? realloc(out->data, room += 16384) : NULL;

            if (!more)
                return false;
            out->data = more;
        }
        got = recv(fd, out->data + out->len, room - out->len - 1, 0);
        out->len += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    out->data[out->len] = '\0';
    return got == 0;
}

int lab_get(uint16_t port, const char *path, struct lab_bytes *body)
{
    const struct timeval patience = {.tv_sec = ANSWER_S};
    const struct sockaddr_in address = here(port);
    struct lab_bytes whole = {0};
    const char *head_end;
    char request[256];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;

    *body = (struct lab_bytes){0};
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n", path,
             (unsigned)port);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        send_all(fd, request) && receive_all(fd, &whole) &&
        strncmp((const char *)whole.data, "HTTP/1.1 ", 9) == 0 &&
        (status = (int)strtol((const char *)whole.data + 9, NULL, 10)) > 0 &&
        (head_end = strstr((const char *)whole.data, "\r\n\r\n"))) {
        body->len = whole.len - (size_t)(head_end + 4 - (const char *)whole.data);
        memmove(whole.data, head_end + 4, body->len + 1);
        body->data = whole.data;
        whole.data = NULL;
    }
    free(whole.data);
    if (fd >= 0)
        close(fd);
    return body->data ? status : 0;
}
