/* Passwords, kept as scrypt: "scrypt:32768:8:1:SALT:HASH", both in hexadecimal. */
#ifndef AMS_PASSWORDS_H
#define AMS_PASSWORDS_H

#include <kunci/error.h>
#include <kunci/secret.h>
#include <stdbool.h>

enum { PASSWORD_TEXT_MAX = 160, PASSWORD_MIN = 8 };

/* KUNCI_USAGE_VALUE where it is shorter than PASSWORD_MIN. */
KUNCI_MUST_USE enum kunci_rc password_keep(const struct kunci_secret *password,
                                           char to[PASSWORD_TEXT_MAX], struct kunci_err *err);

/* Whether that is the one kept; takes as long where kept is NULL or cannot be read, and
 * then it never is. */
KUNCI_MUST_USE enum kunci_rc password_fits(const struct kunci_secret *password, const char *kept,
                                           bool *fits, struct kunci_err *err);

#endif
