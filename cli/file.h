/* Files that are named on the command line. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "cli/command.h"

/* Reads a file, "-" standard input. More than limit bytes are an error. */
KUNCI_MUST_USE enum kunci_rc file_read(const char *path, size_t limit, char **out, size_t *len,
                                       struct kunci_err *err);

/* Refuses a file that file_deliver() could not write, before any work is done
 * for it. */
KUNCI_MUST_USE enum kunci_rc file_check_output(const struct command *command,
                                               struct kunci_err *err);

/* The same for any file ("-" is standard output), which file_write() then writes whole or not at
 * all; the answer names it. */
KUNCI_MUST_USE enum kunci_rc file_check_new(const struct command *command, const char *path,
                                            struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc file_write(struct command *command, const char *path,
                                        const char *bytes, size_t len, struct kunci_err *err);

/* Hands a DER document to where -o, --der and --force say; on standard output it
 * is the answer, under --json as the field "pem". */
KUNCI_MUST_USE enum kunci_rc file_deliver(struct command *command, const char *pem_name,
                                          const unsigned char *der, size_t len,
                                          struct kunci_err *err);

/* The same with bytes that are not PEM's to make: text stands for itself. */
KUNCI_MUST_USE enum kunci_rc file_deliver_text(struct command *command, const char *text,
                                               struct kunci_err *err);

#endif
