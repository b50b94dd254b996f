/* What the engine refuses, and how; clocks; deeds that fail halfway. */
#include "lib/procedures.h"

#include <kunci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Small, and has everything that can be refused. */
static const char small[] =
    "version: '1'\n"
    "kind: issuance\n"
    "title: Kecil\n"
    "documents: {surat-tugas: Surat Tugas}\n"
    "service: {remind_at: 50, escalate_at: 200, escalate_to: kabid,"
    " expires_days: 10}\n"
    "return_to: minta\n"
    "steps:\n"
    "- {id: minta, actor: pemohon, act: submit, text: Minta, minutes: 60,\n"
    "   documents: [surat-tugas], fields: [name], does: [key-new, csr-new]}\n"
    "- {id: periksa, actor: verifikator, act: verify, text: Periksa,\n"
    "   minutes: 60, reject: {}}\n"
    "- id: setuju\n"
    "  actor: op\n"
    "  act: approve\n"
    "  text: Setuju\n"
    "  minutes: 60\n"
    "  other_than: [periksa]\n"
    "  does: [issue]\n"
    "  reject: {to: minta}\n"
    "  branches:\n"
    "  - {outcome: ya, when: {account: active}, to: tulis}\n"
    "  - {outcome: nanti, to: periksa}\n"
    "- {id: tulis, actor: pemohon, act: token, text: Tulis, does: [write]}\n";

static struct kunci_sop *read_text(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;

    assert_int_equal(kunci_sop_read("kecil", text, strlen(text), &sop, &err), KUNCI_OK);
    return sop;
}

/* A request in a world, and the error of what was tried last. */
struct trial {
    struct kunci_sop *sop;
    struct world world;
    struct kunci_request *request;
    struct kunci_err err;
};

static void begin(struct trial *trial, const char *text)
{
    *trial = (struct trial){.sop = read_text(text), .world.now = 1790000000}; /* a Monday */
    trial->request = world_begin(&trial->world, trial->sop);
}

static void end(struct trial *trial)
{
    kunci_request_free(&trial->request);
    kunci_sop_free(&trial->sop);
}

static enum kunci_rc try(struct trial *trial, const struct kunci_flow_event *event)
{
    const struct kunci_flow_port port = world_port(&trial->world);

    trial->err = (struct kunci_err)KUNCI_ERR_INIT;
    return kunci_flow_apply(trial->request, event, &port, &trial->err);
}

static struct kunci_flow_event event_by(enum role role, enum kunci_flow_verb verb)
{
    return (struct kunci_flow_event){.verb = verb, .actor = actor_of(role)};
}

static enum kunci_rc do_by(struct trial *trial, enum role role, const char *outcome)
{
    struct kunci_flow_event event = event_by(role, KUNCI_FLOW_DO);

    event.outcome = outcome;
    return try(trial, &event);
}

static void stands_at(const struct trial *trial, const char *step, const char *state)
{
    struct kunci_request_view view;

    kunci_request_look(trial->request, trial->world.now, &view);
    assert_string_equal(view.state, state);
    if (step)
        assert_string_equal(view.step, step);
    else
        assert_null(view.step);
}

