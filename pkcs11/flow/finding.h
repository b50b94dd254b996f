/* What can be wrong with a procedure: each kind a row of finding_table.h. */
#ifndef FLOW_FINDING_H
#define FLOW_FINDING_H

#include "flow/procedure.h"

enum finding {
#define FINDING(id, name, level, sentence, next) FINDING_##id,
#include "flow/finding_table.h"
#undef FINDING
    FINDINGS
};

/* step NULL: of the procedure as a whole. about and detail stand where the row's sentence
 * has their names; NULL: it has none. False where there is no memory. */
KUNCI_MUST_USE bool finding_add(struct kunci_sop_findings *to, enum finding finding,
                                const struct step *step, const char *about, const char *detail);

#endif
