/* A web server on loopback that answers whatever a test wants, wrong things too. */
#ifndef LIB_WEB_H
#define LIB_WEB_H

#include <stdbool.h>
#include <stddef.h>

struct web;

struct web_request {
    char path[256]; /* "/crl.der" */
    char *head;     /* all header lines */
    const unsigned char *body;
    size_t body_len;
    bool post;
};

/* Writes an answer to the socket with web_send() or web_reply(); a thread a connection,
 * so that several may run at once. */
typedef void web_answer(int fd, const struct web_request *request, void *context);

struct web *web_start(web_answer *answer, void *context);
/* "http://127.0.0.1:PORT/PATH", in a buffer of 128 bytes; answers to. */
char *web_url(const struct web *web, const char *path, char *to);
/* How many requests there were. */
unsigned web_count(const struct web *web);
void web_stop(struct web **web);

/* False where the other side has gone. */
bool web_send(int fd, const void *bytes, size_t len);
bool web_text(int fd, const char *text);
/* A whole answer 200. */
void web_reply(int fd, const char *type, const void *body, size_t len);

#endif
