/* What is sent as a body: JSON under limits, and its members by a table. */
#ifndef AMS_BODY_H
#define AMS_BODY_H

#include "base/buf.h"

#include <jansson.h>
#include <kunci/error.h>
#include <kunci/secret.h>
#include <stdbool.h>
#include <stdint.h>

enum { BODY_DEPTH_MAX = 8, BODY_MAX = 1 << 20, BODY_TEXT_MAX = 4096 };

/* One object in UTF-8, no name twice, no deeper than BODY_DEPTH_MAX; else
 * KUNCI_BODY_INVALID. */
KUNCI_MUST_USE enum kunci_rc body_read(const char *bytes, size_t len, json_t **out,
                                       struct kunci_err *err);

enum body_kind {
    BODY_TEXT,   /* const char *, belongs to the body; at most BODY_TEXT_MAX bytes */
    BODY_BYTES,  /* struct buf, to be cleared: base64 */
    BODY_SECRET, /* struct kunci_secret *, to be freed; the text is wiped from the body */
    BODY_OBJECT  /* json_t *, belongs to the body */
};

struct body_member {
    const char *name;
    enum body_kind kind;
    bool required;
    size_t offset;
};

/* Fills the structure at to; a name that the table has not is an error. What was filled in
 * before an error stays there. */
KUNCI_MUST_USE enum kunci_rc body_take(const json_t *body, const struct body_member *members,
                                       size_t count, void *to, struct kunci_err *err);

/* ---- what logs in ---- */

struct login {
    const char *account; /* either these */
    struct kunci_secret *password;
    const char *challenge, *algorithm;
    struct buf certificate, signature; /* or these */
};
KUNCI_MUST_USE enum kunci_rc login_read(const json_t *body, struct login *out,
                                        struct kunci_err *err);
void login_clear(struct login *login);

/* A whole number from 1 on, in digits alone; false for anything else. */
bool number_read(const char *text, int64_t *out);
/* A serial number as it is written here: lower-case hexadecimal, an even number of digits. */
bool serial_fits(const char *text);

#endif
