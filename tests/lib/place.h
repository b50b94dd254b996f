/* A folder of a test's own, the working one until it is gone. What fails here ends the test
 * program. */
#ifndef LIB_PLACE_H
#define LIB_PLACE_H

#include <stddef.h>

/* Answers the folder that the program was started in. */
const char *place_up(void);
/* A group fixture. */
int place_down(void **state);

/* Runs a shell line, which has to succeed. */
void place_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A whole file, to be freed. */
unsigned char *place_file(const char *name, size_t *len);

#endif
