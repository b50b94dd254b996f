/* What is said of a request, read from the JSON that it came in: nothing is looked up. */
#ifndef AMS_SAID_H
#define AMS_SAID_H

#include "ams/token_evidence.h"

enum said_verb { SAID_ADVANCE, SAID_DO, SAID_REJECT, SAID_WITHDRAW, SAID_ASK, SAID_ANSWER };

struct said {
    enum said_verb verb;
    char *step, *outcome, *reason, *role; /* NULL: not said */
    json_t *outcomes;                     /* of ADVANCE: texts by step; NULL: none */
    json_t *data[DATA_SETS];              /* texts by field; NULL: none */
    bool has_csr, has_decision;
    struct buf csr, decision;
    struct evidence_proof proof_old, proof_new;
};

/* It belongs to the event, which has to live as long; to be cleared in any case. What is
 * wrong is KUNCI_BODY_INVALID. */
KUNCI_MUST_USE enum kunci_rc said_read(json_t *event, struct said *out, struct kunci_err *err);
/* The same without "verb", which is ADVANCE. */
KUNCI_MUST_USE enum kunci_rc said_read_advance(json_t *advance, struct said *out,
                                               struct kunci_err *err);
void said_clear(struct said *said);

struct said_begin {
    char *key, *certificate, *reason;
    enum sop_kind kind;
    json_t *advance; /* NULL: none */
};
KUNCI_MUST_USE enum kunci_rc said_read_begin(json_t *body, struct said_begin *out,
                                             struct kunci_err *err);
void said_begin_clear(struct said_begin *begin);

/* What an operator signed. */
struct said_decision {
    int64_t request, time;
    char *step, *verdict, *outcome, *reason, *account, *digest;
};
KUNCI_MUST_USE enum kunci_rc said_read_decision(const char *json, size_t len,
                                                struct said_decision *out, struct kunci_err *err);
void said_decision_clear(struct said_decision *decision);

#endif
