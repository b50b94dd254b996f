/* Random events on every procedure that is shipped: whatever comes, a request goes only
 * where its table leads, by people who may, and each counter-example is made as short as
 * it can be before it is shown.
 *
 *   test_random [SEQUENCES]     on each procedure; 100000 takes some minutes */
#include "flow/request_file.h"
#include "flow/rights.h"
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

enum { LONGEST = 60, PEOPLE = 6 };

/* One sequence of so many does: it takes a hundred times as long as the events do. */
enum { PUT_AWAY = 16 };

static unsigned long sequences = 1500;

/* ---- who there is ---- */

/* Some hold several roles, one stands in for another, one's days are over, and one is of
 * another institution. The first is the applicant. */
static const struct kunci_flow_grant of_siti[] = {
    {"op", "contoh", NULL, 0, 0}, {"verifikator", "", NULL, 0, 0}, {"ca", "", NULL, 0, 0}};
static const struct kunci_flow_grant of_agus[] = {{"op", "contoh", "siti", 0, 0},
                                                  {"kepala-dinas", "contoh/dinas", NULL, 0, 0},
                                                  {"kabid", "contoh", NULL, 0, 0}};
static const struct kunci_flow_grant of_rina[] = {{"op", "lain", NULL, 0, 0},
                                                  {"verifikator", "contoh", NULL, 0, 1},
                                                  {"admin-helpdesk", "contoh", NULL, 0, 0},
                                                  {"seksi-persandian", "", NULL, 0, 0},
                                                  {"auditor", "", NULL, 0, 0}};
static const struct kunci_flow_grant of_dewi[] = {{"op", "contoh/dinas", NULL, 0, 0},
                                                  {"ca", "contoh", NULL, 0, 0},
                                                  {"verifikator", "contoh", NULL, 0, 0},
                                                  {"pendamping", "", NULL, 0, 0}};
static const struct kunci_flow_grant of_budi[] = {
    {"op", "", NULL, 0, 0}, {"verifikator", "", NULL, 0, 0}, {"kepala-dinas", "", NULL, 0, 0}};
static const struct kunci_flow_grant of_system[] = {{"sistem", "", NULL, 0, 0}};

#define PERSON(name, grants)                                                                       \
    {                                                                                              \
        name, grants, sizeof(grants) / sizeof *(grants)                                            \
    }
static const struct kunci_flow_actor people[PEOPLE] = {
    PERSON("budi", of_budi), PERSON("siti", of_siti), PERSON("agus", of_agus),
    PERSON("rina", of_rina), PERSON("dewi", of_dewi), PERSON("kunci", of_system)};

/* ---- events ---- */

/* One thing that happens: an event, or the world changes before it. */
struct happening {
    enum kunci_flow_verb verb;
    unsigned char person, branch, name, fact, value, data;
    bool to_world, gathered, fails, later;
};

static uint64_t dice_state;

static unsigned dice(unsigned sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (unsigned)(dice_state >> 33) % sides;
}

/* Most do what is due, so that far steps are come to; some do anything. */
static struct happening any_happening(void)
{
    static const enum kunci_flow_verb often[] = {KUNCI_FLOW_DO,     KUNCI_FLOW_DO,
                                                 KUNCI_FLOW_DO,     KUNCI_FLOW_DO,
                                                 KUNCI_FLOW_RETURN, KUNCI_FLOW_RETURN};
    struct happening happening = {
        .verb = dice(10) < 8 ? often[dice(6)] : (enum kunci_flow_verb)dice(8),
        .person = (unsigned char)dice(PEOPLE),
        .branch = (unsigned char)dice(BRANCHES_MAX),
        .name = (unsigned char)dice(32),
        .fact = (unsigned char)dice(FACTS),
        .value = (unsigned char)dice(7),
        .data = (unsigned char)dice(DATA_SETS),
        .to_world = dice(6) == 0,
        .gathered = dice(4) != 0,
        .fails = dice(30) == 0,
        .later = dice(20) == 0,
    };

    return happening;
}

static unsigned values_of(enum fact fact)
{
    unsigned count = 0;

    while (fact_values[fact][count])
        count++;
    return count;
}

static const char *outcome_of(const struct kunci_request *request, unsigned choice)
{
    const struct step *step = request_step(request);

    if (!step || choice % 7 == 6)
        return "anything";
    return step->branches[choice % step->branch_count].outcome;
}

