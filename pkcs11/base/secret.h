/* Secrets from the inside: their bytes, and masking what is alive in a line. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <kunci/secret.h>

/* An empty secret with room for KUNCI_SECRET_MAX bytes. */
KUNCI_MUST_USE enum kunci_rc secret_new(struct kunci_secret **out, struct kunci_err *err);

/* Random bytes from OpenSSL's private generator. */
KUNCI_MUST_USE enum kunci_rc secret_random(size_t len, struct kunci_secret **out,
                                           struct kunci_err *err);

/* The bytes themselves, to be handed on and never copied elsewhere. They are
 * written before secret_set_len(), and not again. */
unsigned char *secret_bytes(struct kunci_secret *secret);
const unsigned char *secret_view(const struct kunci_secret *secret);
void secret_set_len(struct kunci_secret *secret, size_t len);

/* Overwrites with '*' every place in line where a living secret of four or
 * more bytes stands. */
void secret_mask(char *line);

#endif
