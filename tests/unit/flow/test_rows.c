/* The five procedures along every branch, row by row as their papers have them: who does
 * each, what the token does there, and how many minutes the paper gives for the way. */
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

/* A row: the paper's number (with a letter: added by us), its actor, the outcome that is
 * said, and behind '+' what is done and '>' what is called. */
struct way {
    const char *procedure, *name;
    enum sop_kind kind;
    int certificate;
    const char *rows[24];
    double minutes; /* of the paper's rows; -1: it states none */
    const char *end;
};

static const struct way ways[] = {
    {"kebumen-2021",
     "without a data change",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"1 pemohon", "2 pemohon", "3 pemohon right", "5 pemohon >penerbitan",
      "6 pemohon +write +prove +retire"},
     20,
     "closed"},
    {"kebumen-2021",
     "with a data change",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"1 pemohon", "2 pemohon", "3 pemohon wrong", "4 pemohon >perubahan-data",
      "5 pemohon >penerbitan", "6 pemohon +write +prove +retire"},
     35,
     "closed"},
    {"mamuju-2024",
     "the paper's way",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"0a pemohon", "1 kepala-dinas", "2 kabid", "3 admin-helpdesk", "4 verifikator",
      "4a pemohon +key-new +csr-new", "4b pemohon +prove-old", "5 verifikator +issue",
      "5a pemohon +write +prove +retire"},
     50,
     "closed"},
    {"mamuju-2024",
     "the certificate has expired",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRED,
     {"0a pemohon", "1 kepala-dinas", "2 kabid", "3 admin-helpdesk", "4 verifikator",
      "4a pemohon +key-new +csr-new", "5 verifikator +issue", "5a pemohon +write +prove +retire"},
     50,
     "closed"},
    {"mamuju-2024",
     "rejected by the verifier",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"0a pemohon", "1 kepala-dinas", "2 kabid", "3 admin-helpdesk", "4 verifikator reject",
      "0a pemohon"},
     -1,
     "submitted"},
    {"ciamis-2024",
     "the whole way",
     SOP_ISSUANCE,
     CERTIFICATE_NONE,
     {"0a pemohon", "1 pemohon", "2 seksi-persandian", "3 op +account-activate", "4 pemohon",
      "5 pemohon +pin-set +key-new +csr-new", "6 op +issue", "6a pemohon +write +prove",
      "7 pemohon"},
     85,
     "closed"},
    {"ciamis-2024",
     "the letter differs from the card",
     SOP_ISSUANCE,
     CERTIFICATE_NONE,
     {"0a pemohon", "1 pemohon", "2 seksi-persandian", "3 op reject", "0a pemohon"},
     -1,
     "draft"},
    {"pekalongan-perubahan-data",
     "holds a certificate",
     SOP_DATA_CHANGE,
     CERTIFICATE_ACTIVE,
     {"1 pemohon", "2 op", "3 op +data-change", "4 op", "5 op holds", "6 pemohon >pencabutan",
      "7 pemohon"},
     21,
     "closed"},
    {"pekalongan-perubahan-data",
     "holds none",
     SOP_DATA_CHANGE,
     CERTIFICATE_NONE,
     {"1 pemohon", "2 op", "3 op +data-change", "4 op", "5 op none", "7 pemohon"},
     14,
     "closed"},
    {"pekalongan-perubahan-data",
     "rejected",
     SOP_DATA_CHANGE,
     CERTIFICATE_NONE,
     {"1 pemohon", "2 op reject", "1 pemohon"},
     10,
     "verifying"},
    {"kapuas-2026",
     "without a data change",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"1 pemohon", "2 pemohon", "3 pemohon right", "5 pemohon +key-new +csr-new",
      "5a pemohon +prove-old", "6 pemohon", "7 op", "8 op +issue",
      "9 pemohon +write +prove +retire"},
     31.3,
     "closed"},
    {"kapuas-2026",
     "with a data change",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"1 pemohon", "2 pemohon", "3 pemohon wrong", "4 pemohon >perubahan-data",
      "5 pemohon +key-new +csr-new", "6 pemohon", "7 op", "8 op +issue",
      "9 pemohon +write +prove +retire"},
     46.3,
     "closed"},
    {"kapuas-2026",
     "rejected",
     SOP_RENEWAL,
     CERTIFICATE_EXPIRING,
     {"1 pemohon", "2 pemohon", "3 pemohon right", "5 pemohon +key-new +csr-new",
      "5a pemohon +prove-old", "6 pemohon", "7 op reject", "3 pemohon right", "5 pemohon",
      "5a pemohon", "6 pemohon", "7 op", "8 op +issue", "9 pemohon +write +prove +retire"},
     -1,
     "closed"},
};

/* ---- one row ---- */

static void check_row(const struct way *way, const char *row, const struct kunci_request *request)
{
    const struct step *step = request_step(request);
    char stands[64], number[16];
    size_t len;

    if (!step)
        fail_msg("%s, %s: over before row %s", way->procedure, way->name, row);
    step_number(step, number);
    len = (size_t)snprintf(stands, sizeof stands, "%s %s", number, role_names[step->actor]);
    if (strncmp(row, stands, len) != 0 || (row[len] != ' ' && row[len] != '\0'))
        fail_msg("%s, %s: row %s, but it stands at %s", way->procedure, way->name, row, stands);
    assert_int_equal(step->added, step->letter != '\0');
}