static struct kunci_flow_event event_of(const struct happening *happening,
                                        const struct kunci_request *request)
{
    const struct kunci_sop *sop = request->sop;
    struct kunci_flow_event event = {
        .verb = happening->verb,
        .outcome = outcome_of(request, happening->branch),
        .reason = happening->value % 3 ? "a reason" : NULL,
        .data = (enum kunci_flow_data)happening->data,
        .value = "a value",
        .actor = people[happening->person],
    };

    if (event.verb == KUNCI_FLOW_RETURN)
        event.outcome = happening->value % 4 ? "closed" : "rejected";
    else if (event.verb == KUNCI_FLOW_ATTACH)
        event.name = sop->documents[happening->name % sop->document_count].name;
    else if (event.verb == KUNCI_FLOW_FILL)
        event.name = field_names[happening->name % FIELDS];
    else if (event.verb == KUNCI_FLOW_ASK)
        event.name = role_names[happening->name % ROLES];
    return event;
}

/* ---- what has to hold, told anew and without the engine's code ---- */

/* Where the request stood before the event, and who did what in this round. */
struct before {
    int step;
    enum state state;
    bool calling, paused;
    enum role waits_for;
    const char *doers[STEPS_MAX], *places[STEPS_MAX];
};

/* The grant by which he may; NULL: none, or (for the applicant himself) none is needed. */
static const struct kunci_flow_grant *grant_of(const struct kunci_flow_actor *actor, enum role role,
                                               int64_t now)
{
    size_t i;

    for (i = 0; i < actor->grant_count; i++) {
        const struct kunci_flow_grant *grant = &actor->grants[i];
        bool covers = strcmp(grant->scope, "") == 0 || strcmp(grant->scope, "contoh") == 0 ||
                      strcmp(grant->scope, "contoh/dinas") == 0;

        if (strcmp(grant->role, role_names[role]) == 0 && covers && grant->from <= now &&
            (!grant->until || now < grant->until))
            return grant;
    }
    return NULL;
}

static bool may(const struct kunci_flow_actor *actor, enum role role, int64_t now)
{
    if (role == ROLE_PEMOHON)
        return strcmp(actor->person, "budi") == 0;
    return grant_of(actor, role, now) != NULL;
}

static bool decides(enum act act)
{
    return act == ACT_DISPOSE || act == ACT_FOLLOW_UP || act == ACT_REGISTER ||
           act == ACT_FORWARD || act == ACT_VERIFY || act == ACT_APPROVE;
}

static bool leads_to(const struct kunci_sop *sop, const struct step *from, int to)
{
    unsigned i;

    for (i = 0; i < from->branch_count; i++)
        if (from->branches[i].target == to)
            return true;
    return decides(from->act) && (from->reject_to ? from->reject_target : sop->return_target) == to;
}

static bool same_person(const struct before *before, const struct kunci_flow_actor *actor,
                        const struct step *step, int64_t now)
{
    const struct kunci_flow_grant *grant = grant_of(actor, step->actor, now);
    const char *who[2] = {actor->person, grant ? grant->of : NULL};
    unsigned i, j;

    for (i = 0; i < STEPS_MAX; i++)
        for (j = 0; j < 2 && step->not_by & UINT64_C(1) << i; j++)
            if (who[j] && ((before->doers[i] && strcmp(before->doers[i], who[j]) == 0) ||
                           (before->places[i] && strcmp(before->places[i], who[j]) == 0)))
                return true;
    return false;
}

static bool is_alive(int certificate)
{
    return certificate == CERTIFICATE_ACTIVE || certificate == CERTIFICATE_EXPIRING ||
           certificate == CERTIFICATE_SUSPENDED;
}

/* NULL: all is well with an event that was taken. */
static const char *wrong_with(const struct before *before, const struct kunci_flow_event *event,
                              const struct kunci_request *request, const struct world *world)
{
    const struct kunci_sop *sop = request->sop;
    const struct step *step = &sop->steps[before->step];
    bool moved = before->step != request->step || before->state != request->state;
    bool ended = request->step == STEP_END;
    bool works = event->verb == KUNCI_FLOW_DO || event->verb == KUNCI_FLOW_REJECT;

    if (works && !may(&event->actor, step->actor, world->now))
        return "a step was done by a role that lacks it";
    if (works && decides(step->act) && strcmp(event->actor.person, "budi") == 0)
        return "somebody decided about his own request";
    if (works && same_person(before, &event->actor, step, world->now))
        return "one person did what takes two";
    if (event->verb == KUNCI_FLOW_WITHDRAW)
        return before->state < STATE_APPROVED && request->state == STATE_WITHDRAWN && ended
                   ? NULL
                   : "a withdrawal that is none";
    if (before->step != request->step && !leads_to(sop, step, request->step))
        return "it went where the table does not lead";
    if (moved && !works && event->verb != KUNCI_FLOW_RETURN)
        return "it moved though nobody did the step";
    if (event->verb == KUNCI_FLOW_REJECT && !decides(step->act))
        return "a step rejected that decides nothing";
    if (request->state < before->state && event->verb != KUNCI_FLOW_REJECT)
        return "it went back without a rejection";
    if (request->state == STATE_CLOSED && sop->kind == SOP_DATA_CHANGE &&
        is_alive(world->fact[FACT_CERTIFICATE]))
        return "a data change closed with the old certificate alive";
    return ended == (request->state >= STATE_CLOSED) ? NULL : "an end that is none";
}

