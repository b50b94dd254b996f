/* What is wrong with a procedure is told, with its line. */
#include "flow/procedure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

#define TOP        "version: \"1\"\nkind: renewal\ntitle: T\n"
#define A          "{id: a, actor: pemohon, act: receive, text: A}"
#define STEPS      "steps:\n  - " A "\n"
#define STEP(is)   TOP "steps:\n  - {id: a, actor: pemohon, act: receive, text: A,\n     " is "}\n"
#define BRANCH(is) STEP("branches: [{to: end,\n" is "}]")

struct wrong {
    const char *in, *want;
};

static void check_wrong(const struct wrong *cases, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_sop *sop;

        if (kunci_sop_read("f", cases[i].in, strlen(cases[i].in), &sop, &err) != KUNCI_SOP_INVALID)
            fail_msg("%s was read, or: %s", cases[i].in, err.detail);
        assert_null(sop);
        assert_string_equal(err.about, "f");
        if (strcmp(err.detail, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].in, err.detail);
    }
}

static void wrong_files(void **state)
{
    static const struct wrong cases[] = {
        {"", "\"version\": it is missing"},
        {"- a\n", "it must be a list of names and their values"},
        {"a: &x 1\n", "line 1: anchors, aliases and tags are not known here"},
        {"version: \"1\"\ntitle: T\n" STEPS, "\"kind\": it is missing"},
        {"version: \"1\"\nkind: renewal\n" STEPS, "\"title\": it is missing"},
        {TOP, "\"steps\": it is missing"},
        {"version: 1\nkind: renewal\ntitle: T\n" STEPS,
         "line 1, \"version\": the value must be text"},
        {"version: \"a\\tb\"\nkind: renewal\ntitle: T\n" STEPS,
         "line 1, \"version\": there is a control character in it"},
        {"version: \"1\"\nkind: renewing\ntitle: T\n" STEPS,
         "line 2, \"kind\": there is no such choice"},
        {TOP "langkah: []\n", "line 4, \"langkah\": there is no such setting"},
        {TOP "return_to: b\n" STEPS, "line 4, \"return_to\": there is no such step"},
        {TOP "return_to: [a]\n" STEPS, "line 4, \"return_to\": the value must be text"},
        {TOP "lanes: {role: op}\n" STEPS,
         "line 4, \"lanes\": it must be a list whose items are names and their values"},
        {TOP "lanes: [{title: X}]\n" STEPS, "\"role\": it is missing"},
        {TOP "lanes: [{role: bupati}]\n" STEPS, "line 4, \"role\": there is no such choice"},
        {TOP "lanes: [{role: op, title: 5}]\n" STEPS,
         "line 4, \"title\": it must be text, or a text for each of id and en"},
    };

    (void)state;
    check_wrong(cases, COUNT(cases));
}

static void wrong_texts(void **state)
{
    static const struct wrong cases[] = {
        {TOP "source: 5\n" STEPS,
         "line 4, \"source\": it must be text, or a text for each of id and en"},
        {TOP "source: ''\n" STEPS,
         "line 4, \"source\": it must be text, or a text for each of id and en"},
        {TOP "source: [a]\n" STEPS,
         "line 4, \"source\": it must be text, or a text for each of id and en"},
        {TOP "source: {en: A}\n" STEPS, "\"id\": it is missing"},
        {TOP "source: {id: A, fr: B}\n" STEPS, "line 4, \"fr\": there is no such setting"},
        {TOP "source: {id: A, en: ''}\n" STEPS, "line 4, \"en\": the value must be text"},
        {TOP "source: \"a\\eb\"\n" STEPS, "line 4, \"source\": there is a control character in it"},
        {TOP "source: {id: \"\\x7f\"}\n" STEPS,
         "line 4, \"id\": there is a control character in it"},
        {TOP "source: {id: A, en: \"\\b\"}\n" STEPS,
         "line 4, \"en\": there is a control character in it"},
    };

    (void)state;
    check_wrong(cases, COUNT(cases));
}

