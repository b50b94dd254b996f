/* The word that was meant by one that is misspelt. */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

#include <stddef.h>

/* Keeps in *best which of the words offered so far comes nearest to typed;
 * starts with *best NULL. What differs in more than two letters is not offered. */
void near_offer(const char *typed, const char *word, const char **best, size_t *distance);

#endif
