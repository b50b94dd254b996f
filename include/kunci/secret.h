/* Secrets: PINs live in pages of their own that are locked, left out of core
 * dumps and wiped. There is no way to print one. */
#ifndef KUNCI_SECRET_H
#define KUNCI_SECRET_H

#include <kunci/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kunci_secret;

/* The longest secret, in bytes. */
#define KUNCI_SECRET_MAX 1024

/* Copies len bytes into a new secret and wipes the bytes given. */
KUNCI_MUST_USE enum kunci_rc kunci_secret_take(void *bytes, size_t len, struct kunci_secret **out,
                                               struct kunci_err *err);

/* Reads the first line of a file, or of an open descriptor up to its end or
 * first line end; the line end itself is not part of the secret. */
KUNCI_MUST_USE enum kunci_rc kunci_secret_from_file(const char *path, struct kunci_secret **out,
                                                    struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_secret_from_fd(int fd, struct kunci_secret **out,
                                                  struct kunci_err *err);

/* Asks on the terminal without echo. The prompt is printed as it stands. */
KUNCI_MUST_USE enum kunci_rc
kunci_secret_from_terminal(const char *prompt, struct kunci_secret **out, struct kunci_err *err);

size_t kunci_secret_len(const struct kunci_secret *secret);

/* Compares in constant time. */
int kunci_secret_equal(const struct kunci_secret *a, const struct kunci_secret *b);

/* Wipes, unlocks and gives back; *secret becomes NULL. */
void kunci_secret_free(struct kunci_secret **secret);

#ifdef __cplusplus
}
#endif
#endif
