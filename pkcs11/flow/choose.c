/* Where a step leads. */
#include "base/error.h"
#include "base/text.h"
#include "flow/engine.h"

#include <string.h>

/* A word that the fact does not have is the port's mistake, and fits no condition. */
int turn_fact(const struct turn *turn, enum fact fact)
{
    const char *word;

    if (fact == FACT_CALLED)
        return turn->request->called ? CALLED_YES : CALLED_NO;
    if (!turn->port->fact)
        return 0;
    word = turn->port->fact(turn->port->context, turn->request, fact_names[fact]);
    return word ? word_index(fact_values[fact], word) : -1;
}

static bool fits(const struct turn *turn, const struct condition *when)
{
    int fact, value;

    for (fact = 0; fact < FACTS; fact++) {
        if (!when->values[fact])
            continue;
        value = turn_fact(turn, (enum fact)fact);
        if (value < 0 || !(when->values[fact] & 1u << value))
            return false;
    }
    return true;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* No data change closes while the certificate with the old data is alive. */
static bool may_end(const struct turn *turn)
{
    int certificate;

    if (turn->request->sop->kind != SOP_DATA_CHANGE)
        return true;
    certificate = turn_fact(turn, FACT_CERTIFICATE);
    return certificate == CERTIFICATE_NONE || certificate == CERTIFICATE_EXPIRED ||
           certificate == CERTIFICATE_REVOKED || certificate == CERTIFICATE_SUPERSEDED;
}

bool turn_may_say(const struct turn *turn, const char *outcome)
{
    const struct step *step = request_step(turn->request);
    unsigned i;

    for (i = 0; i < step->branch_count; i++)
        if (same(step->branches[i].outcome, outcome))
            return true;
    return false;
}

enum kunci_rc turn_choose(const struct turn *turn, const char *outcome, const struct branch **out)
{
    const struct step *step = request_step(turn->request);
    bool said = false;
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        const struct branch *branch = &step->branches[i];

        if (!same(branch->outcome, outcome))
            continue;
        said = true;
        if (!fits(turn, &branch->when))
            continue;
        if (branch->target == STEP_END && !may_end(turn))
            return err_set(turn->err, KUNCI_FLOW_CONDITION, step->name,
                           _("the certificate with the old data is still alive"));
        *out = branch;
        return KUNCI_OK;
    }
    if (said)
        return err_set(turn->err, KUNCI_FLOW_CONDITION, step->name,
                       _("certificate, account, data or token are not so that it may"));
    return turn_not_possible(turn);
}