/* Up to the operator's step. */
static void come_to_approval(struct trial *trial)
{
    begin(trial, small);
    world_gather(&trial->world, trial->request);
    assert_int_equal(do_by(trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    assert_int_equal(do_by(trial, ROLE_VERIFIKATOR, NULL), KUNCI_OK);
    stands_at(trial, "setuju", "verifying");
}

/* ---- rows, documents, conditions ---- */

static void asks_for_documents_and_data(void **state)
{
    struct trial trial;
    struct kunci_flow_event attach = event_by(ROLE_PEMOHON, KUNCI_FLOW_ATTACH);
    struct kunci_flow_event fill = event_by(ROLE_PEMOHON, KUNCI_FLOW_FILL);

    (void)state;
    begin(&trial, small);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_DOCUMENT_MISSING);
    assert_string_equal(trial.err.detail, "surat-tugas");
    attach.name = "surat-cinta";
    assert_int_equal(try(&trial, &attach), KUNCI_FLOW_DOCUMENT_MISSING);
    attach.name = "surat-tugas";
    assert_int_equal(try(&trial, &attach), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_FIELD_MISSING);
    assert_string_equal(trial.err.detail, "name");
    fill.name = "name";
    fill.value = "";
    assert_int_equal(try(&trial, &fill), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_FIELD_MISSING);
    fill.value = "Budi";
    assert_int_equal(try(&trial, &fill), KUNCI_OK);
    assert_int_equal(trial.world.deeds[DEED_KEY_NEW], 0);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    stands_at(&trial, "periksa", "verifying");
    end(&trial);
}

static void goes_only_where_a_row_leads(void **state)
{
    struct trial trial;
    struct kunci_flow_event stale = event_by(ROLE_OP, KUNCI_FLOW_DO);

    (void)state;
    come_to_approval(&trial);
    assert_int_equal(do_by(&trial, ROLE_OP, "lain"), KUNCI_FLOW_NOT_POSSIBLE);
    assert_string_equal(trial.err.detail, "do ya, do nanti, reject, withdraw");
    assert_int_equal(do_by(&trial, ROLE_OP, "ya"), KUNCI_FLOW_CONDITION);
    stale.step = "periksa";
    assert_int_equal(try(&trial, &stale), KUNCI_FLOW_NOT_POSSIBLE);
    assert_int_equal(trial.world.deeds[DEED_ISSUE], 0);
    trial.world.fact[FACT_ACCOUNT] = 1;
    assert_int_equal(do_by(&trial, ROLE_OP, "ya"), KUNCI_OK);
    stands_at(&trial, "tulis", "executed");
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    stands_at(&trial, NULL, "closed");
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_OVER);
    end(&trial);
}

static const char with_rules[] = "version: '1'\n"
                                 "kind: renewal\n"
                                 "title: Aturan\n"
                                 "steps:\n"
                                 "- {id: minta, actor: pemohon, act: submit, text: Minta,\n"
                                 "   rules: [identity, letter]}\n";

static enum kunci_rc fill(struct trial *trial, enum kunci_flow_data data, const char *name,
                          const char *value)
{
    struct kunci_flow_event event = event_by(ROLE_PEMOHON, KUNCI_FLOW_FILL);

    event.data = data;
    event.name = name;
    event.value = value;
    return try(trial, &event);
}

static void compares_letter_and_card(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial, with_rules);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_FIELD_MISSING);
    assert_string_equal(trial.err.detail, "card nik");
    assert_int_equal(fill(&trial, KUNCI_FLOW_PERSON, "email", "budi@lain.go.id"), KUNCI_OK);
    assert_int_equal(fill(&trial, KUNCI_FLOW_CARD, "nik", "9901011708850001"), KUNCI_OK);
    assert_int_equal(fill(&trial, KUNCI_FLOW_CARD, "name", "BUDI SANTOSO"), KUNCI_OK);
    assert_int_equal(fill(&trial, KUNCI_FLOW_LETTER, "nik", "9901011708850002"), KUNCI_OK);
    assert_int_equal(fill(&trial, KUNCI_FLOW_LETTER, "name", "Budi Santosa, S.Kom."), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_RULE); /* the domain */
    assert_non_null(strstr(trial.err.detail, "budi@lain.go.id"));
    assert_int_equal(fill(&trial, KUNCI_FLOW_PERSON, "email", "budi@contoh.go.id"), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_RULE);
    assert_non_null(strstr(trial.err.detail, "9901011708850002\", \"9901011708850001"));
    assert_non_null(strstr(trial.err.detail, "Budi Santosa"));
    assert_int_equal(fill(&trial, KUNCI_FLOW_LETTER, "nik", "9901011708850001"), KUNCI_OK);
    assert_int_equal(fill(&trial, KUNCI_FLOW_LETTER, "name", "Budi Santoso, S.Kom."), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    end(&trial);
}