static void wrong_headers(void **state)
{
    static const struct wrong cases[] = {
        {TOP "header: []\n" STEPS,
         "line 4, \"header\": it must be a list of names and their values"},
        {TOP "header: {nomor: 5}\n" STEPS, "line 4, \"nomor\": there is no such setting"},
        {TOP "header: {number: 5}\n" STEPS, "line 4, \"number\": the value must be text"},
        {TOP "header: {number: \"\\a\"}\n" STEPS,
         "line 4, \"number\": there is a control character in it"},
        {TOP "header: {made: 26 Mei 2026}\n" STEPS,
         "line 4, \"made\": it must be a day like 2026-05-26"},
        {TOP "header: {revised: 2026-13-01}\n" STEPS,
         "line 4, \"revised\": it must be a day like 2026-05-26"},
        {TOP "header: {effective: 2025-02-29}\n" STEPS,
         "line 4, \"effective\": it must be a day like 2026-05-26"},
        {TOP "header: {made: 2026-05-00}\n" STEPS,
         "line 4, \"made\": it must be a day like 2026-05-26"},
        {TOP "header: {made: 1969-12-31}\n" STEPS,
         "line 4, \"made\": it must be a day like 2026-05-26"},
        {TOP "header: {made: 2026--5-26}\n" STEPS,
         "line 4, \"made\": it must be a day like 2026-05-26"},
        {TOP "header: {agency: 5}\n" STEPS,
         "line 4, \"agency\": it must be text, or a text for each of id and en"},
        {TOP "header: {records: Arsip}\n" STEPS, "line 4, \"records\": it must be a list"},
        {TOP "header: {warnings: [a, [b]]}\n" STEPS,
         "line 4, \"warnings\": it must be text, or a text for each of id and en"},
        {TOP "header:\n revisions:\n - text: A\n" STEPS, "\"date\": it is missing"},
        {TOP "header:\n revisions:\n - date: 2026-05-26\n" STEPS, "\"text\": it is missing"},
        {TOP "header:\n revisions:\n - {date: today, text: A}\n" STEPS,
         "line 6, \"date\": it must be a day like 2026-05-26"},
        {TOP "header:\n revisions:\n - {date: 2026-05-26, text: A, by: 5}\n" STEPS,
         "line 6, \"by\": it must be text, or a text for each of id and en"},
    };

    (void)state;
    check_wrong(cases, COUNT(cases));
}

#define HOURS(offset, days, from, to, more)                                                        \
    TOP "hours:\n  utc_offset: \"" offset "\"\n  days: [" days "]\n  from: \"" from                \
        "\"\n  to: \"" to "\"\n" more STEPS

