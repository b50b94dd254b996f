/* The minutes of cases: those of the papers, and cases that have no sum. */
#include "flow/sum.h"
#include "lib/sops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char shipped[] = "pkcs11/flow/sop";

/* Of each paper the minutes of its cases, in the file's order. */
static const struct paper {
    const char *name, *minutes[4];
} papers[] = {
    {"kebumen-2021", {"35", "20"}},    {"mamuju-2024", {"50"}},
    {"ciamis-2024", {"85"}},           {"pekalongan-perubahan-data", {"21", "14", "10"}},
    {"kapuas-2026", {"46.3", "31.3"}},
};

static bool is_there(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s.yaml", shipped, name);
    return access(path, R_OK) == 0;
}

static void check_paper(const struct paper *paper)
{
    char *text = sops_text(shipped, paper->name), minutes[SUM_MINUTES_SIZE];
    struct kunci_sop *sop = sops_read(paper->name, text);
    struct kunci_sop_total total;
    size_t i;

    for (i = 0; i < kunci_sop_total_count(sop); i++) {
        kunci_sop_total(sop, i, &total);
        assert_int_equal(total.computed, total.stated);
        assert_non_null(paper->minutes[i]);
        assert_string_equal(sum_minutes(total.computed, minutes), paper->minutes[i]);
    }
    assert_null(paper->minutes[i]);
    kunci_sop_free(&sop);
    free(text);
}

static void papers_add_up(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(papers); i++)
        if (is_there(papers[i].name))
            check_paper(&papers[i]);
}

/* ---- cases of one procedure ---- */

static const char steps[] =
    "\nsteps:\n"
    "  - {id: a, actor: pemohon, act: submit, text: A, minutes: 1}\n"
    "  - {id: b, actor: op, act: verify, text: B, minutes: 2, branches: [\n"
    "      {outcome: short, to: d}, {outcome: long, to: c}, {outcome: again, to: a}]}\n"
    "  - {id: c, actor: op, act: approve, text: C, minutes: 4, branches: [\n"
    "      {when: {data: same}, to: d}, {to: x}]}\n"
    "  - {id: x, actor: op, act: notify, text: X, minutes: 100, added: true}\n"
    "  - {id: d, actor: pemohon, act: close, text: D, minutes: 8}\n";

static const struct row {
    const char *outcomes;
    enum sum_end end;
    int64_t seconds;
    const char *place; /* the step, or the word that is not there */
} rows[] = {
    {"{b: short}", SUM_DONE, 11 * 60, NULL},
    {"{b: long}", SUM_DONE, 15 * 60, NULL}, /* both ways behind c add up to the same */
    {"{b: reject}", SUM_DONE, 3 * 60, NULL},
    {"{b: long, c: reject}", SUM_DONE, 7 * 60, NULL},
    {"{b: again}", SUM_CIRCLE, 0, "a"},
    {"{}", SUM_OPEN, 0, "b"},
    {"{e: short}", SUM_NO_STEP, 0, "e"},
    {"{b: shorter}", SUM_NO_OUTCOME, 0, "shorter"},
    {"{a: reject}", SUM_NO_OUTCOME, 0, "reject"}, /* it decides nothing */
};

static void check_row(const struct row *row)
{
    struct kunci_sop_total total;
    struct kunci_sop *sop;
    struct sum sum;
    char text[1024];

    snprintf(text, sizeof text,
             "version: '1'\nkind: renewal\ntitle: T\ntotals: [{minutes: 1, outcomes: %s}]%s",
             row->outcomes, steps);
    sop = sops_read("cases", text);
    sum = sum_case(sop, &sop->totals[0]);
    kunci_sop_total(sop, 0, &total);
    assert_int_equal(sum.end, row->end);
    assert_int_equal(total.computed, row->end == SUM_DONE ? row->seconds : -1);
    if (row->place)
        assert_string_equal(sum.word ? sum.word : sop->steps[sum.step].name, row->place);
    kunci_sop_free(&sop);
}

static void cases_end_or_say_why_not(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
        check_row(&rows[i]);
}

static void minutes_are_shown_as_on_paper(void **state)
{
    static const struct {
        int64_t seconds;
        const char *minutes;
    } shown[] = {{0, "0"}, {60, "1"}, {18, "0.3"}, {2778, "46.3"}, {6000, "100"}, {20, "0.33"}};
    char minutes[SUM_MINUTES_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(shown); i++)
        assert_string_equal(sum_minutes(shown[i].seconds, minutes), shown[i].minutes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(papers_add_up),
        cmocka_unit_test(cases_end_or_say_why_not),
        cmocka_unit_test(minutes_are_shown_as_on_paper),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
