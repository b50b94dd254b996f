#include "flow/finding.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum level { FAULT, REMARK };

static const struct row {
    const char *name;
    enum level level;
    const char *sentence, *next;
} rows[FINDINGS] = {
#define FINDING(id, name, level, sentence, next) {name, level, sentence, next},
#include "flow/finding_table.h"
#undef FINDING
};

/* What the file says may be long, and may hold anything. */
static void add_word(struct buf *to, const char *word)
{
    char shown[128];

    text_printable(shown, sizeof shown, word, strlen(word));
    buf_text(to, shown);
}

static char *fill_in(const char *sentence, const char *about, const char *detail)
{
    struct buf filled = {.len = 0};
    const char *place;

    while ((place = strchr(sentence, '{'))) {
        bool is_about = strncmp(place, "{about}", 7) == 0;

        buf_add(&filled, sentence, (size_t)(place - sentence));
        add_word(&filled, is_about ? about : detail);
        sentence = strchr(place, '}') + 1;
    }
    buf_text(&filled, sentence);
    return buf_take(&filled);
}

bool finding_add(struct kunci_sop_findings *to, enum finding finding, const struct step *step,
                 const char *about, const char *detail)
{
    const struct row *row = &rows[finding];
    struct kunci_sop_finding *grown = reallocarray(to->items, to->count + 1, sizeof *grown);
    struct kunci_sop_finding *added;

    if (!grown)
        return false;
    to->items = grown;
    added = &grown[to->count];
    *added = (struct kunci_sop_finding){
        .rule = row->name,
        .step = step ? step->name : NULL,
        .sentence = fill_in(_(row->sentence), about, detail),
        .next = _(row->next),
        .is_fault = row->level == FAULT,
    };
    if (step)
        step_number(step, added->number);
    to->count += added->sentence != NULL;
    to->faults += added->sentence && added->is_fault;
    return added->sentence != NULL;
}

void kunci_sop_findings_clear(struct kunci_sop_findings *findings)
{
    size_t i;

    for (i = 0; i < findings->count; i++)
        free(findings->items[i].sentence);
    free(findings->items);
    *findings = (struct kunci_sop_findings){.count = 0};
}