static void knows_what_reasons_are_called(void **state)
{
    static const struct {
        const char *reason;
        int reissued, alone;
    } cases[] = {
        {"identity-changed", 3, 3}, {"transferred", 3, 3}, {"lost", 1, 1},
        {"misused", 1, 1},          {"renewed", 4, 4},     {"passphrase-forgotten", 4, 5},
        {"retired", 5, 5},          {"died", 5, 5},        {"post-ended", 9, 9},
        {"suspended", 6, 6},        {"bored", -1, -1},     {"", -1, -1},
    };
    struct trial trial;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(kunci_flow_crl_reason(cases[i].reason, true), cases[i].reissued);
        assert_int_equal(kunci_flow_crl_reason(cases[i].reason, false), cases[i].alone);
    }
    begin(&trial, "version: '1'\nkind: revocation\ntitle: Cabut\nsteps:\n"
                  "- {id: minta, actor: pemohon, act: submit, text: Minta, fields: [reason]}\n");
    assert_int_equal(fill(&trial, KUNCI_FLOW_PERSON, "reason", "bored"), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_RULE);
    assert_int_equal(fill(&trial, KUNCI_FLOW_PERSON, "reason", "lost"), KUNCI_OK);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    end(&trial);
}

static void keeps_versions_apart(void **state)
{
    static const char text[] = "version: '%c'\nkind: renewal\ntitle: Versi\n"
                               "header: {effective: 202%c-01-01}\nsteps:\n"
                               "- {id: satu, actor: pemohon, act: login, text: Satu}\n";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_book *book;
    struct kunci_sop *sop;
    char made[sizeof text];
    int i;

    (void)state;
    assert_int_equal(kunci_sop_book_new(&book, &err), KUNCI_OK);
    for (i = 0; i < 4; i++) { /* the newest first, and one of them twice */
        snprintf(made, sizeof made, text, "3213"[i], "6546"[i]);
        sop = read_text(made);
        assert_int_equal(kunci_sop_book_add(book, &sop, &err), i < 3 ? KUNCI_OK : KUNCI_SOP_TWICE);
        kunci_sop_free(&sop);
    }
    assert_int_equal(kunci_sop_book_count(book), 3);
    assert_string_equal(kunci_sop_version(kunci_sop_at(book, 0)), "1");
    assert_string_equal(kunci_sop_version(kunci_sop_find(book, "kecil", NULL, NULL)), "3");
    assert_string_equal(kunci_sop_version(kunci_sop_find(book, "kecil", NULL, "2025-06-01")), "2");
    assert_string_equal(kunci_sop_version(kunci_sop_find(book, "kecil", "1", "2025-06-01")), "1");
    assert_null(kunci_sop_find(book, "kecil", NULL, "2023-12-31"));
    assert_null(kunci_sop_find(book, "besar", NULL, NULL));
    kunci_sop_book_free(&book);
}

/* ---- people ---- */

static void knows_who_may(void **state)
{
    static const struct {
        struct kunci_flow_grant grant;
        const char *person;
        enum kunci_rc want;
    } cases[] = {
        {{"op", "contoh", NULL, 0, 0}, "siti", KUNCI_OK},
        {{"op", "contoh/dinas", NULL, 0, 0}, "siti", KUNCI_OK},
        {{"op", "contoh/din", NULL, 0, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"op", "contoh/dinas/bidang", NULL, 0, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"op", "lain", NULL, 0, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"ca", "", NULL, 0, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"auditor", "", NULL, 0, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"op", "", NULL, 1790000001, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"op", "", NULL, 0, 1790000000}, "siti", KUNCI_FLOW_NO_RIGHT},
        {{"op", "", NULL, 0, 1790000001}, "siti", KUNCI_OK},
        {{"op", "", "agus", 0, 0}, "siti", KUNCI_OK},                    /* in his place */
        {{"op", "", "verifikator", 0, 0}, "siti", KUNCI_FLOW_FOUR_EYES}, /* who verified */
        {{"op", "", NULL, 0, 0}, "verifikator", KUNCI_FLOW_FOUR_EYES},
        {{"op", "", NULL, 0, 0}, "budi", KUNCI_FLOW_NO_RIGHT}, /* his own request */
        {{"op", "", "budi", 0, 0}, "siti", KUNCI_FLOW_NO_RIGHT},
    };
    struct trial trial;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_flow_event event = {.verb = KUNCI_FLOW_DO,
                                         .outcome = "nanti",
                                         .actor = {cases[i].person, &cases[i].grant, 1}};

        come_to_approval(&trial);
        if (try(&trial, &event) != cases[i].want)
            fail_msg("case %zu: %s", i, kunci_err_name(trial.err.rc));
        end(&trial);
    }
}

