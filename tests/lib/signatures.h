/* The files that tests/lib/signatures.sh makes, in a folder (lib/place.h). */
#ifndef LIB_SIGNATURES_H
#define LIB_SIGNATURES_H

/* A group fixture, which place_down() ends. */
int signatures_up(void **state);

#endif
