/* A client that says what it wants, byte by byte: for servers under test. What cannot be
 * done ends the test program. */
#ifndef LIB_RAW_H
#define LIB_RAW_H

#include <stdbool.h>
#include <stddef.h>

/* address: "127.0.0.1:8443", "[::1]:8443". */
int raw_connect(const char *address);
/* False where the other side has gone. */
bool raw_send(int fd, const void *bytes, size_t len);
bool raw_text(int fd, const char *text);

struct raw_answer {
    int status; /* 0: none came */
    char head[8192], body[8192];
    size_t body_len; /* also of what did not fit */
    bool closed;     /* the connection ended while it was read */
};

/* One answer; waits 10 s for each piece of it. */
void raw_answer(int fd, struct raw_answer *answer);
/* Sends and reads on a connection of its own. */
void raw_ask(const char *address, const char *text, struct raw_answer *answer);
/* True where the other side ends the connection without any byte more. */
bool raw_ended(int fd);

#endif