static void lets_the_applicant_alone_withdraw(void **state)
{
    struct kunci_flow_event withdraw = event_by(ROLE_OP, KUNCI_FLOW_WITHDRAW);
    struct trial trial;

    (void)state;
    come_to_approval(&trial);
    assert_int_equal(try(&trial, &withdraw), KUNCI_FLOW_NO_RIGHT);
    withdraw.actor.person = NULL;
    assert_int_equal(try(&trial, &withdraw), KUNCI_FLOW_NO_RIGHT);
    withdraw.verb = KUNCI_FLOW_DO;
    assert_int_equal(try(&trial, &withdraw), KUNCI_FLOW_NO_RIGHT);
    withdraw.verb = KUNCI_FLOW_WITHDRAW;
    withdraw.actor = actor_of(ROLE_PEMOHON);
    assert_int_equal(try(&trial, &withdraw), KUNCI_OK);
    stands_at(&trial, NULL, "withdrawn");
    assert_string_equal(trial.world.last_message, "pemohon withdrawn");
    end(&trial);
}

static void rejects_with_a_reason(void **state)
{
    struct kunci_flow_event reject = event_by(ROLE_OP, KUNCI_FLOW_REJECT);
    struct trial trial;

    (void)state;
    come_to_approval(&trial);
    assert_int_equal(try(&trial, &reject), KUNCI_FLOW_REASON_MISSING);
    reject.reason = "";
    assert_int_equal(try(&trial, &reject), KUNCI_FLOW_REASON_MISSING);
    reject.reason = "The letter is not signed.";
    assert_int_equal(try(&trial, &reject), KUNCI_OK);
    stands_at(&trial, "minta", "draft");
    assert_string_equal(trial.world.last_message, "pemohon rejected");
    /* The document is still there, the key is not made twice, and the round is a new one:
     * who verified before may approve now. */
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    assert_int_equal(trial.world.deeds[DEED_KEY_NEW], 1);
    assert_int_equal(trial.request->doers[1].person, NULL);
    end(&trial);
}

/* ---- deeds ---- */

static void remembers_what_was_done_before_a_deed_failed(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial, small);
    world_gather(&trial.world, trial.request);
    trial.world.fails = true;
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_TOKEN_REMOVED);
    stands_at(&trial, "minta", "draft");
    trial.request->deeds |= 1u << DEED_KEY_NEW; /* as if the second had been the one */
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    assert_int_equal(trial.world.deeds[DEED_KEY_NEW], 0);
    assert_int_equal(trial.world.deeds[DEED_CSR_NEW], 1);
    end(&trial);
}

/* ---- clocks ---- */

static void tick(struct trial *trial, int64_t seconds, const char *last)
{
    const struct kunci_flow_port port = world_port(&trial->world);
    struct kunci_err err = KUNCI_ERR_INIT;

    trial->world.now += seconds;
    trial->world.last_message[0] = '\0';
    assert_int_equal(kunci_flow_tick(trial->request, &port, &err), KUNCI_OK);
    assert_string_equal(trial->world.last_message, last);
}

static void reminds_once_and_escalates(void **state)
{
    struct trial trial;

    (void)state;
    come_to_approval(&trial);
    tick(&trial, 1799, "");
    tick(&trial, 1, "op reminded");
    tick(&trial, 600, "");
    tick(&trial, 1200, "op overdue");
    tick(&trial, 3600, "kabid escalated");
    tick(&trial, 86400, "");
    tick(&trial, 9 * 86400, "pemohon timed-out");
    stands_at(&trial, NULL, "timed-out");
    tick(&trial, 86400, "");
    end(&trial);
}

static void waits_for_an_answer_without_its_clock(void **state)
{
    struct kunci_flow_event ask = event_by(ROLE_OP, KUNCI_FLOW_ASK);
    struct kunci_flow_event answer = event_by(ROLE_KABID, KUNCI_FLOW_ANSWER);
    struct kunci_request_view view;
    struct trial trial;

    (void)state;
    come_to_approval(&trial);
    trial.world.now += 600;
    ask.name = "sistem";
    assert_int_equal(try(&trial, &ask), KUNCI_FLOW_NOT_POSSIBLE);
    ask.name = "pemohon";
    assert_int_equal(try(&trial, &ask), KUNCI_OK);
    trial.world.now += 100000;
    kunci_request_look(trial.request, trial.world.now, &view);
    assert_int_equal(view.used, 600);
    assert_true(view.paused);
    assert_string_equal(view.waits_for, "pemohon");
    assert_int_equal(try(&trial, &answer), KUNCI_FLOW_NO_RIGHT);
    answer.actor = actor_of(ROLE_PEMOHON);
    assert_int_equal(try(&trial, &answer), KUNCI_OK);
    trial.world.now += 60;
    kunci_request_look(trial.request, trial.world.now, &view);
    assert_int_equal(view.used, 660);
    assert_int_equal(try(&trial, &answer), KUNCI_FLOW_NO_RIGHT);
    end(&trial);
}

