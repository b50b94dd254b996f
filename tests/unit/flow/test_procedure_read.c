/* Procedures are read: what each member comes to, and that no bytes at all do harm. */
#include "flow/procedure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_comes_to_a_structure),
        cmocka_unit_test(the_header_is_the_papers),
        cmocka_unit_test(working_hours_are_seconds_and_days),
        cmocka_unit_test(a_step_has_all_its_parts),
        cmocka_unit_test(branches_lead_where_they_say),
        cmocka_unit_test(added_steps_get_letters),
        cmocka_unit_test(cut_and_flipped),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
