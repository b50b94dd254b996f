/* Events through the engine, the port being empty: whole requests from their first step
 * to their end, each of the five procedures in turn, by one thread. The limit is of events
 * a second of CPU, as the speed of nothing else is what they are asked to keep. */
#include "lib/measure.h"
#include "lib/procedures.h"

#include <kunci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9, REQUESTS = 20000, WANTED = 100000 };

static int64_t now(void *context)
{
    (void)context;
    return 1790000000;
}

/* The world is so that every branch's first condition holds. */
static const char *fact(void *context, const struct kunci_request *request, const char *name)
{
    (void)context;
    (void)request;
    return strcmp(name, "certificate") == 0 ? "none" : fact_values[word_index(fact_names, name)][0];
}

static const struct kunci_flow_port port = {.now = now, .fact = fact};

static void must(enum kunci_rc rc, const char *what)
{
    if (rc == KUNCI_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, kunci_err_name(rc));
    exit(1);
}

static unsigned apply(struct kunci_request *request, struct kunci_flow_event *event)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    must(kunci_flow_apply(request, event, &port, &err), request_step(request)->name);
    return 1;
}

static unsigned gather(struct kunci_request *request, struct kunci_flow_event *event)
{
    static const char *const values[FIELDS] = {
        "9901011708850001",  "198508172010011002", "Budi Santoso",
        "budi@contoh.go.id", "Kepala Seksi",       "Seksi Contoh",
        "Dinas Contoh",      "0800000000",         "lost"};
    const struct step *step = request_step(request);
    unsigned events = 0, i;

    event->verb = KUNCI_FLOW_ATTACH;
    for (i = 0; i < request->sop->document_count; i++)
        if (step->documents & ~request->documents & 1u << i) {
            event->name = request->sop->documents[i].name;
            events += apply(request, event);
        }
    event->verb = KUNCI_FLOW_FILL;
    for (i = 0; i < 3u * FIELDS; i++)
        if ((step->fields || step->rules) && values[i % FIELDS] &&
            !request->data[i / FIELDS][i % FIELDS]) {
            event->data = (enum kunci_flow_data)(i / FIELDS);
            event->name = field_names[i % FIELDS];
            event->value = values[i % FIELDS];
            events += apply(request, event);
        }
    return events;
}

static const struct branch *first_open(const struct kunci_request *request)
{
    const struct step *step = request_step(request);
    unsigned i;

    for (i = 0; i + 1 < step->branch_count; i++)
        if (!step->branches[i].when.values[FACT_CERTIFICATE] ||
            step->branches[i].when.values[FACT_CERTIFICATE] & 1u << CERTIFICATE_NONE)
            break;
    return &step->branches[i];
}

/* How many events it took. */
static unsigned run_one(const struct kunci_sop *sop)
{
    const struct kunci_request_begin begin = {
        .id = "1", .applicant = "budi", .institution = "contoh"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request;
    unsigned events = 0;

    must(kunci_request_new(sop, &begin, &port, &request, &err), sop->name);
    while (request->step != STEP_END) {
        struct kunci_flow_event event = {.actor = actor_of(request_step(request)->actor)};

        events += gather(request, &event);
        event.verb = KUNCI_FLOW_DO;
        event.outcome = first_open(request)->outcome;
        events += apply(request, &event);
        if (request->calling) {
            event.verb = KUNCI_FLOW_RETURN;
            event.outcome = "closed";
            events += apply(request, &event);
        }
    }
    kunci_request_free(&request);
    return events;
}

int main(void)
{
    static const char *const five[] = {"kebumen-2021", "mamuju-2024", "ciamis-2024",
                                       "pekalongan-perubahan-data", "kapuas-2026"};
    struct measure measure = {.count = 0};
    struct kunci_sop *sops[5];
    int round, i;

    for (i = 0; i < 5; i++)
        sops[i] = procedure_named(five[i]);
    for (round = 0; round < ROUNDS; round++) {
        double before = measure_cpu(), events = 0;

        for (i = 0; i < REQUESTS; i++)
            events += run_one(sops[i % 5]);
        measure_add(&measure, events * 1000 / (measure_cpu() - before), WANTED);
    }
    for (i = 0; i < 5; i++)
        kunci_sop_free(&sops[i]);
    return measure_at_least("engine, empty port (events a second)", &measure, 1) ? 0 : 1;
}
