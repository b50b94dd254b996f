/* Whom the options and the settings say to believe, and how a path is shown. */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "cli/command.h"

/* By --trust, --offline, --revocation and --policy, which go before the settings; where
 * neither names anybody, the system's authorities. */
KUNCI_MUST_USE enum kunci_rc trust_open(const struct command *command, struct kunci_trust **out,
                                        struct kunci_err *err);

/* {"indication", "reason", "sentence", "detail"}; NULL for lack of memory. */
json_t *trust_judgement(enum kunci_indication indication, enum kunci_reason reason,
                        const char *detail);
extern const struct column trust_judgement_columns[];

/* An array, from the certificate to the anchor; NULL for lack of memory. */
json_t *trust_steps(const struct kunci_path *path);
extern const struct column trust_step_columns[];

#endif
