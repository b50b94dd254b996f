/* A listener with a handler for tests, that tells what it was asked. */
#ifndef LIB_SERVED_H
#define LIB_SERVED_H

#include "net/listen.h"

/* What it answers, by path:
 *   /echo      the body, as it came
 *   /told      what the request said, a line each
 *   /later     the same, from another thread
 *   /held      nothing until served_release(), then "released" to all of them
 *   /stranger  "in" while the address has tokens
 *   /constant  bytes made once
 *   /file      the file served_file
 *   /large     a megabyte
 *   /secret    401 by the head alone, unless Authorization is "Bearer right"
 * and 404 by the head alone elsewhere. Bodies: 64 KiB at most; 16 MiB for /echo. */
extern const struct listen_handler served_handler;
extern const char *served_file;

void served_up(void);
void served_down(void);

/* How many are held; waits until there are that many. */
void served_wait(unsigned held);
void served_release(void);

#endif
