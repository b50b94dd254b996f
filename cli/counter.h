/* The authority that the settings name, spoken to for one command. */
#ifndef CLI_COUNTER_H
#define CLI_COUNTER_H

#include "cli/command.h"

struct counter {
    struct kunci_ams *ams;
    struct kunci_token *token; /* NULL: the command needs none */
    struct kunci_cert *cert;
    struct kunci_signer *signer; /* who is logged in; NULL: by password */
    struct kunci_secret *password;
};

/* Talks to nobody yet, but asks for the password of --account where one is needed. The
 * counter is to be closed in any case. */
KUNCI_MUST_USE enum kunci_rc counter_open(struct command *command, struct counter *out,
                                          struct kunci_err *err);
/* By the certificate on the token; without it, where that will do, by --account. */
KUNCI_MUST_USE enum kunci_rc counter_login(struct command *command, struct counter *counter,
                                           bool by_token, struct kunci_err *err);
void counter_close(struct counter *counter);

/* A call, its answer as a tree. */
KUNCI_MUST_USE enum kunci_rc counter_get(struct counter *counter, const char *path, json_t **out,
                                         struct kunci_err *err);

/* The answer of a call, as text, into a tree. */
KUNCI_MUST_USE enum kunci_rc counter_read(const char *text, json_t **out, struct kunci_err *err);

#endif
