#include "flow/tally.h"

#include "flow/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding what an event is about ---- */

/* Two names as one: the first one's length says where the second begins. */
static void join(char key[2 * ENTRY_TEXT_MAX + 32], const char *first, const char *second)
{
    snprintf(key, 2 * ENTRY_TEXT_MAX + 32, "%zu:%s%s", strlen(first), first, second ? second : "");
}

static bool keep_text(struct kunci_flow_report *report, const char *text, const char **kept)
{
    size_t place;

    *kept = NULL;
    if (!text)
        return true;
    if (!names_place(&report->texts, text, &place))
        return false;
    *kept = report->texts.items[place];
    return true;
}

static struct tally_procedure *find_procedure(struct kunci_flow_report *report,
                                              const struct kunci_flow_entry *entry)
{
    char key[2 * ENTRY_TEXT_MAX + 32];
    struct tally_procedure *grown, *made;
    size_t place;

    join(key, entry->procedure, entry->version);
    if (!names_place(&report->procedure_names, key, &place))
        return NULL;
    if (place < report->procedure_count)
        return &report->procedures[place];
    grown = room_for_one(report->procedures, report->procedure_count, sizeof *grown);
    if (!grown)
        return NULL;
    report->procedures = grown;
    made = &grown[place];
    *made = (struct tally_procedure){.known = NULL};
    if (!keep_text(report, entry->procedure, &made->name) ||
        !keep_text(report, entry->version ? entry->version : "", &made->version))
        return NULL;
    if (report->options.book)
        made->known = kunci_sop_find(report->options.book, entry->procedure, entry->version, NULL);
    report->procedure_count++;
    return made;
}

static struct tally_step *find_step(struct tally_procedure *procedure, const char *name,
                                    size_t *place)
{
    struct tally_step *grown, *made;
    int known;

    if (!names_place(&procedure->step_names, name, place))
        return NULL;
    if (*place < procedure->step_count)
        return &procedure->steps[*place];
    grown = room_for_one(procedure->steps, procedure->step_count, sizeof *grown);
    if (!grown)
        return NULL;
    procedure->steps = grown;
    made = &grown[procedure->step_count++];
    *made = (struct tally_step){.name = procedure->step_names.items[*place]};
    known = procedure->known ? procedure_step(procedure->known, name) : -1;
    if (known >= 0)
        made->known = &procedure->known->steps[known];
    made->planned = made->known ? made->known->seconds : 0;
    return made;
}

static struct tally_request *find_request(struct kunci_flow_report *report,
                                          const struct kunci_flow_entry *entry)
{
    char key[2 * ENTRY_TEXT_MAX + 32];
    struct tally_request *grown, *made;
    size_t place;

    join(key, entry->procedure, entry->request);
    if (!names_place(&report->request_names, key, &place))
        return NULL;
    if (place < report->request_count)
        return &report->requests[place];
    grown = room_for_one(report->requests, report->request_count, sizeof *grown);
    if (!grown)
        return NULL;
    report->requests = grown;
    made = &grown[report->request_count++];
    *made = (struct tally_request){.began = entry->at, .step = NO_STEP};
    made->id = strchr(report->request_names.items[place], ':') + 1 + strlen(entry->procedure);
    return made;
}

/* ---- clocks ---- */

int64_t tally_used(const struct kunci_flow_report *report, const struct tally_request *request,
                   int64_t now)
{
    static const struct hours always;
    const struct kunci_sop *sop = report->procedures[request->procedure].known;

    return request->paused
               ? request->used
               : request->used + hours_between(sop ? &sop->hours : &always, request->since, now);
}

static bool add_time(struct times *times, int64_t seconds)
{
    int64_t *grown = room_for_one(times->items, times->count, sizeof *grown);

    if (!grown)
        return false;
    times->items = grown;
    grown[times->count++] = seconds;
    return true;
}

/* ---- counting ---- */

struct counting {
    struct kunci_flow_report *report;
    const struct kunci_flow_entry *entry;
    struct tally_procedure *procedure;
    struct tally_request *request;
    struct tally_step *step; /* that the event names, else where the request stands; or NULL */
    size_t step_place;
    bool counts; /* it happened in the time that is reported on */
};

static int64_t used_by(const struct counting *on)
{
    if (on->entry->used >= 0)
        return on->entry->used;
    return on->request->step == on->step_place ? tally_used(on->report, on->request, on->entry->at)
                                               : 0;
}

static bool count_started(const struct counting *on)
{
    on->request->began = on->entry->at;
    on->procedure->started += on->counts;
    return true;
}

