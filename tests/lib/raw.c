#include "lib/raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void must(int done, const char *what)
{
    if (done)
        return;
    perror(what);
    abort();
}

int raw_connect(const char *address)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    const char *colon = strrchr(address, ':');
    struct timeval patience = {10, 0};
    bool is_six = *address == '[';
    char host[64];
    int fd, done;

    must(colon != NULL, address);
    snprintf(host, sizeof host, "%.*s", (int)(colon - address) - 2 * is_six, address + is_six);
    four.sin_port = six.sin6_port = htons((in_port_t)atoi(colon + 1));
    must(inet_pton(is_six ? AF_INET6 : AF_INET, host,
                   is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr) == 1,
         host);
    fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    done = is_six ? connect(fd, (struct sockaddr *)&six, sizeof six)
                  : connect(fd, (struct sockaddr *)&four, sizeof four);
    must(done == 0, "connect");
    return fd;
}

bool raw_send(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len) {
        ssize_t put = send(fd, p, len, MSG_NOSIGNAL);

        if (put <= 0)
            return false;
        p += put;
        len -= (size_t)put;
    }
    return true;
}

bool raw_text(int fd, const char *text)
{
    return raw_send(fd, text, strlen(text));
}

static bool one(int fd, struct raw_answer *answer, char *byte)
{
    if (recv(fd, byte, 1, 0) == 1)
        return true;
    answer->closed = true;
    return false;
}

static void head(int fd, struct raw_answer *answer)
{
    size_t len = 0;

    while (len + 1 < sizeof answer->head && one(fd, answer, &answer->head[len])) {
        answer->head[++len] = '\0';
        if (len >= 4 && strcmp(answer->head + len - 4, "\r\n\r\n") == 0)
            break;
    }
    if (sscanf(answer->head, "HTTP/1.%*d %d", &answer->status) != 1)
        answer->status = 0;
}

void raw_answer(int fd, struct raw_answer *answer)
{
    const char *length;
    size_t wanted;
    char byte;

    memset(answer, 0, sizeof *answer);
    head(fd, answer);
    while (answer->status == 100 && !answer->closed)
        head(fd, answer);
    length = strcasestr(answer->head, "\r\nContent-Length:");
    wanted = length ? strtoul(length + 17, NULL, 10) : 0;
    while (answer->body_len < wanted && one(fd, answer, &byte)) {
        if (answer->body_len + 1 < sizeof answer->body)
            answer->body[answer->body_len] = byte;
        answer->body_len++;
    }
}

void raw_ask(const char *address, const char *text, struct raw_answer *answer)
{
    int fd = raw_connect(address);

    raw_text(fd, text);
    raw_answer(fd, answer);
    close(fd);
}

bool raw_ended(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) <= 0;
}
