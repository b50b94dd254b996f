#include "trust/evidence.h"

#include "base/text.h"
#include "trust/moment.h"

#include <stdio.h>

enum { A_DAY = 86400 };

void evidence_trouble(struct evidence *evidence, const char *sentence)
{
    if (!*evidence->trouble)
        text_copy(evidence->trouble, sizeof evidence->trouble, sentence);
}

bool evidence_is_current(const struct question *question, struct evidence *evidence,
                         int64_t this_update, int64_t next_update)
{
    int64_t last = next_update ? next_update : this_update + A_DAY;
    char text[MOMENT_TEXT], sentence[128];

    if (this_update <= 0 || this_update > question->now + EVIDENCE_SKEW) {
        evidence_trouble(evidence, _("What tells of revocations says it is from the future."));
        return false;
    }
    if (last + EVIDENCE_SKEW >= question->at)
        return true;
    snprintf(sentence, sizeof sentence, _("What tells of revocations was good until %s."),
             moment_print(last, text));
    evidence_trouble(evidence, sentence);
    return false;
}

bool evidence_covers_expiry(const struct question *question, const struct evidence *evidence)
{
    int64_t end = moment_of(X509_get0_notAfter(question->cert));

    return evidence->this_update <= end ||
           (evidence->keeps_expired && evidence->keeps_expired <= end);
}