static void counts_working_hours(void **state)
{
    /* Monday to Friday 07:30 to 16:00 in Jakarta; 2026-09-23 is a holiday. */
    int64_t holidays[] = {20719};
    const struct hours hours = {.utc_offset = 25200,
                                .days = 0x1f,
                                .from = 27000,
                                .to = 57600,
                                .holidays = holidays,
                                .holiday_count = 1};
    enum { HOUR = 3600, DAY = 24 * HOUR, WHOLE = 30600 }; /* eight and a half hours */
    static const struct {
        int64_t from, to, want; /* from Monday 2026-09-21 00:00 in Jakarta */
    } cases[] = {
        {8 * HOUR, 9 * HOUR, HOUR},
        {0, DAY, WHOLE},
        {8 * HOUR, DAY + 8 * HOUR, WHOLE},
        {16 * HOUR, DAY + 7 * HOUR, 0},
        {15 * HOUR, 2 * DAY + 12 * HOUR, HOUR + WHOLE}, /* the third day is the holiday */
        {2 * DAY, 3 * DAY, 0},
        {5 * DAY, 7 * DAY, 0},
        {0, 7 * DAY, 4 * WHOLE},
        {9 * HOUR, 8 * HOUR, 0},
    };
    const int64_t monday = 1789923600;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(hours_between(&hours, monday + cases[i].from, monday + cases[i].to),
                         cases[i].want);
}

/* ---- calls ---- */

static const char calling[] = "version: '1'\n"
                              "kind: data-change\n"
                              "title: Memanggil\n"
                              "steps:\n"
                              "- {id: cabut, actor: pemohon, act: apply, text: Cabut,\n"
                              "   calls: {procedure: pencabutan, reason: identity-changed}}\n";

static void waits_for_what_it_called(void **state)
{
    struct kunci_flow_event back = event_by(ROLE_SISTEM, KUNCI_FLOW_RETURN);
    struct trial trial;

    (void)state;
    begin(&trial, calling);
    trial.world.fact[FACT_CERTIFICATE] = CERTIFICATE_ACTIVE;
    assert_int_equal(try(&trial, &back), KUNCI_FLOW_NOT_POSSIBLE);
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    assert_string_equal(trial.world.last_call, "pencabutan identity-changed");
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_FLOW_WAITING);
    back.outcome = "rejected";
    assert_int_equal(try(&trial, &back), KUNCI_OK);
    stands_at(&trial, "cabut", "draft");
    assert_int_equal(do_by(&trial, ROLE_PEMOHON, NULL), KUNCI_OK);
    back.outcome = "closed";
    /* Whoever says so: the certificate is still alive. */
    assert_int_equal(try(&trial, &back), KUNCI_FLOW_CONDITION);
    trial.world.fact[FACT_CERTIFICATE] = CERTIFICATE_REVOKED;
    assert_int_equal(try(&trial, &back), KUNCI_OK);
    stands_at(&trial, NULL, "closed");
    end(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_documents_and_data),
        cmocka_unit_test(goes_only_where_a_row_leads),
        cmocka_unit_test(compares_letter_and_card),
        cmocka_unit_test(knows_what_reasons_are_called),
        cmocka_unit_test(keeps_versions_apart),
        cmocka_unit_test(knows_who_may),
        cmocka_unit_test(lets_the_applicant_alone_withdraw),
        cmocka_unit_test(rejects_with_a_reason),
        cmocka_unit_test(remembers_what_was_done_before_a_deed_failed),
        cmocka_unit_test(reminds_once_and_escalates),
        cmocka_unit_test(waits_for_an_answer_without_its_clock),
        cmocka_unit_test(counts_working_hours),
        cmocka_unit_test(waits_for_what_it_called),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
