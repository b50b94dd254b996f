/* Procedures are read: what each member comes to, what is wrong with which line, and
 * that no bytes at all do harm. */
#include "flow/procedure.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define SOPS         "pkcs11/flow/sop"

static const char whole[] =
    "version: \"3\"\n"
    "kind: data-change\n"
    "title: {id: Judul, en: Title}\n"
    "source: Sumber\n"
    "header:\n"
    "  number: 1/2\n"
    "  made: 2024-02-29\n"
    "  revised: 2025-01-01\n"
    "  effective: 2025-02-01\n"
    "  agency: {id: Dinas}\n"
    "  unit: Bidang\n"
    "  approved_by: Kepala\n"
    "  legal_basis: [{id: UU, en: Law}, PP]\n"
    "  warnings: [Awas]\n"
    "  revisions: [{date: 2025-01-01, text: Baru, by: Sandiman}]\n"
    "lanes: [{role: pemohon, title: P}, {role: op}]\n"
    "documents: {surat-tugas: {id: Surat Tugas, en: Order}}\n"
    "service: {remind_at: 50, escalate_at: 200, escalate_to: kabid, expires_days: 9}\n"
    "hours: {utc_offset: \"+07:00\", days: [mon, fri], from: \"07:30\", to: \"16:00\",\n"
    "        holidays: [1970-01-02, 2000-03-01, 2100-03-01]}\n"
    "totals: [{minutes: 46.25, text: Semua, outcomes: {tanya: ya}}]\n"
    "return_to: tanya\n"
    "steps:\n"
    "  - id: nol\n"
    "    added: true\n"
    "    actor: pemohon\n"
    "    act: receive\n"
    "    text: Nol\n"
    "  - id: tanya\n"
    "    actor: pemohon\n"
    "    act: check\n"
    "    text: {id: Tanya, en: Asks}\n"
    "    needs: [Akun, {id: Formulir, en: Form}]\n"
    "    documents: [ktp, surat-tugas]\n"
    "    fields: [nik, reason]\n"
    "    rules: [identity, letter]\n"
    "    minutes: 0.3\n"
    "    output: Jawaban\n"
    "    remarks: Catatan\n"
    "    branches:\n"
    "      - {outcome: ya, when: {certificate: [active, expiring], called: no}, to: putus}\n"
    "      - {outcome: tidak, to: end, text: {id: Tidak, en: No}}\n"
    "  - id: antara\n"
    "    added: true\n"
    "    actor: pemohon\n"
    "    act: token\n"
    "    text: Antara\n"
    "    next: lagi\n"
    "  - {id: lagi, added: true, actor: pemohon, act: receive, text: Lagi}\n"
    "  - id: putus\n"
    "    actor: op\n"
    "    act: approve\n"
    "    text: Putus\n"
    "    minutes: 15\n"
    "    does: [data-change, revoke]\n"
    "    calls: {procedure: pencabutan, reason: lost}\n"
    "    reject: {to: nol, text: Ditolak, added: true}\n"
    "    notices: [{to: pemohon, message: data-changed}]\n"
    "    other_than: [tanya, nol]\n";

static enum kunci_rc read_text(const char *yaml, struct kunci_sop **out, struct kunci_err *err)
{
    return kunci_sop_read("f", yaml, strlen(yaml), out, err);
}

