#include "flow/tell.h"

#include "base/text.h"
#include "flow/procedure_read.h"
#include "flow/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tell_minutes(char to[32], int64_t seconds)
{
    int64_t thousandths = seconds * 1000 / 60;
    size_t len;

    snprintf(to, 32, "%lld.%03lld", (long long)thousandths / 1000, (long long)thousandths % 1000);
    for (len = strlen(to); to[len - 1] == '0'; len--)
        to[len - 1] = '\0';
    if (to[len - 1] == '.')
        to[len - 1] = '\0';
}

void tell_day(struct buf *to, const char *day)
{
    static const char *const months[] = {N_("January"), N_("February"), N_("March"),
                                         N_("April"),   N_("May"),      N_("June"),
                                         N_("July"),    N_("August"),   N_("September"),
                                         N_("October"), N_("November"), N_("December")};
    unsigned month = is_day(day) ? (unsigned)strtoul(day + 5, NULL, 10) : 0;

    if (month >= 1 && month <= 12)
        buf_printf(to, "%lu %s %.4s", strtoul(day + 8, NULL, 10), _(months[month - 1]), day);
    else
        wrap_clean(to, day);
}

const char *tell_actor(const struct kunci_sop *sop, enum role role)
{
    unsigned i;

    for (i = 0; i < sop->lane_count; i++)
        if (sop->lanes[i].role == role && *words_shown(&sop->lanes[i].title))
            return words_shown(&sop->lanes[i].title);
    return role_title(role);
}

const char *tell_deed(enum deed deed)
{
    static const char *const titles[DEEDS] = {
        [DEED_KEY_NEW] = N_("new key"),
        [DEED_CSR_NEW] = N_("certificate request (CSR)"),
        [DEED_PROVE_OLD] = N_("request signed with the old key too"),
        [DEED_WRITE] = N_("certificate written to the token"),
        [DEED_PROVE] = N_("signature made and verified"),
        [DEED_RETIRE] = N_("old key retired"),
        [DEED_PIN_SET] = N_("PIN set"),
        [DEED_PIN_RESET] = N_("PIN reset"),
        [DEED_ACCOUNT_ACTIVATE] = N_("account activated"),
        [DEED_DATA_CHANGE] = N_("data changed"),
        [DEED_ISSUE] = N_("certificate issued"),
        [DEED_REVOKE] = N_("certificate revoked"),
        [DEED_SUSPEND] = N_("certificate suspended"),
        [DEED_RESUME] = N_("certificate resumed"),
    };

    return _(titles[deed]);
}

static bool on_token(enum deed deed)
{
    return deed <= DEED_RETIRE || deed == DEED_PIN_SET || deed == DEED_PIN_RESET;
}

bool tell_has_token(const struct step *step)
{
    unsigned i;

    for (i = 0; i < step->deed_count; i++)
        if (on_token(step->deeds[i]))
            return true;
    return step->act == ACT_TOKEN;
}

/* ---- ways out ---- */

static void tell_condition(struct buf *to, const struct condition *when)
{
    unsigned fact, value;

    for (fact = 0; fact < FACTS; fact++)
        for (value = 0; fact_values[fact][value]; value++)
            if (when->values[fact] >> value & 1)
                buf_printf(to, "%s%s", to->len ? ", " : "", fact_values[fact][value]);
}

void tell_branch(struct buf *to, const struct step *step, const struct branch *branch)
{
    if (*words_shown(&branch->text))
        wrap_clean(to, words_shown(&branch->text));
    else if (step->branch_count > 1 && branch->outcome)
        wrap_clean(to, branch->outcome);
    else if (step->branch_count > 1)
        tell_condition(to, &branch->when);
}

const char *tell_reject(const struct step *step)
{
    return *words_shown(&step->reject_text) ? words_shown(&step->reject_text) : _("Rejected");
}

void tell_target(struct buf *to, const struct kunci_sop *sop, int target)
{
    char number[16];

    if (target == STEP_END) {
        buf_text(to, _("end"));
        return;
    }
    step_number(&sop->steps[target], number);
    buf_text(to, number);
}

/* ---- cells ---- */

static void next_line(struct buf *to)
{
    if (to->len)
        buf_text(to, "\n");
}

static void line(struct buf *to, const char *text)
{
    if (!*text)
        return;
    next_line(to);
    wrap_clean(to, text);
}

static void tell_exit(struct buf *to, const struct kunci_sop *sop, const char *called, int target)
{
    next_line(to);
    buf_printf(to, "- %s \xe2\x86\x92 ", called);
    tell_target(to, sop, target);
}

void tell_exits(struct buf *to, const struct kunci_sop *sop, const struct step *step)
{
    struct buf called = {0};
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        tell_branch(&called, step, &step->branches[i]);
        if (called.len)
            tell_exit(to, sop, called.data, step->branches[i].target);
        to->failed |= called.failed;
        buf_clear(&called);
    }
    if (!step->rejects)
        return;
    wrap_clean(&called, tell_reject(step));
    tell_exit(to, sop, called.len ? called.data : "", step_reject_target(sop, step));
    to->failed |= called.failed;
    buf_clear(&called);
}

/* What is said in words already is not said again by a document's title. */
static bool is_said(const struct step *step, const char *title)
{
    unsigned i;

    for (i = 0; i < step->needs.count; i++)
        if (strcasestr(words_shown(&step->needs.items[i]), title))
            return true;
    return false;
}

void tell_needs(struct buf *to, const struct kunci_sop *sop, const struct step *step)
{
    unsigned i;

    for (i = 0; i < step->needs.count; i++)
        line(to, words_shown(&step->needs.items[i]));
    for (i = 0; i < sop->document_count; i++)
        if (step->documents >> i & 1 && !is_said(step, words_shown(&sop->documents[i].title)))
            line(to, words_shown(&sop->documents[i].title));
}

void tell_time(struct buf *to, const struct step *step)
{
    char minutes[32];

    if (!step->seconds)
        return;
    tell_minutes(minutes, step->seconds);
    buf_printf(to, _("%s min"), minutes);
}

static void tell_deeds(struct buf *to, const struct step *step)
{
    unsigned i, told = 0;

    for (i = 0; i < step->deed_count; i++) {
        if (!on_token(step->deeds[i]))
            continue;
        if (!told++) {
            next_line(to);
            buf_printf(to, "%s: ", _("Token"));
        } else {
            buf_text(to, ", ");
        }
        buf_text(to, tell_deed(step->deeds[i]));
    }
}

void tell_remarks(struct buf *to, const struct step *step)
{
    line(to, words_shown(&step->remarks));
    if (step->calls && !*words_shown(&step->remarks)) {
        next_line(to);
        buf_text(to, "SOP ");
        wrap_clean(to, step->calls);
    }
    tell_deeds(to, step);
    if (step->added)
        line(to, _("Added step"));
}

void tell_totals(struct buf *to, const struct kunci_sop *sop)
{
    char minutes[32];
    unsigned i;

    for (i = 0; i < sop->total_count; i++) {
        const char *text = words_shown(&sop->totals[i].text);

        next_line(to);
        tell_minutes(minutes, sop->totals[i].seconds);
        buf_printf(to, _("Time to finish: %s min"), minutes);
        if (!*text)
            continue;
        buf_text(to, " (");
        wrap_clean(to, text);
        buf_text(to, ")");
    }
}
