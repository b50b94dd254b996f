/* What several commands answer alike. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "cli/command.h"

/* "2026-11-21T02:37:36Z"; each of these is NULL for lack of memory. */
json_t *answer_time(int64_t when);
json_t *answer_token(const struct kunci_token_info *info, const char *uri);
/* A request has neither issuer, serial number nor dates. */
json_t *answer_certificate(const struct kunci_cert_info *info);
json_t *answer_request(const struct kunci_cert_info *info);
json_t *answer_key_types(unsigned types);

/* {"name", "message", "next"} of what went wrong with one of many; null where nothing did. */
json_t *answer_error(const struct kunci_err *err);

/* What was made on the token cannot be shown: says so of it, and keeps the cause. */
enum kunci_rc answer_unseen(const char *what, struct kunci_err *err);

/* What lint found; a table of it for people. */
json_t *answer_findings(const struct kunci_lint *lint);
void answer_show_findings(struct out *out, const json_t *findings);

/* A certificate or a request with its extensions, for people. */
void answer_show(struct out *out, const json_t *shown);

/* The fields of answer_certificate() and answer_request(), for people. */
extern const struct column answer_certificate_columns[];

/* Asks the token for its state and its URI. */
KUNCI_MUST_USE enum kunci_rc answer_put_token(json_t *object, const char *name,
                                              struct kunci_token *token, struct kunci_err *err);

#endif
