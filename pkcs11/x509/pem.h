/* PEM: one block, with text before it as openssl writes it, with nothing after. */
#ifndef X509_PEM_H
#define X509_PEM_H

#include <stddef.h>

/* Reads the one block there is, which must have one of the names (ended by
 * NULL). der is to be freed. Answers NULL, or what is wrong with it, OpenSSL's
 * queue then saying whether memory ran out. */
const char *pem_read(const char *const *names, const void *in, size_t len, unsigned char **der,
                     size_t *der_len);

#endif
