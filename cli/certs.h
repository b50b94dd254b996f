/* Certificates as commands name them: on the token, or in files. */
#ifndef CLI_CERTS_H
#define CLI_CERTS_H

#include "cli/command.h"

/* No certificate, request or bundle of them comes near it. */
enum { CERTS_FILE_MAX = 1 << 20 };

/* DER; to be freed. */
struct certs_der {
    unsigned char *bytes;
    size_t len;
};

/* Certificates are for all to see, as a rule; who gives a PIN sees the private ones
 * too. */
KUNCI_MUST_USE enum kunci_rc certs_token(struct command *command, struct kunci_token **token,
                                         struct kunci_err *err);

/* The one that --cert names, or the only one. */
KUNCI_MUST_USE enum kunci_rc certs_find(struct command *command, struct kunci_cert **cert,
                                        struct kunci_err *err);

KUNCI_MUST_USE enum kunci_rc certs_read_file(const char *path, struct certs_der *out,
                                             struct kunci_err *err);

/* One on the token, for good. */
KUNCI_MUST_USE enum kunci_rc certs_copy(const struct kunci_cert *cert, struct certs_der *out,
                                        struct kunci_err *err);

/* A file where there is one of that name, else a certificate on the token. */
KUNCI_MUST_USE enum kunci_rc certs_named(struct command *command, const char *name,
                                         struct certs_der *out, struct kunci_err *err);

/* The argument's file, or what --cert names; not both. */
KUNCI_MUST_USE enum kunci_rc certs_chosen(struct command *command, struct certs_der *out,
                                          struct kunci_err *err);

/* What a certificate says. */
KUNCI_MUST_USE enum kunci_rc certs_document(const unsigned char *der, size_t len, json_t **out,
                                            struct kunci_err *err);

/* The same, and what the token says of it. */
KUNCI_MUST_USE enum kunci_rc certs_json(struct kunci_cert *cert, json_t **out,
                                        struct kunci_err *err);

#endif
