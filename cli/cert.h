/* The certificate that a command is about. */
#ifndef CLI_CERT_H
#define CLI_CERT_H

#include "cli/command.h"

/* A file in PEM or DER, "-" standard input; gives DER, to be freed. */
KUNCI_MUST_USE enum kunci_rc cert_read_file(const char *path, unsigned char **der, size_t *len,
                                            struct kunci_err *err);

/* On a token, by --cert. */
KUNCI_MUST_USE enum kunci_rc cert_choose(struct command *command, struct kunci_cert **cert,
                                         struct kunci_err *err);

#endif
