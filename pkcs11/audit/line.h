/* A line of the trail, read. */
#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include "audit/ledger.h"

struct audit_line {
    int64_t seq;
    char prev[AUDIT_HEX];
    const char *at, *event; /* belong to root */
    const char *cms;        /* of a seal, base64; NULL: it is none */
    json_t *root;
};

/* *wrong is NULL, or says what is wrong with it: a sentence's part, translated. To be
 * cleared in any case. */
KUNCI_MUST_USE enum kunci_rc audit_line_read(const char *text, size_t len, struct audit_line *out,
                                             const char **wrong, struct kunci_err *err);
/* NULL where it is none; false: no memory. */
bool audit_json(const char *text, size_t len, json_t **out);
void audit_line_clear(struct audit_line *line);

/* "2026-11-21T02:37:36Z"; false for a time that no calendar has. */
enum { AUDIT_TIME = 32 };
bool audit_time(int64_t at, char to[AUDIT_TIME]);

/* Hexadecimal, in lower case, of a hash. */
bool audit_is_hash(const char *text);

#endif
