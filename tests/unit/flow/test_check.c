/* Each fault planted in a procedure that has none: it is found, at its step, and nothing
 * else but what follows of it. */
#include "flow/finding.h"
#include "lib/sops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char shipped[] = "pkcs11/flow/sop", ours[] = "tests/unit/flow/sop";

enum base { CHANGE, REVOKE, ISSUE, KAPUAS, KEBUMEN, MAMUJU, CIAMIS, PEKALONGAN };
static const struct {
    const char *folder, *name, *remarks; /* what is found in it as it is */
} bases[] = {
    [CHANGE] = {ours, "change", ""},
    [REVOKE] = {ours, "revoke", ""},
    [ISSUE] = {ours, "issue", ""},
    [KAPUAS] = {shipped, "kapuas-2026", ""},
    [KEBUMEN] = {shipped, "kebumen-2021", ""},
    [MAMUJU] = {shipped, "mamuju-2024", ""},
    [CIAMIS] = {shipped, "ciamis-2024", ""},
    [PEKALONGAN] = {shipped, "pekalongan-perubahan-data", "effective_missing"},
};

static const struct row {
    const char *rule, *step; /* step NULL: the procedure as a whole */
    enum base base;
    const char *old, *by;
    const char *also; /* what follows of necessity */
} rows[] = {
    {"step_unreachable", "ubah-data", KAPUAS, "wrong, to: ubah-data", "wrong, to: permohonan",
     "minutes_differ"},
    {"dead_end", "revoke", CHANGE, "    calls: {procedure: revoke, reason: identity-changed}\n",
     "    next: revoke\n", "total_endless"},
    {"dead_end", "kirim", KAPUAS, "    text: {id: Selesai, en: End}\n",
     "    text: {id: Selesai, en: End}\n    next: kirim\n", "total_endless"},
    {"dead_end", "write", ISSUE, "    does: [write, prove]\n",
     "    does: [write, prove]\n"
     "    branches: [{when: {called: \"yes\"}, to: end}, {when: {called: \"no\"}, to: write}]\n",
     ""},
    {"circle_without_person", "execute", REVOKE,
     "    act: notify\n    text: {id: Memberi tahu, en: Tells}\n    notices: [{to: pemohon, "
     "message: revoked}]\n",
     "    act: close\n    text: {id: Selesai, en: Ends}\n    branches: [{when: {certificate: "
     "revoked}, to: end}, {to: execute}]\n",
     ""},

    {"reject_missing", "verify", CHANGE, "    reject: {text: {id: Ditolak, en: Rejected}}\n", "",
     ""},
    {"reject_missing", "tindak-lanjut", MAMUJU,
     "    output: {id: Disposisi, en: Disposition}\n    reject: {added: true}\n  - id: catat",
     "    output: {id: Disposisi, en: Disposition}\n  - id: catat", ""},
    {"reject_missing", "approve", REVOKE, "    reject: {to: end}\n", "", "reject_nowhere"},
    {"reject_idle", "told", CHANGE, "    text: {id: Menerima kabar, en: Is told}\n",
     "    text: {id: Menerima kabar, en: Is told}\n    reject: {}\n", ""},
    {"reject_nowhere", "verifikasi", KAPUAS, "return_to: periksa\n", "", ""},
    {"reject_forward", "verifikasi", KAPUAS, "return_to: periksa", "return_to: selesai", ""},
    {"reject_forward", "approve", CHANGE, "reject: {to: ask}", "reject: {to: told}", ""},
    {"reject_to_other", "setuju", KAPUAS, "return_to: periksa", "return_to: verifikasi", ""},

    {"actor_right", "ask", ISSUE, "actor: pemohon\n    act: apply", "actor: op\n    act: apply",
     ""},
    {"actor_right", "write", ISSUE, "actor: pemohon\n    act: token\n    text: {id: Menulis",
     "actor: pendamping\n    act: token\n    text: {id: Menulis", "deed_right"},
    {"own_decision", "approve", ISSUE, "actor: op", "actor: pemohon", ""},
    {"onlooker_decides", "approve", ISSUE, "actor: op", "actor: auditor", ""},
    {"onlooker_decides", "approve", ISSUE, "actor: op", "actor: pendamping", ""},
    {"actor_right", "perbarui", MAMUJU, "id: perbarui\n    actor: verifikator",
     "id: perbarui\n    actor: admin-helpdesk", "deed_right"},
    {"deed_right", "setuju", KAPUAS, "does: [issue]", "does: [issue, key-new]", ""},

    {"deed_missing", "passphrase", ISSUE, "    calls: {procedure: passphrase}\n", "", ""},
    {"deed_missing", "bukti-lama", KAPUAS, "    does: [prove-old]\n", "", ""},
    {"call_missing", "ubah-data", KAPUAS, "    calls: {procedure: perubahan-data}\n", "", ""},
    {"notice_missing", "kabari", PEKALONGAN,
     "    notices: [{to: pemohon, message: data-changed}]\n", "", ""},
    {"rule_without_data", "kirim", KAPUAS, "    fields: [nik, nip, name, email]\n", "", ""},
    {"rule_without_data", "permohonan", KEBUMEN, "    documents: [surat-rekomendasi]\n", "", ""},

    {"deed_early", "keys", ISSUE, "[key-new, csr-new]", "[csr-new, key-new]", ""},
    {"deed_early", "issue", ISSUE, "[key-new, csr-new]", "[key-new]", ""},
    {"deed_early", "terbit", CIAMIS, "[pin-set, key-new, csr-new]", "[pin-set, key-new]", ""},
    {"deed_early", "issue", ISSUE, "- {to: keys}", "- {to: submit}", ""},
    {"deed_early", "write", ISSUE, "[write, prove]", "[prove, write]", ""},
    {"deed_early", "submit", ISSUE, "    text: {id: Mengajukan, en: Submits}\n",
     "    text: {id: Mengajukan, en: Submits}\n    does: [write]\n", ""},
    {"executed_unapproved", "issue", ISSUE, "active}, to: approve", "active}, to: issue", ""},
    {"executed_unapproved", "execute", REVOKE, "actor: op\n    act: approve",
     "actor: kabid\n    act: follow-up", "notice_stranger"},
    {"end_without_deed", "begin", REVOKE, "called: \"yes\"}, to: submit",
     "called: \"yes\"}, to: end", ""},
    {"end_without_deed", "write", ISSUE, "    does: [issue]\n", "", "deed_early deed_missing"},
    {"issued_unwritten", "write", ISSUE, "[write, prove]", "[write]", ""},
    {"issued_unwritten", "issue", ISSUE, "    does: [issue]\n",
     "    does: [issue]\n    branches: [{outcome: card, to: write}, {outcome: none, to: end}]\n",
     ""},
    {"issued_unwritten", "terima", KEBUMEN, "    does: [write, prove, retire]\n", "",
     "old_unretired"},
    {"issued_unwritten", "tulis", MAMUJU, "[write, prove, retire]", "[write]", "old_unretired"},
    {"old_unretired", "tulis", MAMUJU, "[write, prove, retire]", "[write, prove]", ""},
    {"data_change_alive", "told", CHANGE, "revoked, superseded]", "revoked, superseded, suspended]",
     ""},
    {"data_change_alive", "told", CHANGE,
     "    calls: {procedure: revoke, reason: identity-changed}\n", "", ""},
    {"revocation_reason", "execute", REVOKE, "    fields: [reason]\n", "", ""},
    {"revocation_approval", "execute", REVOKE, "    documents: [persetujuan-atasan]\n", "", ""},
    {"revocation_reason", "execute", REVOKE, "- {when: {called: \"yes\"}, to: submit}",
     "- {when: {called: \"yes\", data: same}, to: submit}\n"
     "      - {when: {called: \"yes\", data: changed}, to: approve}\n"
     "      - {when: {called: \"no\", data: changed}, to: submit}",
     "revocation_approval branch_overlap"},

    {"call_unknown", "revoke", CHANGE, "procedure: revoke", "procedure: pencabutan", ""},
    {"call_kind", "passphrase", ISSUE, "procedure: passphrase", "procedure: revoke", ""},
    {"call_circle", "passphrase", ISSUE, "procedure: passphrase", "procedure: issue", "call_kind"},

    {"minutes_differ", NULL, KAPUAS, "    minutes: 0.3\n", "    minutes: 3\n", ""},
    {"minutes_differ", NULL, MAMUJU, "    minutes: 20\n", "    minutes: 25\n", ""},
    {"minutes_differ", NULL, KAPUAS, "{minutes: 31.3", "{minutes: 31", ""},
    {"minutes_missing", "kirim", KAPUAS, "    minutes: 0.3\n", "", "minutes_differ"},
    {"total_step", NULL, KAPUAS, "{periksa: wrong}", "{cek: wrong}", ""},
    {"total_outcome", "periksa", KAPUAS, "{periksa: wrong}", "{periksa: salah}", ""},
    {"total_open", "periksa", KAPUAS, "{periksa: wrong}", "{}", ""},
    {"total_endless", "look", CHANGE, "    minutes: 7\n", "    minutes: 7\n    next: look\n", ""},
    {"total_unused", "look", CHANGE, "{verify: reject}", "{verify: reject, look: none}", ""},

    {"reminder_late", NULL, KAPUAS, "remind_at: 80", "remind_at: 100", ""},
    {"service_without_minutes", NULL, ISSUE, "return_to: ask",
     "return_to: ask\nservice: {remind_at: 50}", ""},
    {"expires_early", NULL, ISSUE, "    does: [write, prove]\n",
     "    does: [write, prove]\n    minutes: 1441\nservice: {expires_days: 1}\n", ""},
    {"escalation_stranger", NULL, CHANGE, "escalate_to: op", "escalate_to: kabid", ""},

    {"branch_undecided", "submit", ISSUE,
     "{when: {account: active}, to: approve}\n      - {when: {account: none}, to: register}",
     "{to: approve}\n      - {to: register}", ""},
    {"branch_shadowed", "ask", ISSUE,
     "{when: {token: [none, blank, locked]}, to: passphrase}\n      - {to: keys}",
     "{to: keys}\n      - {when: {token: [none, blank, locked]}, to: passphrase}", ""},
    {"branch_shadowed", "periksa", KAPUAS, "{outcome: wrong, to", "{outcome: right, to",
     "total_outcome total_open"},
    {"branch_overlap", "ask", ISSUE, "{to: keys}", "{when: {token: [locked, ready]}, to: keys}",
     ""},
    {"facts_uncovered", "look", CHANGE, "[active, expiring, suspended]", "[active, expiring]", ""},
    {"facts_uncovered", "cabut", PEKALONGAN,
     "    calls: {procedure: pencabutan, reason: identity-changed}\n", "", ""},
    {"facts_uncovered", "submit", ISSUE, "{when: {account: active}, to: approve}",
     "{when: {account: active, data: same}, to: approve}", ""},

    {"other_self", "approve", CHANGE, "other_than: [verify]", "other_than: [approve]", ""},
    {"other_never_before", "approve", CHANGE, "other_than: [verify]", "other_than: [told]", ""},
    {"other_needless", "approve", CHANGE, "other_than: [verify]", "other_than: [ask]", ""},

    {"lane_missing", "verify", CHANGE, ", {role: verifikator}]", "]", ""},
    {"lane_empty", NULL, CHANGE, "{role: op},", "{role: op}, {role: kabid},", ""},
    {"lane_twice", NULL, CHANGE, "{role: op},", "{role: op}, {role: op},", ""},
    {"notice_stranger", "submit", REVOKE, "{to: op, message", "{to: kabid, message", ""},

    {"dates_disordered", NULL, REVOKE, "effective: 2026", "effective: 2025", ""},
    {"dates_disordered", NULL, CHANGE, "revised: 2026", "revised: 2025", "revision_newer"},
    {"revision_newer", NULL, CHANGE, "revised: 2026-02-02", "revised: 2026-02-01", ""},
    {"effective_missing", NULL, REVOKE, ", effective: 2026-02-02", "", ""},
    {"english_missing", "approve", REVOKE, "{id: Menyetujui, en: Approves}", "Menyetujui", ""},
    {"document_unused", NULL, CHANGE, "data, berita-acara]", "data]", ""},
};