/* ---- playing ---- */

struct play {
    const struct kunci_sop *sop;
    struct happening happenings[LONGEST];
    unsigned count;
    const char *(*judge)(const struct before *before, const struct kunci_flow_event *event,
                         const struct kunci_request *request, const struct world *world);
    unsigned closed; /* so that it is known that ends are come to */
    uint64_t seen;   /* a bit for each step that was come to */
    bool put_away;   /* and taken up again, after each event */
};

/* The request's own copy goes when another takes its place. */
static const char *lasting(const char *person)
{
    unsigned i;

    for (i = 0; person && i < PEOPLE; i++)
        if (strcmp(people[i].person, person) == 0)
            return people[i].person;
    return NULL;
}

static void remember(struct before *before, const struct kunci_request *request)
{
    unsigned i;

    before->step = request->step;
    before->state = request->state;
    before->calling = request->calling;
    before->paused = request->clock.paused;
    before->waits_for = request->waits_for;
    for (i = 0; i < request->sop->step_count; i++) {
        before->doers[i] = lasting(request->doers[i].person);
        before->places[i] = lasting(request->doers[i].of);
    }
}

static void change_world(struct world *world, const struct happening *happening)
{
    enum fact fact = (enum fact)happening->fact;

    world->now += happening->later ? 86400 * 3 : 60;
    if (happening->to_world)
        world->fact[fact] = (int)(happening->value % values_of(fact));
    world->fails = happening->fails;
}

/* Documents and data come in by whoever may bring them. */
static void gather(struct world *world, struct kunci_request *request)
{
    if (request_step(request))
        world_gather(world, request);
}

/* What was executed before a later deed failed stays executed. */
static bool stands(const struct kunci_request *request, const struct before *before)
{
    return request->step == before->step &&
           (request->state == before->state || request->state == STATE_EXECUTED);
}

static const char *one(struct play *play, struct world *world, struct kunci_request *request,
                       const struct happening *happening)
{
    const struct kunci_flow_port port = world_port(world);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_flow_event event;
    struct before before;

    change_world(world, happening);
    if (kunci_flow_tick(request, &port, &err) != KUNCI_OK)
        return "time alone failed";
    if (happening->gathered && request->step != STEP_END)
        gather(world, request);
    event = event_of(happening, request);
    remember(&before, request);
    if (kunci_flow_apply(request, &event, &port, &err) != KUNCI_OK)
        return stands(request, &before) ? NULL : "it moved though the event was refused";
    if (request->step != STEP_END)
        play->seen |= UINT64_C(1) << request->step;
    if (before.step == STEP_END)
        return "an event was taken after the end";
    return play->judge(&before, &event, request, world);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_people(const struct kunci_request *a, const struct kunci_request *b)
{
    unsigned i, j;

    for (i = 0; i < STEPS_MAX; i++)
        if (!same_text(a->doers[i].person, b->doers[i].person) ||
            !same_text(a->doers[i].of, b->doers[i].of))
            return false;
    for (i = 0; i < DATA_SETS; i++)
        for (j = 0; j < FIELDS; j++)
            if (!same_text(a->data[i][j], b->data[i][j]))
                return false;
    return same_text(a->id, b->id) && same_text(a->applicant, b->applicant) &&
           same_text(a->institution, b->institution) && same_text(a->reason, b->reason) &&
           same_text(a->chosen, b->chosen) && same_text(a->domains[0], b->domains[0]);
}

static bool same_request(const struct kunci_request *a, const struct kunci_request *b)
{
    return same_people(a, b) && a->called == b->called && a->state == b->state &&
           a->step == b->step && a->clock.used == b->clock.used &&
           a->clock.since == b->clock.since && a->clock.paused == b->clock.paused &&
           a->clock.given == b->clock.given && a->began == b->began && a->touched == b->touched &&
           a->deeds == b->deeds && a->documents == b->documents && a->calling == b->calling &&
           a->waits_for == b->waits_for;
}

/* Puts the request away and goes on with what is taken up again. */
static const char *put_away(struct kunci_request **request)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *again = NULL;
    const char *wrong = NULL;
    char *text = NULL;

    if (request_save(*request, &text, &err) != KUNCI_OK ||
        request_load((*request)->sop, text, strlen(text), &again, &err) != KUNCI_OK)
        wrong = "it cannot be put away and taken up again";
    else if (!same_request(*request, again))
        wrong = "it is another one when it is taken up again";
    free(text);
    if (again) {
        kunci_request_free(request);
        *request = again;
    }
    return wrong;
}

