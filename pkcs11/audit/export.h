/* The trail as a file: its lines as they are, and one more that says where it ends and is
 * signed. What docs/audit.md shows checks it without us; this does it with us. */
#ifndef AUDIT_EXPORT_H
#define AUDIT_EXPORT_H

#include "audit/trail.h"

#include <stdio.h>

struct audit_export {
    struct kunci_signer *signer; /* with its certificate */
    const char *node;            /* NULL: "ams" */
    const char *by;              /* who exports */
    int64_t at;
    const char *subject; /* where to: the file's name */
};

/* A trail that is broken is not exported. In a transaction of its own, a row that says so
 * is added and sealed, and everything up to there written to the file, which has to be
 * made last by the caller. */
KUNCI_MUST_USE enum kunci_rc audit_export(struct store *store, const struct audit_export *how,
                                          FILE *to, const char *name, struct audit_report *out,
                                          struct kunci_err *err);

/* ---- checked ---- */

struct audit_check;

/* sealers has to live as long. */
KUNCI_MUST_USE enum kunci_rc audit_check_new(const struct audit_sealers *sealers,
                                             struct audit_check **out, struct kunci_err *err);
/* The file's bytes, piece by piece. KUNCI_AUDIT_BROKEN as audit_verify() says it. */
KUNCI_MUST_USE enum kunci_rc audit_check_add(struct audit_check *check, const void *bytes,
                                             size_t len, struct kunci_err *err);
/* ended_at: when it was exported, belongs to the check. */
KUNCI_MUST_USE enum kunci_rc audit_check_end(struct audit_check *check, struct audit_report *out,
                                             const char **ended_at, struct kunci_err *err);
void audit_check_free(struct audit_check **check);

/* What the last line's signature is of; to be freed, NULL: no memory. */
char *audit_end_text(int64_t seq, const char *hash, const char *at);

#endif
