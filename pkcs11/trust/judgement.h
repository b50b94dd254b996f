/* An indication, its reason and a sentence. */
#ifndef TRUST_JUDGEMENT_H
#define TRUST_JUDGEMENT_H

#include <kunci/trust.h>

struct judgement {
    enum kunci_indication indication;
    enum kunci_reason reason;
    char detail[256];
};

/* Answers false, so that a check ends with it. about: a certificate's subject, or NULL. */
bool judgement_doubt(struct judgement *judgement, enum kunci_reason reason, const char *about,
                     const char *sentence);

#endif