/* The names of those who did a step are kept by the request: they have to outlive it. */
static const char *run(struct play *play)
{
    struct world world = {.now = 1790000000, .fact = {[FACT_CERTIFICATE] = CERTIFICATE_EXPIRING}};
    struct kunci_request *request = world_begin(&world, play->sop);
    const char *wrong = NULL;
    unsigned i;

    for (i = 0; i < play->count && !wrong; i++)
        if (!(wrong = one(play, &world, request, &play->happenings[i])) && play->put_away)
            wrong = put_away(&request);
    play->closed += request->state == STATE_CLOSED;
    kunci_request_free(&request);
    return wrong;
}

/* Whether the fault is still there without an event, or with the simplest in its place. */
static bool try_without(struct play *play, unsigned i, bool left_out, const char *wrong)
{
    struct play other = *play;
    const char *still;

    if (left_out) {
        memmove(&other.happenings[i], &other.happenings[i + 1],
                (play->count - i - 1) * sizeof *other.happenings);
        other.count--;
    } else if (other.happenings[i].branch == 0) {
        return false;
    } else {
        other.happenings[i].branch = 0;
    }
    still = run(&other);
    if (!still || strcmp(still, wrong) != 0)
        return false;
    *play = other;
    return true;
}

static void shrink(struct play *play, const char *wrong)
{
    bool shorter = true;
    unsigned i;

    while (shorter) {
        shorter = false;
        for (i = 0; i < play->count; i++)
            shorter |= try_without(play, i, true, wrong) ||
                       (i < play->count && try_without(play, i, false, wrong));
    }
}

static void show(struct play *play, const char *wrong)
{
    static const char *const verbs[] = {"do",   "reject", "withdraw", "attach",
                                        "fill", "ask",    "answer",   "return"};
    unsigned i;

    fprintf(stderr, "%s: %s, after\n", play->sop->name, wrong);
    for (i = 0; i < play->count; i++) {
        const struct happening *next = &play->happenings[i];

        fprintf(stderr, "  %s %s branch %u name %u%s", people[next->person].person,
                verbs[next->verb], next->branch, next->name, next->gathered ? " gathered" : "");
        if (next->to_world)
            fprintf(stderr, ", %s %s", fact_names[next->fact],
                    fact_values[next->fact][next->value % values_of((enum fact)next->fact)]);
        fprintf(stderr, "\n");
    }
}

static void fill(struct play *play)
{
    unsigned i;

    play->count = 1 + dice(LONGEST);
    for (i = 0; i < play->count; i++)
        play->happenings[i] = any_happening();
}

static void play_one(const char *name)
{
    struct kunci_sop *sop = procedure_named(name);
    struct play play = {.sop = sop, .judge = wrong_with};
    const char *wrong;
    unsigned long i;

    dice_state = 0x9e3779b97f4a7c15;
    for (i = 0; i < sequences; i++) {
        fill(&play);
        play.put_away = i % PUT_AWAY == 0;
        if ((wrong = run(&play))) {
            shrink(&play, wrong);
            show(&play, wrong);
            fail();
        }
    }
    assert_true(play.closed > 0);
    /* The first step is where it begins: it is come to again only after a rejection. */
    assert_int_equal(play.seen | 1,
                     sop->step_count == 64 ? ~UINT64_C(0) : (UINT64_C(1) << sop->step_count) - 1);
    kunci_sop_free(&sop);
}

static void nothing_leaves_the_table(void **state)
{
    const char *const *names;
    size_t count = procedure_names(&names), i;

    (void)state;
    for (i = 0; i < count; i++)
        play_one(names[i]);
}

/* ---- that a fault would be found, and shrinks ---- */

static const char *never_submitted(const struct before *before,
                                   const struct kunci_flow_event *event,
                                   const struct kunci_request *request, const struct world *world)
{
    (void)before;
    (void)event;
    (void)world;
    return request->state >= STATE_SUBMITTED && request->state < STATE_CLOSED ? "submitted" : NULL;
}

/* Five steps come before the request is handed in, one of them only where the old key can
 * prove it: the list has nothing but these. */
static void a_counter_example_shrinks(void **state)
{
    struct kunci_sop *sop = procedure_named("kapuas-2026");
    struct play play = {.sop = sop, .judge = never_submitted};
    const char *wrong = NULL;
    unsigned i;

    (void)state;
    dice_state = 88172645463325252;
    for (i = 0; i < 100000 && !wrong; i++) {
        fill(&play);
        wrong = run(&play);
    }
    assert_string_equal(wrong, "submitted");
    shrink(&play, wrong);
    assert_in_range(play.count, 5, 6);
    kunci_sop_free(&sop);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_the_table),
        cmocka_unit_test(a_counter_example_shrinks),
    };

    if (argc > 1)
        sequences = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
