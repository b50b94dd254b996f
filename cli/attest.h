/* What a device says of a key, for "kunci key show --attest". */
#ifndef CLI_ATTEST_H
#define CLI_ATTEST_H

#include "cli/command.h"

/* The certificates that --roots names; what was not asked for stays NULL. To be freed. */
KUNCI_MUST_USE enum kunci_rc attest_roots(const struct command *command, char **roots, size_t *len,
                                          struct kunci_err *err);

/* Puts the statement, judged, into the answer as "attestation", and what people read of
 * it into lines, as fields "attest_...". */
KUNCI_MUST_USE enum kunci_rc attest_put(struct kunci_key *key, const char *roots, size_t len,
                                        json_t *answer, json_t *lines, struct kunci_err *err);

#endif
