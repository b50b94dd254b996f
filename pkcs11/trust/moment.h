/* Times of ASN.1, and as people read them. */
#ifndef TRUST_MOMENT_H
#define TRUST_MOMENT_H

#include <openssl/asn1.h>
#include <stdint.h>

enum { MOMENT_TEXT = 32 };

/* Seconds since 1970; 0 where there is none or it cannot be read. */
int64_t moment_of(const ASN1_TIME *time);

/* "2026-11-21T02:37:36Z", into MOMENT_TEXT bytes; answers to. */
char *moment_print(int64_t moment, char *to);

#endif
