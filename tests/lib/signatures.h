/* The files that tests/lib/signatures.sh makes, in a folder that is gone at the end. */
#ifndef LIB_SIGNATURES_H
#define LIB_SIGNATURES_H

#include <stddef.h>

/* Group fixtures: the folder becomes the working one. */
int signatures_up(void **state);
int signatures_down(void **state);

/* A whole file, to be freed. */
unsigned char *signatures_file(const char *name, size_t *len);
/* Runs a shell line, which has to succeed. */
void signatures_shell(const char *line);

#endif