static struct kunci_sop_book *book, *paper; /* ours, and what is shipped */

static struct kunci_sop_findings check(const struct kunci_sop *sop,
                                       const struct kunci_sop_book *beside)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_findings found;

    assert_int_equal(kunci_sop_check(sop, beside, &found, &err), KUNCI_OK);
    return found;
}

static void print(const char *name, const struct kunci_sop_findings *found)
{
    size_t i;

    for (i = 0; i < found->count; i++)
        printf("# %s: %s at %s: %s\n", name, found->items[i].rule,
               found->items[i].step ? found->items[i].step : "-", found->items[i].sentence);
}

/* ---- what has no faults ---- */

static void none_is_found(void **state)
{
    static const char *const folders[] = {shipped, ours};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(folders); i++) {
        struct kunci_sop_book *beside = sops_book(folders[i]);
        size_t k, faults = 0;

        for (k = 0; k < kunci_sop_book_count(beside); k++) {
            const struct kunci_sop *sop = kunci_sop_at(beside, k);
            struct kunci_sop_findings found = check(sop, beside);

            faults += found.faults;
            print(kunci_sop_name(sop), &found);
            if (folders[i] == ours)
                assert_int_equal(found.count, 0);
            kunci_sop_findings_clear(&found);
        }
        assert_int_equal(faults, 0);
        kunci_sop_book_free(&beside);
    }
}

