/* A timestamp authority made of the stock openssl (tests/lib/tsa.sh), for tests. It stands
 * in tsa/ of a folder (lib/place.h); what fails here ends the test program. */
#ifndef LIB_AUTHORITY_H
#define LIB_AUTHORITY_H

#include <kunci/error.h>
#include <stddef.h>
#include <stdint.h>

/* A group fixture, which place_down() ends. */
int authority_up(void **state);

/* Its script; a shell line can run it. */
extern char authority_script[];

/* The whole reply to a query; to be freed. */
unsigned char *authority_reply(const char *section, const unsigned char *query, size_t query_len,
                               size_t *len);

/* As kunci_timestamper's; context: the section. */
enum kunci_rc authority_stamp(void *context, const unsigned char *bytes, size_t len,
                              unsigned char **token, size_t *token_len, struct kunci_err *err);

/* The token that the authority would give over the bytes at that moment; to be freed with
 * OPENSSL_free(). */
unsigned char *authority_token(const void *bytes, size_t len, int64_t when, size_t *token_len);

#endif