static struct kunci_sop *read_whole(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;

    if (read_text(whole, &sop, &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    return sop;
}

/* ---- what is read ---- */

static void the_file_comes_to_a_structure(void **state)
{
    struct kunci_sop *sop = read_whole();

    (void)state;
    assert_string_equal(kunci_sop_name(sop), "f");
    assert_string_equal(kunci_sop_version(sop), "3");
    assert_string_equal(kunci_sop_kind(sop), "data-change");
    assert_string_equal(kunci_sop_title(sop), "Title");
    assert_string_equal(words_shown(&sop->source), "Sumber");
    assert_int_equal(sop->lane_count, 2);
    assert_int_equal(sop->lanes[1].role, ROLE_OP);
    assert_string_equal(words_shown(&sop->lanes[1].title), "");
    assert_int_equal(sop->document_count, document_kind_count + 1);
    assert_int_equal(document_place(sop, "surat-tugas"), document_kind_count);
    assert_int_equal(sop->service.remind_at, 50);
    assert_int_equal(sop->service.escalate_at, 200);
    assert_int_equal(sop->service.escalate_to, ROLE_KABID);
    assert_int_equal(sop->service.expires_days, 9);
    assert_int_equal(sop->total_count, 1);
    assert_int_equal(sop->totals[0].seconds, 2775);
    assert_string_equal(sop->totals[0].outcomes[0].step, "tanya");
    assert_string_equal(sop->totals[0].outcomes[0].outcome, "ya");
    assert_int_equal(sop->return_target, 1);
    kunci_sop_free(&sop);
    assert_null(sop);
}

static void the_header_is_the_papers(void **state)
{
    struct kunci_sop *sop = read_whole();
    const struct header *header = &sop->header;

    (void)state;
    assert_string_equal(header->number, "1/2");
    assert_string_equal(header->made, "2024-02-29");
    assert_string_equal(header->revised, "2025-01-01");
    assert_string_equal(header->effective, "2025-02-01");
    assert_string_equal(words_shown(&header->agency), "Dinas");
    assert_string_equal(words_shown(&header->unit), "Bidang");
    assert_string_equal(words_shown(&header->approved_by), "Kepala");
    assert_int_equal(header->legal_basis.count, 2);
    assert_string_equal(words_shown(&header->legal_basis.items[0]), "Law");
    assert_string_equal(words_shown(&header->legal_basis.items[1]), "PP");
    assert_int_equal(header->warnings.count, 1);
    assert_int_equal(header->records.count, 0);
    assert_int_equal(header->revision_count, 1);
    assert_string_equal(words_shown(&header->revisions[0].by), "Sandiman");
    kunci_sop_free(&sop);
}

static void working_hours_are_seconds_and_days(void **state)
{
    struct kunci_sop *sop = read_whole();
    const struct hours *hours = &sop->hours;

    (void)state;
    assert_int_equal(hours->utc_offset, 7 * 3600);
    assert_int_equal(hours->days, 1 << 0 | 1 << 4);
    assert_int_equal(hours->from, 7 * 3600 + 1800);
    assert_int_equal(hours->to, 16 * 3600);
    assert_int_equal(hours->holiday_count, 3);
    assert_int_equal(hours->holidays[0], 1);
    assert_int_equal(hours->holidays[1], 11017); /* 2000 is a leap year, */
    assert_int_equal(hours->holidays[2], 47541); /* and 2100 is none */
    kunci_sop_free(&sop);
}

static void a_step_has_all_its_parts(void **state)
{
    struct kunci_sop *sop = read_whole();
    const struct step *asks = &sop->steps[1], *decides = &sop->steps[4];

    (void)state;
    assert_int_equal(asks->needs.count, 2);
    assert_int_equal(asks->documents, 1u << document_place(sop, "ktp") | 1u << document_kind_count);
    assert_int_equal(asks->fields, 1u << FIELD_NIK | 1u << FIELD_REASON);
    assert_int_equal(asks->rules, 1u << RULE_IDENTITY | 1u << RULE_LETTER);
    assert_int_equal(asks->seconds, 18);
    assert_int_equal(asks->call_reason, -1);
    assert_false(asks->rejects);
    assert_int_equal(decides->seconds, 900);
    assert_int_equal(decides->deed_count, 2);
    assert_int_equal(decides->deeds[1], DEED_REVOKE);
    assert_string_equal(decides->calls, "pencabutan");
    assert_string_equal(reason_names[decides->call_reason], "lost");
    assert_true(decides->rejects && decides->reject_added);
    assert_int_equal(step_reject_target(sop, decides), 0);
    assert_int_equal(step_reject_target(sop, asks), 1);
    assert_int_equal(decides->notice_count, 1);
    assert_int_equal(decides->notices[0].to, ROLE_PEMOHON);
    assert_int_equal(decides->not_by, 1 << 0 | 1 << 1);
    kunci_sop_free(&sop);
}

static void branches_lead_where_they_say(void **state)
{
    struct kunci_sop *sop = read_whole();
    const struct branch *yes = &sop->steps[1].branches[0], *no = &sop->steps[1].branches[1];

    (void)state;
    assert_int_equal(yes->target, 4);
    assert_int_equal(yes->when.values[FACT_CERTIFICATE],
                     1u << CERTIFICATE_ACTIVE | 1u << CERTIFICATE_EXPIRING);
    assert_int_equal(yes->when.values[FACT_CALLED], 1u << CALLED_NO);
    assert_int_equal(yes->when.values[FACT_DATA], 0);
    assert_int_equal(no->target, STEP_END);
    assert_string_equal(words_shown(&no->text), "No");
    assert_int_equal(sop->steps[0].branches[0].target, 1); /* the one below */
    assert_int_equal(sop->steps[2].branches[0].target, 3); /* "next" */
    assert_int_equal(sop->steps[4].branches[0].target, STEP_END);
    kunci_sop_free(&sop);
}

static void added_steps_get_letters(void **state)
{
    static const char *const numbers[] = {"0a", "1", "1a", "1b", "2"};
    struct kunci_sop *sop = read_whole();
    char number[16];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(numbers); i++) {
        step_number(&sop->steps[i], number);
        assert_string_equal(number, numbers[i]);
    }
    kunci_sop_free(&sop);
}

/* ---- what is wrong ---- */

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

        if (read_text(cases[i].in, &sop, &err) != KUNCI_SOP_INVALID)
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
    if (read_text(yaml, &sop, err) == KUNCI_OK)
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

/* ---- hostile bytes ---- */

/* In room that is as long as they are, so that a sanitizer sees their end. */
static void try_bytes(const char *from, size_t len, size_t flip, int bit)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    char *bytes = malloc(len + !len);

    assert_non_null(bytes);
    memcpy(bytes, from, len);
    if (bit >= 0)
        bytes[flip] = (char)(bytes[flip] ^ 1 << bit);
    if (kunci_sop_read("f", bytes, len, &sop, &err) != KUNCI_OK)
        assert_int_equal(err.rc, KUNCI_SOP_INVALID);
    kunci_sop_free(&sop);
    free(bytes);
}

