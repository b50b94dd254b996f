/* What the journal's lines say, taken together: pure, whatever bytes it is given. */
#ifndef ENROL_RECORD_H
#define ENROL_RECORD_H

#include "base/buf.h"

#include <jansson.h>
#include <kunci/error.h>
#include <stdbool.h>
#include <stdint.h>

/* The ways of a flow, in their order. Each is noted before and after. */
enum arrow {
    ARROW_REQUEST, /* the authority has the request, and its number is known */
    ARROW_KEY,     /* the key is on the token */
    ARROW_CSR,
    ARROW_SUBMIT, /* what the authority asked for was sent */
    ARROW_FETCH,  /* the certificate was fetched, checked and confirmed */
    ARROW_WRITE,  /* it stands beside its key */
    ARROW_PROVE,  /* the pair has signed, and the authority knows it */
    ARROW_RETIRE, /* what the setting says was done with the old pair */
    ARROWS
};
extern const char *const arrow_names[];

enum way_state { WAY_AHEAD, WAY_BEGUN, WAY_DONE };

/* One flow. Texts are NULL where nothing was noted. */
struct record {
    char *flow;  /* the key under which the authority knows the request, 32 hex digits */
    char *kind;  /* "renewal", "issuance", "revocation" */
    char *label; /* of the new key */
    char *type;  /* of the new key */
    char *request;
    char *bare;                /* "yes": nothing without a name was there before the key */
    char *reason;              /* of a revocation */
    char *rejected;            /* the last rejection that was shown: its moment */
    char *closed;              /* how it ended; NULL: it is under way */
    struct buf old, csr, cert; /* DER */
    enum way_state ways[ARROWS];
};
void record_clear(struct record *record);

struct records {
    struct record now;   /* the last flow; flow is NULL: none yet */
    struct record spare; /* the last that ended without a certificate, with its key and CSR */
    size_t lines;
};
void records_clear(struct records *records);

/* All lines. sound is how many of the bytes count: what follows is the torn rest of a line
 * that never was whole. unended: the last one has everything but its line's end. Anything
 * else that is no line of ours is KUNCI_JOURNAL_DAMAGED; name stands in the error. */
KUNCI_MUST_USE enum kunci_rc records_read(const char *name, const char *bytes, size_t len,
                                          struct records *out, size_t *sound, bool *unended,
                                          struct kunci_err *err);

/* Takes one line's members over; false where it cannot follow those before. */
KUNCI_MUST_USE bool records_take(struct records *records, const json_t *line, bool *memory);

/* The line with its sum and its end. */
void record_line(struct buf *to, const json_t *line);

#endif
