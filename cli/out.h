/* What the command says. A command puts its answer together as JSON once: with
 * --json that is printed as it stands, otherwise tables of it are drawn. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <jansson.h>
#include <kunci/error.h>
#include <stdbool.h>
#include <stdio.h>

struct out {
    FILE *file;  /* the answer: standard output */
    FILE *notes; /* everything else: standard error */
    bool json, quiet;
    int errnum; /* why the first write that failed did; 0: none has */
};

/* A field of the answer and what people call it. A list of them ends with a
 * NULL field. */
struct column {
    const char *field, *title; /* the title is marked by N_() */
    bool word;                 /* the value is a word out of a table, to be translated */
};

/* For people only: nothing is printed with --json. */
void out_printf(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An array of objects, a line each under a line of titles. */
void out_table(struct out *out, const json_t *rows, const struct column *columns);
/* One object, a line for each field. */
void out_fields(struct out *out, const json_t *object, const struct column *columns);

/* Bytes that are the answer themselves: a script, PEM, DER. */
void out_bytes(struct out *out, const void *bytes, size_t len);
/* One JSON document on a line of its own. */
void out_json(struct out *out, const json_t *document);

/* A remark beside the answer; not with --json or -q. */
void out_note(const struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says on a terminal that work goes on; out_done() takes the line away again. */
void out_working(const struct out *out, const char *sentence);
void out_done(const struct out *out);

/* Puts value, which it takes over and which may be NULL for lack of memory, into
 * the object under the name. */
KUNCI_MUST_USE enum kunci_rc out_put(json_t *object, const char *name, json_t *value,
                                     struct kunci_err *err);

/* Hands over to the system what was printed; an error where any of it is lost. */
KUNCI_MUST_USE enum kunci_rc out_end(struct out *out, struct kunci_err *err);

/* What went wrong and what to do next. */
void out_error(struct out *out, const struct kunci_err *err);

#endif