static void wrong_sections(void **state)
{
    static const struct wrong cases[] = {
        {HOURS("07:00", "mon", "07:30", "16:00", ""),
         "line 5, \"utc_offset\": it must be a time like +07:00"},
        {HOURS("+7:00", "mon", "07:30", "16:00", ""),
         "line 5, \"utc_offset\": it must be a time like +07:00"},
        {HOURS("+07:00", "senin", "07:30", "16:00", ""),
         "line 6, \"days\": it must be a list of texts that are known here"},
        {HOURS("+07:00", "", "07:30", "16:00", ""), "line 6, \"days\": it is empty"},
        {HOURS("+07:00", "mon", "7.30", "16:00", ""),
         "line 7, \"from\": it must be a time like 07:30"},
        {HOURS("+07:00", "mon", "07:30", "16:60", ""),
         "line 8, \"to\": it must be a time like 07:30"},
        {HOURS("+07:00", "mon", "07:30", "24:01", ""),
         "line 8, \"to\": it must be a time like 07:30"},
        {HOURS("+07:00", "mon", "07:30", "07:30", ""),
         "line 8, \"to\": it must be later than \"from\""},
        {HOURS("+07:00", "mon", "07:30", "16:00", "  holidays: [2026-12-25, Natal]\n"),
         "line 9, \"holidays\": it must be days like 2026-05-26"},
        {TOP "hours: {from: \"07:30\"}\n" STEPS, "\"utc_offset\": it is missing"},
        {TOP "service: {remind_at: 101}\n" STEPS,
         "line 4, \"remind_at\": the number is too small or too large"},
        {TOP "service: {escalate_at: 99}\n" STEPS,
         "line 4, \"escalate_at\": the number is too small or too large"},
        {TOP "service: {escalate_to: bupati}\n" STEPS,
         "line 4, \"escalate_to\": there is no such choice"},
        {TOP "service: {expires_days: 0}\n" STEPS,
         "line 4, \"expires_days\": the number is too small or too large"},
        {TOP "documents: [a]\n" STEPS,
         "line 4, \"documents\": it must be a list of names and their values"},
        {TOP "documents: {Surat Tugas: A}\n" STEPS,
         "line 4, \"Surat Tugas\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {TOP "documents: {\"\": A}\n" STEPS,
         "line 4, \"\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {TOP "documents: {a: A,\n ktp: B}\n" STEPS,
         "line 5, \"ktp\": this document is known already"},
        {TOP "documents: {csr: A}\n" STEPS,
         "line 4, \"csr\": this name is kept for what a token makes"},
        {TOP "documents: {a: 5}\n" STEPS,
         "line 4, \"a\": it must be text, or a text for each of id and en"},
        {TOP "documents: {a1: A, a2: A, a3: A, a4: A, a5: A, a6: A, a7: A, a8: A, a9: A, b1: A,"
             " b2: A, b3: A, b4: A, b5: A, b6: A, b7: A, b8: A, b9: A, c1: A, c2: A, c3: A,"
             " c4: A, c5: A, c6: A}\n" STEPS,
         "line 4, \"documents\": these are too many"},
        {TOP "totals: [{text: A}]\n" STEPS, "\"minutes\": it is missing"},
        {TOP "totals: [{minutes: lima}]\n" STEPS,
         "line 4, \"minutes\": the value must be a number"},
        {TOP "totals: [{minutes: -1}]\n" STEPS,
         "line 4, \"minutes\": the number is too small or too large"},
        {TOP "totals: [{minutes: 1, outcomes: {a: 5}}]\n" STEPS,
         "line 4, \"a\": the value must be text"},
        {TOP "totals: [{minutes: 1, outcomes: {A: b}}]\n" STEPS,
         "line 4, \"A\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {TOP "totals: [{minutes: 1, outcomes: {a: B}}]\n" STEPS,
         "line 4, \"a\": a name has only a to z, 0 to 9, and \"-\" in between"},
    };

    (void)state;
    check_wrong(cases, COUNT(cases));
}

static void wrong_steps(void **state)
{
    static const struct wrong cases[] = {
        {TOP "steps: []\n", "line 4, \"steps\": there have to be from 1 to 64"},
        {TOP "steps: [a]\n",
         "line 4, \"steps\": it must be a list whose items are names and their values"},
        {TOP "steps: [{actor: op, act: verify, text: A}]\n", "\"id\": it is missing"},
        {TOP "steps: [{id: a, act: verify, text: A}]\n", "\"actor\": it is missing"},
        {TOP "steps: [{id: a, actor: op, text: A}]\n", "\"act\": it is missing"},
        {TOP "steps: [{id: a, actor: op, act: verify}]\n", "\"text\": it is missing"},
        {TOP "steps: [{id: a, actor: camat, act: verify, text: A}]\n",
         "line 4, \"actor\": there is no such choice"},
        {TOP "steps: [{id: a, actor: op, act: think, text: A}]\n",
         "line 4, \"act\": there is no such choice"},
        {TOP "steps: [{id: A, actor: op, act: verify, text: A}]\n",
         "line 4, \"id\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {TOP "steps: [{id: a-, actor: op, act: verify, text: A}]\n",
         "line 4, \"id\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {TOP "steps: [{id: end, actor: op, act: verify, text: A}]\n",
         "line 4, \"id\": \"end\" is where a procedure is over"},
        {TOP STEPS "  - " A "\n", "line 6, \"id\": a step of that name stands above"},
        {STEP("output: 5"), "line 6, \"output\": it must be text, or a text for each of id and en"},
        {STEP("needs: A"), "line 6, \"needs\": it must be a list"},
        {STEP("documents: [ijazah]"), "line 6, \"documents\": a document is not known; "
                                      "\"documents\" at the top of the file names further ones"},
        {STEP("fields: [umur]"),
         "line 6, \"fields\": it must be a list of texts that are known here"},
        {STEP("rules: nik"), "line 6, \"rules\": it must be a list"},
        {STEP("minutes: 1.2345"), "line 6, \"minutes\": the value must be a number"},
        {STEP("minutes: 100001"), "line 6, \"minutes\": the number is too small or too large"},
        {STEP("minutes: 9223372036854775807"), "line 6, \"minutes\": the value must be a number"},
        {STEP("does: [sign]"), "line 6, \"does\": it must be a list of texts that are known here"},
        {STEP("does: [issue, issue, issue, issue, issue, issue, issue, issue, issue]"),
         "line 6, \"does\": these are too many"},
        {STEP("calls: penerbitan"),
         "line 6, \"calls\": it must be a list of names and their values"},
        {STEP("calls: {reason: lost}"), "\"procedure\": it is missing"},
        {STEP("calls: {procedure: p, reason: bosan}"),
         "line 6, \"reason\": there is no such choice"},
        {STEP("calls: {procedure: \"\\a\"}"),
         "line 6, \"procedure\": there is a control character in it"},
        {STEP("added: 1"), "line 6, \"added\": the value must be true or false"},
        {STEP("next: b"), "line 6, \"next\": there is no such step"},
        {STEP("next: a, branches: [{to: a}]"), "line 6, \"next\": it stands beside \"branches\""},
        {STEP("reject: {to: b}"), "line 6, \"to\": there is no such step"},
        {STEP("reject: {ke: b}"), "line 6, \"ke\": there is no such setting"},
        {STEP("reject: true"), "line 6, \"reject\": it must be a list of names and their values"},
        {STEP("notices: [{to: pemohon}]"), "\"message\": it is missing"},
        {STEP("notices: [{to: camat, message: m}]"), "line 6, \"to\": there is no such choice"},
        {STEP("notices: [{to: op, message: a/b}]"),
         "line 6, \"message\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {STEP("other_than: [b]"), "line 6, \"other_than\": there is no such step"},
    };

    (void)state;
    check_wrong(cases, COUNT(cases));
}

static void wrong_branches(void **state)
{
    static const struct wrong cases[] = {
        {STEP("branches: []"), "line 6, \"branches\": it is empty"},
        {STEP("branches: [{to: a}, {to: a}, {to: a}, {to: a}, {to: a}, {to: a}, {to: a},"
              " {to: a}, {to: a}]"),
         "line 6, \"branches\": these are too many"},
        {STEP("branches: [{outcome: x}]"), "\"to\": it is missing"},
        {STEP("branches: [{to: a}, {to: b}]"), "line 6, \"to\": there is no such step"},
        {BRANCH("outcome: Ya"),
         "line 7, \"outcome\": a name has only a to z, 0 to 9, and \"-\" in between"},
        {BRANCH("outcome: reject"),
         "line 7, \"outcome\": a rejection is told of by \"reject\" of the step"},
        {BRANCH("text: 5"), "line 7, \"text\": it must be text, or a text for each of id and en"},
        {BRANCH("when: expired"), "line 7, \"when\": it must be a list of names and their values"},
        {BRANCH("when: {weather: fine}"), "line 7, \"weather\": there is no such fact"},
        {BRANCH("when: {certificate: fine}"),
         "line 7, \"certificate\": this fact has no such value"},
        {BRANCH("when: {certificate: [none, 5]}"),
         "line 7, \"certificate\": this fact has no such value"},
        {BRANCH("when: {certificate: []}"), "line 7, \"certificate\": it is empty"},
    };

    (void)state;
    check_wrong(cases, COUNT(cases));
}

/* count steps, all of them added but the first. */
static enum kunci_rc read_steps_of(unsigned count, struct kunci_err *err)
{
    char yaml[8192] = TOP "steps:\n";
    struct kunci_sop *sop;
    unsigned i;

    for (i = 0; i < count; i++)
        sprintf(yaml + strlen(yaml), "  - {id: s%u, actor: op, act: receive, text: A%s}\n", i,
                i && count < 64 ? ", added: true" : "");
    if (kunci_sop_read("f", yaml, strlen(yaml), &sop, err) == KUNCI_OK)
        kunci_sop_free(&sop);
    return err->rc;
}

static void there_is_room_for_so_many_steps(void **state)
{
    static const struct {
        unsigned count;
        const char *want; /* NULL: they are read */
    } cases[] = {
        {27, NULL},
        {28, "line 32, \"added\": there are more than 26 of them, one behind the other"},
        {64, NULL},
        {65, "line 4, \"steps\": there have to be from 1 to 64"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        struct kunci_err err = KUNCI_ERR_INIT;

        assert_int_equal(read_steps_of(cases[i].count, &err),
                         cases[i].want ? KUNCI_SOP_INVALID : KUNCI_OK);
        if (cases[i].want)
            assert_string_equal(err.detail, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files),
        cmocka_unit_test(wrong_texts),
        cmocka_unit_test(wrong_headers),
        cmocka_unit_test(wrong_sections),
        cmocka_unit_test(wrong_steps),
        cmocka_unit_test(wrong_branches),
        cmocka_unit_test(there_is_room_for_so_many_steps),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
