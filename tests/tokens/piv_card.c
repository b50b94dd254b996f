/* kunci-piv-card HOST PORT FIFO: a PIV card in the reader of vsmartcard's vpcd,
 * which listens at HOST and PORT. Lines on the FIFO are what a hand would do to it,
 * and what goes wrong with cards:
 *
 *   insert | remove | quit | tries N | slow MS | fail SW (of the next command) */
#include "tokens/piv_card.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the reader says to the card in place of a command, each one byte. */
enum { READER_POWER_OFF, READER_POWER_ON, READER_RESET, READER_ATR = 4 };

static const unsigned char atr[] = {0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe,
                                    0x15, 0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57, 0x59,
                                    0x75, 0x62, 0x69, 0x4b, 0x65, 0x79, 0x40};

static struct piv_card card;
static const char *host, *port;
static int reader = -1, control = -1;
static unsigned insertions;
static long slow_ms;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "kunci-piv-card: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void remove_card(void)
{
    if (reader >= 0)
        close(reader);
    reader = -1;
}

/* A command in two packets would wait for the first to be acknowledged. */
static void insert_card(void)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET};
    struct addrinfo *address;
    int on = 1;

    if (reader >= 0)
        return;
    if (getaddrinfo(host, port, &hints, &address) != 0) {
        fprintf(stderr, "kunci-piv-card: there is no host %s\n", host);
        exit(1);
    }
    reader = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (reader < 0 || connect(reader, address->ai_addr, address->ai_addrlen) != 0)
        die("the reader");
    (void)setsockopt(reader, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    freeaddrinfo(address);
    insertions++;
    card_power_on(&card);
}

static void obey(const char *line)
{
    unsigned number = 0;

    if (strcmp(line, "insert") == 0)
        insert_card();
    else if (strcmp(line, "remove") == 0)
        remove_card();
    else if (strcmp(line, "quit") == 0)
        exit(0);
    else if (sscanf(line, "tries %u", &number) == 1 && number <= 15)
        card_tries(&card, number, number);
    else if (sscanf(line, "slow %u", &number) == 1)
        slow_ms = number;
    else if (sscanf(line, "fail %x", &number) == 1 && number <= 0xffff)
        card.fail_next = number;
    else
        fprintf(stderr, "kunci-piv-card: not understood: %s\n", line);
}

/* The FIFO is open for writing too, so that it never ends. */
static void read_control(void)
{
    static char line[128];
    static size_t len;
    char byte;

    while (read(control, &byte, 1) == 1) {
        if (byte == '\n') {
            line[len] = '\0';
            len = 0;
            obey(line);
        } else if (len < sizeof line - 1) {
            line[len++] = byte;
        }
    }
}

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False where the card was pulled out while it thought. */
static bool think(void)
{
    unsigned insertion = insertions;
    struct pollfd fifo = {.fd = control, .events = POLLIN};
    long end = now_ms() + slow_ms, left;

    while (reader >= 0 && (left = end - now_ms()) > 0)
        if (poll(&fifo, 1, (int)left) > 0)
            read_control();
    return reader >= 0 && insertion == insertions;
}

static bool receive(void *buf, size_t len)
{
    return len == 0 || recv(reader, buf, len, MSG_WAITALL) == (ssize_t)len;
}

static void send_message(const void *data, size_t len)
{
    unsigned char message[2 + PIV_BYTES] = {(unsigned char)(len >> 8), (unsigned char)len};

    memcpy(message + 2, data, len);
    if (send(reader, message, 2 + len, MSG_NOSIGNAL) != (ssize_t)(2 + len))
        remove_card();
}

/* One message of the reader: two bytes of length, and what is said. */
static void read_reader(void)
{
    static unsigned char message[65536];
    static struct bytes answer;
    unsigned char head[2];
    size_t len;

    if (!receive(head, sizeof head) || !receive(message, len = (size_t)head[0] << 8 | head[1])) {
        remove_card();
        return;
    }
    if (len == 1 && message[0] == READER_ATR) {
        send_message(atr, sizeof atr);
    } else if (len == 1) {
        card_power_on(&card);
    } else if (think()) {
        card_answer(&card, (struct part){message, len}, &answer);
        send_message(answer.data, answer.len);
    }
}

static void serve(void)
{
    struct pollfd watched[] = {{.events = POLLIN}, {.fd = control, .events = POLLIN}};

    for (;;) {
        watched[0].fd = reader; /* poll() passes over -1 */
        if (poll(watched, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if (watched[1].revents)
            read_control();
        else if (watched[0].revents)
            read_reader();
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: kunci-piv-card HOST PORT FIFO\n");
        return 2;
    }
    host = argv[1];
    port = argv[2];
    control = open(argv[3], O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (control < 0)
        die(argv[3]);
    if (!card_init(&card)) {
        fprintf(stderr, "kunci-piv-card: the card could not be made\n");
        return 1;
    }
    insert_card();
    serve();
}
