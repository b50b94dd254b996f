/* Every path from a certificate to an anchor, one after the other. */
#ifndef TRUST_PATH_FIND_H
#define TRUST_PATH_FIND_H

#include "trust/trust.h"

enum { PATH_MAX_LEN = 12 }; /* certificates */

/* Called with a path, the anchor last, that goes together by names alone; true ends the
 * search. */
typedef bool path_found(STACK_OF(X509) * path, void *context);

/* Answers whether the search was ended so. deepest, which may be NULL: gets the longest
 * way that was gone where none led to an anchor, to be freed by sk_X509_free(). */
bool path_find(struct kunci_trust *trust, const struct stock *stock, X509 *cert, path_found *found,
               void *context, STACK_OF(X509) * *deepest);

#endif