/* The deeds that the row names, and no others. */
static void check_deeds(const struct way *way, const char *row, const struct world *before,
                        const struct world *world)
{
    char want[512] = "", got[512] = "";
    const char *at;
    unsigned i, n;

    for (at = strchr(row, '+'); at; at = strchr(at + 1, '+'))
        snprintf(want + strlen(want), sizeof want - strlen(want), " %.*s",
                 (int)strcspn(at + 1, " "), at + 1);
    for (i = 0; i < DEEDS; i++)
        for (n = before->deeds[i]; n < world->deeds[i]; n++)
            snprintf(got + strlen(got), sizeof got - strlen(got), " %s", deed_names[i]);
    if (strlen(want) != strlen(got))
        fail_msg("%s, %s: row %s did%s", way->procedure, way->name, row, got);
    for (i = 0; i < DEEDS; i++)
        if (world->deeds[i] > before->deeds[i])
            assert_non_null(strstr(want, deed_names[i]));
}

static void apply(const struct way *way, const char *row, struct world *world,
                  struct kunci_request *request, const struct kunci_flow_event *event)
{
    const struct kunci_flow_port port = world_port(world);
    struct kunci_err err = KUNCI_ERR_INIT;
    char sentence[1024];

    if (kunci_flow_apply(request, event, &port, &err) != KUNCI_OK)
        fail_msg("%s, %s: row %s: %s", way->procedure, way->name, row,
                 kunci_err_sentence(&err, sentence, sizeof sentence));
}

/* What a called procedure would bring about. */
static void end_call(const struct way *way, const char *row, struct world *world,
                     struct kunci_request *request)
{
    const struct kunci_flow_event back = {
        .verb = KUNCI_FLOW_RETURN, .outcome = "closed", .actor = actor_of(ROLE_SISTEM)};
    const char *called = strchr(row, '>') + 1;

    assert_int_equal(strncmp(world->last_call, called, strlen(called)), 0);
    assert_true(request->calling);
    if (strcmp(called, "penerbitan") == 0)
        world->fact[FACT_CERTIFICATE] = CERTIFICATE_ACTIVE;
    else
        world->fact[FACT_CERTIFICATE] = CERTIFICATE_REVOKED;
    apply(way, row, world, request, &back);
}

static void play_row(const struct way *way, const char *row, struct world *world,
                     struct kunci_request *request)
{
    struct kunci_flow_event event = {.verb = KUNCI_FLOW_DO,
                                     .actor = actor_of(request_step(request)->actor)};
    const struct world before = *world;
    char word[32] = "";

    if (sscanf(row, "%*s %*s %31[a-z]", word) == 1)
        event.outcome = word;
    if (strcmp(word, "reject") == 0) {
        event.verb = KUNCI_FLOW_REJECT;
        event.outcome = NULL;
        event.reason = "a reason";
    }
    world_gather(world, request);
    apply(way, row, world, request, &event);
    if (strchr(row, '>'))
        end_call(way, row, world, request);
    check_deeds(way, row, &before, world);
}

/* ---- a whole way ---- */

static int64_t source_seconds(const struct step *step)
{
    return step->added ? 0 : step->seconds;
}

static void play(const struct way *way)
{
    struct kunci_sop *sop = procedure_named(way->procedure);
    struct world world = {.now = 1790000000, .fact = {[FACT_CERTIFICATE] = way->certificate}};
    struct kunci_request *request = world_begin(&world, sop);
    int64_t seconds = 0;
    unsigned i;

    assert_int_equal(sop->kind, way->kind);
    for (i = 0; way->rows[i]; i++) {
        check_row(way, way->rows[i], request);
        /* The paper counts a rejection up to where it is made. */
        if (!(i && strstr(way->rows[i - 1], "reject")))
            seconds += source_seconds(request_step(request));
        play_row(way, way->rows[i], &world, request);
    }
    if (strcmp(state_names[request->state], way->end) != 0)
        fail_msg("%s, %s: it is %s in the end", way->procedure, way->name,
                 state_names[request->state]);
    if (strcmp(way->end, "closed") == 0)
        assert_string_equal(world.last_message, "pemohon closed");
    if (way->minutes >= 0)
        assert_int_equal(seconds, (int64_t)(way->minutes * 60 + 0.5));
    kunci_request_free(&request);
    kunci_sop_free(&sop);
}

static void follows_its_paper(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ways / sizeof *ways; i++)
        play(&ways[i]);
}

/* No branch of the five is left out above. */
static void leaves_no_branch_out(void **state)
{
    static const char *const five[] = {"kebumen-2021", "mamuju-2024", "ciamis-2024",
                                       "pekalongan-perubahan-data", "kapuas-2026"};
    size_t i, j, k;

    (void)state;
    for (i = 0; i < sizeof five / sizeof *five; i++) {
        struct kunci_sop *sop = procedure_named(five[i]);
        uint64_t seen = 0;
        char number[16];

        for (j = 0; j < sizeof ways / sizeof *ways; j++)
            for (k = 0; strcmp(ways[j].procedure, five[i]) == 0 && ways[j].rows[k]; k++)
                for (unsigned s = 0; s < sop->step_count; s++) {
                    size_t len;

                    step_number(&sop->steps[s], number);
                    len = strlen(number);
                    if (strncmp(ways[j].rows[k], number, len) == 0 && ways[j].rows[k][len] == ' ')
                        seen |= UINT64_C(1) << s;
                }
        if (seen != (UINT64_C(1) << sop->step_count) - 1)
            fail_msg("%s: step %s is on no way", five[i], sop->steps[__builtin_ctzll(~seen)].name);
        kunci_sop_free(&sop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_its_paper),
        cmocka_unit_test(leaves_no_branch_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
