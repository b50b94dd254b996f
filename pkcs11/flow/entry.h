/* What happened to a request, as a line of text: written and read by one table.
 * kunci-flow-events(5) tells it to people. */
#ifndef FLOW_ENTRY_H
#define FLOW_ENTRY_H

#include <jansson.h>
#include <kunci/flow.h>

/* Longer texts are cut when they are written, and refused when they are read. */
enum { ENTRY_TEXT_MAX = 1000, ENTRY_LINE_MAX = 65536 };

struct entry_line {
    const char *file; /* for errors */
    size_t number;
    const char *text; /* len bytes without the line's end */
    size_t len;
};

/* The texts belong to *holder, which json_decref() frees. */
KUNCI_MUST_USE enum kunci_rc entry_read(const struct entry_line *line, json_t **holder,
                                        struct kunci_flow_entry *out, struct kunci_err *err);

/* A moment: seconds since 1970, or like "2026-11-21T08:00:00+07:00". NULL, or what is
 * wrong with it, yet to be translated. */
const char *entry_read_time(const json_t *value, int64_t *to);

/* What is wrong with the line, in the language in force. */
enum kunci_rc entry_complain(const struct entry_line *line, const char *what,
                             struct kunci_err *err);

#endif
