/* Branches: that something tells between them, and that one of them fits. */
#include "flow/check_sop.h"

#include <stdio.h>
#include <string.h>

/* What the facts may be, all together: a case is a value of each, and 224 there are. */
enum { CASES_MAX = 256 };
struct cases {
    uint64_t bits[CASES_MAX / 64];
};

static unsigned value_count(unsigned fact)
{
    unsigned count = 1;

    while (fact_values[fact][count])
        count++;
    return count;
}

/* The values of a case; false behind the last of them. */
static bool read_case(unsigned number, unsigned values[FACTS])
{
    unsigned fact;

    for (fact = 0; fact < FACTS; fact++) {
        values[fact] = number % value_count(fact);
        number /= value_count(fact);
    }
    return number == 0;
}

static bool fits(const struct condition *when, const unsigned values[FACTS])
{
    unsigned fact;

    for (fact = 0; fact < FACTS; fact++)
        if (when->values[fact] && !(when->values[fact] & 1u << values[fact]))
            return false;
    return true;
}

static struct cases cases_of(const struct condition *when)
{
    struct cases cases = {.bits = {0}};
    unsigned values[FACTS], i;

    for (i = 0; i < CASES_MAX && read_case(i, values); i++)
        if (fits(when, values))
            cases.bits[i / 64] |= UINT64_C(1) << i % 64;
    return cases;
}

static void join(struct cases *to, const struct cases *more)
{
    unsigned i;

    for (i = 0; i < CASES_MAX / 64; i++)
        to->bits[i] |= more->bits[i];
}

static bool share(const struct cases *a, const struct cases *b)
{
    unsigned i;

    for (i = 0; i < CASES_MAX / 64; i++)
        if (a->bits[i] & b->bits[i])
            return true;
    return false;
}

static bool within(const struct cases *part, const struct cases *whole)
{
    unsigned i;

    for (i = 0; i < CASES_MAX / 64; i++)
        if (part->bits[i] & ~whole->bits[i])
            return false;
    return true;
}

/* ---- what tells between them ---- */

static bool asks(const struct branch *branch)
{
    static const struct condition nothing;

    return memcmp(&branch->when, &nothing, sizeof nothing) != 0;
}

static bool same_outcome(const struct branch *a, const struct branch *b)
{
    return a->outcome && b->outcome ? strcmp(a->outcome, b->outcome) == 0
                                    : a->outcome == b->outcome;
}

/* "certificate: suspended, data: changed", of the facts that the step's branches ask for. */
static void show_case(const struct step *step, unsigned number, char *to, size_t size)
{
    unsigned values[FACTS], fact, i;
    size_t used = 0;

    read_case(number, values);
    *to = '\0';
    for (fact = 0; fact < FACTS; fact++) {
        uint32_t asked = 0;

        for (i = 0; i < step->branch_count; i++)
            asked |= step->branches[i].when.values[fact];
        if (asked && used < size)
            used += (size_t)snprintf(to + used, size - used, "%s%s: %s", used ? ", " : "",
                                     fact_names[fact], fact_values[fact][values[fact]]);
    }
}

/* The first case that is in one of them and not in the other, or in both. */
static unsigned first_case(const struct cases *a, const struct cases *b, bool in_both)
{
    unsigned i;

    for (i = 0; i < CASES_MAX; i++) {
        bool in_a = a->bits[i / 64] >> i % 64 & 1, in_b = b->bits[i / 64] >> i % 64 & 1;

        if (in_a && in_b == in_both)
            return i;
    }
    return 0;
}

static bool is_bare(const struct branch *branch)
{
    return !branch->outcome && !asks(branch);
}

/* Against those above it of the same outcome: the first that fits is taken. */
static void check_branch(struct checking *in, const struct step *step, unsigned index)
{
    const struct branch *branch = &step->branches[index];
    const struct cases own = cases_of(&branch->when);
    struct cases above = {.bits = {0}}, rivals = {.bits = {0}};
    bool undecided = false;
    char shown[128];
    unsigned i;

    for (i = 0; i < index; i++) {
        const struct branch *other = &step->branches[i];
        const struct cases theirs = cases_of(&other->when);

        if (!same_outcome(branch, other))
            continue;
        undecided |= is_bare(branch) && is_bare(other);
        join(&above, &theirs);
        if (asks(branch) && asks(other))
            join(&rivals, &theirs);
    }
    if (undecided) {
        check_found(in, FINDING_BRANCH_UNDECIDED, step, NULL, NULL);
    } else if (within(&own, &above)) {
        check_found(in, FINDING_BRANCH_SHADOWED, step, branch->to, NULL);
    } else if (share(&own, &rivals)) {
        show_case(step, first_case(&own, &rivals, true), shown, sizeof shown);
        check_found(in, FINDING_BRANCH_OVERLAP, step, branch->to, shown);
    }
}

/* Behind a call a condition says what it has to have brought about. */
static void check_covered(struct checking *in, const struct step *step)
{
    const struct condition any = {.values = {0}};
    const struct cases all = cases_of(&any);
    struct cases covered = {.bits = {0}};
    char shown[128];
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        const struct cases own = cases_of(&step->branches[i].when);

        join(&covered, &own);
    }
    if (step->calls || within(&all, &covered))
        return;
    show_case(step, first_case(&all, &covered, false), shown, sizeof shown);
    check_found(in, FINDING_FACTS_UNCOVERED, step, shown, NULL);
}

void check_branches(struct checking *in)
{
    unsigned i, k;

    for (i = 0; i < in->sop->step_count; i++) {
        for (k = 1; k < in->sop->steps[i].branch_count; k++)
            check_branch(in, &in->sop->steps[i], k);
        check_covered(in, &in->sop->steps[i]);
    }
}