/* ---- what has one ---- */

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_listed(const char *rule, const char *list)
{
    const char *at = list;
    size_t len = strlen(rule);

    while ((at = strstr(at, rule))) {
        if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
        at += len;
    }
    return false;
}

static bool is_as_planted(const struct row *row, const struct kunci_sop_findings *found)
{
    bool is_found = false, only = true;
    size_t i;

    for (i = 0; i < found->count; i++) {
        const struct kunci_sop_finding *one = &found->items[i];

        if (same(one->rule, row->rule))
            is_found |= same(one->step, row->step);
        else
            only &=
                is_listed(one->rule, row->also) || is_listed(one->rule, bases[row->base].remarks);
        only &= !strpbrk(one->sentence, "{}") && *one->next && !*one->number == !one->step;
    }
    return is_found && only;
}

static bool try_row(const struct row *row)
{
    const char *folder = bases[row->base].folder, *name = bases[row->base].name;
    char *text = sops_text(folder, name);
    char *changed = sops_replaced(text, row->old, row->by);
    struct kunci_sop *sop = sops_read(name, changed);
    struct kunci_sop_findings found = check(sop, folder == ours ? book : paper);
    bool planted = is_as_planted(row, &found);

    if (!planted) {
        printf("# row %d, %s\n", (int)(row - rows), row->rule);
        print(name, &found);
    }
    kunci_sop_findings_clear(&found);
    kunci_sop_free(&sop);
    free(changed);
    free(text);
    return planted;
}

