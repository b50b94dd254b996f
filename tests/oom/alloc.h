/* Allocations that fail when they are told to: the library's own, which the linker
 * turns here (--wrap), and those that jansson, OpenSSL and SQLite do for it. */
#ifndef OOM_ALLOC_H
#define OOM_ALLOC_H

#include <stdbool.h>

/* To be called before anything of them. */
void alloc_take_over(void);

/* The n-th allocation of this thread from now on fails, and no other. Those of
 * OpenSSL may be left out: SoftHSM uses it too, and does not survive. */
void alloc_fail_at(unsigned long n, bool spare_openssl);

/* Whose it was, if it came to that; from now on none fails. */
enum alloc_of { ALLOC_NONE, ALLOC_OURS, ALLOC_OPENSSL, ALLOC_SQLITE };
enum alloc_of alloc_failed(void);

#endif
