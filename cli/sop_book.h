/* The procedures that a command can name: those that are shipped, the agency's own, and
 * one in a file. */
#ifndef CLI_SOP_BOOK_H
#define CLI_SOP_BOOK_H

#include "cli/command.h"

struct sop_book {
    struct kunci_sop_book *book;
    struct kunci_sop *own; /* read from a path last: it need not be the only one of its name */
};

/* Reads all of the first two kinds. */
KUNCI_MUST_USE enum kunci_rc sop_book_open(const struct command *command, struct sop_book *out,
                                           struct kunci_err *err);
void sop_book_close(struct sop_book *book);

/* By its name, or by a path, which has a '/' or ends in ".yaml". What is answered lives until the
 * next. */
KUNCI_MUST_USE enum kunci_rc sop_book_named(struct sop_book *book, const char *name,
                                            const struct kunci_sop **out, struct kunci_err *err);

#endif