static void each_is_found(void **state)
{
    int missed = 0;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
        missed += !try_row(&rows[i]);
    assert_int_equal(missed, 0);
}

static void every_finding_has_a_row(void **state)
{
    static const char *const names[] = {
#define FINDING(id, name, level, sentence, next) name,
#include "flow/finding_table.h"
#undef FINDING
    };
    size_t i, k;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        for (k = 0; k < COUNT(rows); k++)
            if (same(rows[k].rule, names[i]))
                break;
        if (k == COUNT(rows))
            fail_msg("no row plants %s", names[i]);
    }
}

/* ---- beside the rows ---- */

/* The one that is called is what calls back, two procedures further on. */
static void circles_of_several_are_found(void **state)
{
    static const char *const calls[][2] = {{"a", "b"}, {"b", "c"}, {"c", "a"}};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_book *beside;
    struct kunci_sop_findings found;
    char text[256];
    size_t i;

    (void)state;
    assert_int_equal(kunci_sop_book_new(&beside, &err), KUNCI_OK);
    for (i = 0; i < COUNT(calls); i++) {
        struct kunci_sop *sop;

        snprintf(text, sizeof text,
                 "{version: '1', kind: issuance, title: T, header: {effective: 2026-01-01},\n"
                 "steps: [{id: s, actor: pemohon, act: apply, text: S,\n"
                 "  calls: {procedure: %s}}]}\n",
                 calls[i][1]);
        sop = sops_read(calls[i][0], text);
        assert_int_equal(kunci_sop_book_add(beside, &sop, &err), KUNCI_OK);
    }
    for (i = 0; i < COUNT(calls); i++) {
        found = check(kunci_sop_at(beside, i), beside);
        assert_int_equal(found.count, 1);
        assert_string_equal(found.items[0].rule, "call_circle");
        kunci_sop_findings_clear(&found);
    }
    kunci_sop_book_free(&beside);
}

/* Without a book nothing is held against what is called. */
static void calls_need_a_book(void **state)
{
    char *text = sops_text(ours, "change");
    struct kunci_sop *sop = sops_read("change", text);
    struct kunci_sop_findings found = check(sop, NULL);

    (void)state;
    assert_int_equal(found.count, 0);
    kunci_sop_free(&sop);
    free(text);
}

/* A word of the file is not taken for a place to be filled in. */
static void sentences_are_filled_in_once(void **state)
{
    char *text = sops_text(ours, "change");
    char *changed = sops_replaced(text, "procedure: revoke", "procedure: \"re{detail}voke\"");
    struct kunci_sop *sop = sops_read("change", changed);
    struct kunci_sop_findings found = check(sop, book);

    (void)state;
    assert_int_equal(found.count, 1);
    assert_true(found.items[0].is_fault);
    assert_string_equal(found.items[0].number, "5");
    assert_string_equal(found.items[0].sentence, "There is no procedure \"re{detail}voke\".");
    kunci_sop_findings_clear(&found);
    kunci_sop_free(&sop);
    free(changed);
    free(text);
}

static int set_up(void **state)
{
    (void)state;
    book = sops_book(ours);
    paper = sops_book(shipped);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kunci_sop_book_free(&book);
    kunci_sop_book_free(&paper);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_found),           cmocka_unit_test(each_is_found),
        cmocka_unit_test(every_finding_has_a_row), cmocka_unit_test(circles_of_several_are_found),
        cmocka_unit_test(calls_need_a_book),       cmocka_unit_test(sentences_are_filled_in_once),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
