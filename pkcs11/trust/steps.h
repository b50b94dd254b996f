/* What is told of a path, one certificate after the other. */
#ifndef TRUST_STEPS_H
#define TRUST_STEPS_H

#include "trust/evidence.h"
#include "trust/judgement.h"

struct steps {
    struct judgement judgement;
    size_t count; /* 0: there is no path yet */
    struct kunci_path_step *steps;
};

/* anchored: the last certificate is the anchor. */
KUNCI_MUST_USE enum kunci_rc steps_new(struct steps *out, const STACK_OF(X509) * path,
                                       bool anchored, struct kunci_err *err);
void steps_tell(struct kunci_path_step *step, const struct evidence *evidence);
void steps_clear(struct steps *steps);
void steps_free(struct kunci_path_step *steps, size_t count);

#endif
