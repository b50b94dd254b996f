/* The audit trail: what was done, a line of JSON each, chained by hashes.
 *
 * A line's members are seq, at, node, event, by, request, subject, details and prev, in
 * that order, those that are not known left out. Its hash is the SHA-256 of its bytes; prev
 * is the hash of the line before in hexadecimal, and 64 zeros in the first. Where the trail
 * ends stands in meta, too: what is cut off is missed. See docs/audit.md. */
#ifndef AUDIT_LEDGER_H
#define AUDIT_LEDGER_H

#include "store/store.h"

#include <jansson.h>

enum {
    AUDIT_HASH = 32,
    AUDIT_HEX = 2 * AUDIT_HASH + 1,
    AUDIT_LINE_MAX = 65536 /* bytes: the longest line there is */
};

/* What was done. Nothing secret belongs here, and no more of a person than it takes to
 * say who did what to which request: an account's name, a serial number. */
struct audit_act {
    const char *node;      /* NULL: "ams" */
    int64_t at;            /* clock_system's */
    const char *event;     /* "request.begin": lower case, a noun, a dot, what became of it */
    const char *by;        /* the account's name; NULL: "kuncid", by itself */
    int64_t request;       /* 0: about none */
    const char *subject;   /* what else it is about: a serial number, an account; NULL */
    const json_t *details; /* an object; NULL: none. Stays the caller's */
};

/* Within the caller's transaction: with it the row is there, or is not.
 * KUNCI_AUDIT_BROKEN where rows stand behind the trail's end that are none of ours. */
KUNCI_MUST_USE enum kunci_rc audit_add(struct store *store, const struct audit_act *act,
                                       struct kunci_err *err);

/* Where the trail ends; seq 0 and zeros: it has not begun. */
struct audit_head {
    int64_t seq;
    char hash[AUDIT_HEX];
};
KUNCI_MUST_USE enum kunci_rc audit_head(struct store *store, struct audit_head *out,
                                        struct kunci_err *err);

/* The hash of a line. */
void audit_hash(const char *line, size_t len, unsigned char hash[AUDIT_HASH]);

#endif