static bool count_arrived(const struct counting *on)
{
    struct tally_request *request = on->request;

    if (!on->step)
        return true;
    request->step = on->step_place;
    request->planned = on->step->planned;
    request->used = 0;
    request->since = on->entry->at;
    request->paused = request->over = false;
    return keep_text(on->report, on->entry->role, &request->desk);
}

/* The step is over, one way or the other. */
static bool leave_step(const struct counting *on)
{
    struct tally_request *request = on->request;
    int64_t used = used_by(on);

    if (!on->step)
        return true;
    request->used_before += used;
    request->planned_before += on->step->planned;
    request->step = NO_STEP;
    return !on->counts || add_time(&on->step->used, used);
}

static bool add_reason(struct tally_procedure *procedure, const char *reason)
{
    struct tally_reason *grown;
    size_t place;

    if (!names_place(&procedure->reason_names, reason ? reason : "", &place))
        return false;
    if (place == procedure->reason_count) {
        if (!(grown = room_for_one(procedure->reasons, place, sizeof *grown)))
            return false;
        procedure->reasons = grown;
        grown[place] = (struct tally_reason){procedure->reason_names.items[place], 0};
        procedure->reason_count++;
    }
    procedure->reasons[place].count++;
    return true;
}

static bool count_rejected(const struct counting *on)
{
    on->request->over = true; /* until it comes to a step again */
    if (!leave_step(on))
        return false;
    on->procedure->rejected += on->counts;
    if (on->step)
        on->step->rejected += on->counts;
    return !on->counts || add_reason(on->procedure, on->entry->reason);
}

static bool count_withdrawn(const struct counting *on)
{
    on->request->over = true;
    on->procedure->withdrawn += on->counts;
    if (on->step)
        on->step->withdrawn += on->counts;
    return true;
}

static bool count_timed_out(const struct counting *on)
{
    on->request->over = true;
    on->procedure->timed_out += on->counts;
    if (on->step)
        on->step->timed_out += on->counts;
    return true;
}

static bool count_paused(const struct counting *on)
{
    on->request->used = used_by(on);
    on->request->since = on->entry->at;
    on->request->paused = true;
    return !on->entry->waits_for || keep_text(on->report, on->entry->waits_for, &on->request->desk);
}

static bool count_resumed(const struct counting *on)
{
    on->request->used = used_by(on);
    on->request->since = on->entry->at;
    on->request->paused = false;
    return keep_text(on->report, on->entry->role, &on->request->desk);
}

static bool count_closed(const struct counting *on)
{
    struct tally_procedure *procedure = on->procedure;
    struct tally_request *request = on->request;
    int64_t elapsed = on->entry->at - request->began;
    bool told_twice = request->over;

    request->over = true;
    if (!on->counts || told_twice)
        return true;
    procedure->closed++;
    return add_time(&procedure->planned, request->planned_before) &&
           add_time(&procedure->used, request->used_before) &&
           add_time(&procedure->elapsed, elapsed > 0 ? elapsed : 0);
}

static const struct {
    const char *event;
    bool (*count)(const struct counting *on);
} events[] = {
    {"started", count_started},   {"arrived", count_arrived},     {"done", leave_step},
    {"rejected", count_rejected}, {"withdrawn", count_withdrawn}, {"timed-out", count_timed_out},
    {"paused", count_paused},     {"called", count_paused},       {"resumed", count_resumed},
    {"returned", count_resumed},  {"closed", count_closed},
};

/* Who does the applicant's steps; in whose place others do them. */
static bool keep_applicant(const struct counting *on)
{
    const struct kunci_flow_entry *entry = on->entry;

    if (!entry->by || !entry->role || strcmp(entry->event, "done") != 0 ||
        strcmp(entry->role, role_names[ROLE_PEMOHON]) != 0)
        return true;
    return keep_text(on->report, entry->of ? entry->of : entry->by, &on->request->applicant);
}

bool tally_count(struct kunci_flow_report *report, const struct kunci_flow_entry *entry)
{
    struct counting on = {.report = report, .entry = entry, .step_place = NO_STEP};
    size_t i;

    if (report->options.until && entry->at >= report->options.until)
        return true;
    on.counts = entry->at >= report->options.since;
    if (!(on.procedure = find_procedure(report, entry)) ||
        !(on.request = find_request(report, entry)))
        return false;
    on.request->procedure = (size_t)(on.procedure - report->procedures);
    if (entry->step && !(on.step = find_step(on.procedure, entry->step, &on.step_place)))
        return false;
    if (on.step && entry->planned > 0)
        on.step->planned = entry->planned;
    if (!keep_text(report, entry->institution, &on.request->institution) || !keep_applicant(&on))
        return false;
    for (i = 0; i < sizeof events / sizeof *events; i++)
        if (strcmp(events[i].event, entry->event) == 0)
            return events[i].count(&on);
    return true;
}