static void cut_and_flipped(void **state)
{
    size_t at, len = sizeof whole - 1;
    int bit;

    (void)state;
    for (at = 0; at < len; at++)
        try_bytes(whole, at, 0, -1);
    for (at = 0; at < len; at++)
        for (bit = (int)(at % 3); bit < 8; bit += 3)
            try_bytes(whole, len, at, bit);
}

/* ---- what is shipped ---- */

static const char *const shipped[] = {"kebumen-2021",
                                      "mamuju-2024",
                                      "ciamis-2024",
                                      "pekalongan-perubahan-data",
                                      "kapuas-2026",
                                      "pendaftaran",
                                      "penerbitan",
                                      "perubahan-data",
                                      "pencabutan",
                                      "penangguhan",
                                      "pengaktifan-kembali",
                                      "frasa-sandi-atur",
                                      "frasa-sandi-atur-ulang"};

static size_t load(const char *path, char *to, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t len;

    if (!file)
        fail_msg("%s cannot be read", path);
    len = fread(to, 1, size, file);
    fclose(file);
    assert_in_range(len, 1, size - 1);
    return len;
}

static struct kunci_sop *read_shipped(const char *name, char *bytes, size_t size, size_t *len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    char path[256];

    snprintf(path, sizeof path, "%s/%s.yaml", SOPS, name);
    *len = load(path, bytes, size);
    if (kunci_sop_read(name, bytes, *len, &sop, &err) != KUNCI_OK)
        fail_msg("%s: %s", name, err.detail);
    return sop;
}

static bool in_both(const struct words *words)
{
    return !words->id || words->en;
}

/* Agencies may write in one language; what is shipped is in both. */
static void check_languages(const struct kunci_sop *sop)
{
    unsigned i, j;

    assert_true(in_both(&sop->title) && in_both(&sop->source));
    for (i = 0; i < sop->step_count; i++) {
        const struct step *step = &sop->steps[i];

        assert_true(in_both(&step->text) && in_both(&step->output) && in_both(&step->remarks));
        for (j = 0; j < step->needs.count; j++)
            assert_true(in_both(&step->needs.items[j]));
        for (j = 0; j < step->branch_count; j++)
            assert_true(in_both(&step->branches[j].text));
    }
}

static void what_is_shipped_is_read(void **state)
{
    static char bytes[1 << 16];
    size_t i, at, len;

    (void)state;
    for (i = 0; i < COUNT(shipped); i++) {
        struct kunci_sop *sop = read_shipped(shipped[i], bytes, sizeof bytes, &len);

        check_languages(sop);
        kunci_sop_free(&sop);
        for (at = 0; at < len; at += 1 + len / 40)
            try_bytes(bytes, at, 0, -1);
    }
}

static bool is_shipped(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < COUNT(shipped); i++)
        if (strlen(shipped[i]) == len && strncmp(shipped[i], name, len) == 0)
            return true;
    return false;
}

static void nothing_else_is_shipped(void **state)
{
    struct dirent *entry;
    DIR *folder = opendir(SOPS);
    size_t count = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.') {
            assert_true(is_shipped(entry->d_name, strcspn(entry->d_name, ".")));
            count++;
        }
    closedir(folder);
    assert_int_equal(count, COUNT(shipped));
}

static void another_agency_writes_its_own(void **state)
{
    static char bytes[1 << 16];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    size_t len = load("tests/unit/flow/keenam.yaml", bytes, sizeof bytes);

    (void)state;
    if (kunci_sop_read("keenam", bytes, len, &sop, &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    assert_string_equal(kunci_sop_kind(sop), "suspension");
    kunci_sop_free(&sop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_comes_to_a_structure),
        cmocka_unit_test(the_header_is_the_papers),
        cmocka_unit_test(working_hours_are_seconds_and_days),
        cmocka_unit_test(a_step_has_all_its_parts),
        cmocka_unit_test(branches_lead_where_they_say),
        cmocka_unit_test(added_steps_get_letters),
        cmocka_unit_test(wrong_files),
        cmocka_unit_test(wrong_texts),
        cmocka_unit_test(wrong_headers),
        cmocka_unit_test(wrong_sections),
        cmocka_unit_test(wrong_steps),
        cmocka_unit_test(wrong_branches),
        cmocka_unit_test(there_is_room_for_so_many_steps),
        cmocka_unit_test(cut_and_flipped),
        cmocka_unit_test(what_is_shipped_is_read),
        cmocka_unit_test(nothing_else_is_shipped),
        cmocka_unit_test(another_agency_writes_its_own),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
