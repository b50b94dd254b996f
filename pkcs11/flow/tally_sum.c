#include "flow/tally.h"

#include <stdlib.h>
#include <string.h>

/* ---- times ---- */

static int by_length(const void *a, const void *b)
{
    const int64_t *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

/* The median of an even number is the middle of the two in the middle; the ninetieth
 * percentile is the shortest that nine of ten do not exceed. */
static void sum_times(struct times *times)
{
    size_t count = times->count, middle = count / 2;
    const int64_t *items = times->items;

    if (!count)
        return;
    qsort(times->items, count, sizeof *times->items, by_length);
    times->median = count % 2 ? items[middle] : (items[middle - 1] + items[middle]) / 2;
    times->ninetieth = items[count - count / 10 - 1];
    times->worst = items[count - 1];
}

/* ---- order ---- */

static int by_name(const void *a, const void *b)
{
    const struct tally_procedure *first = *(struct tally_procedure *const *)a;
    const struct tally_procedure *second = *(struct tally_procedure *const *)b;
    int order = strcmp(first->name, second->name);

    return order ? order : strcmp(first->version, second->version);
}

/* As the procedure has them; those it has not stand behind, as they came. */
static int by_procedure(const void *a, const void *b)
{
    const struct tally_step *first = *(struct tally_step *const *)a;
    const struct tally_step *second = *(struct tally_step *const *)b;

    if (first->known && second->known)
        return (first->known > second->known) - (first->known < second->known);
    if (first->known || second->known)
        return first->known ? -1 : 1;
    return (first > second) - (first < second);
}

static int by_frequency(const void *a, const void *b)
{
    const struct tally_reason *first = *(struct tally_reason *const *)a;
    const struct tally_reason *second = *(struct tally_reason *const *)b;

    if (first->count != second->count)
        return first->count < second->count ? 1 : -1;
    return strcmp(first->text, second->text);
}

static int by_lateness(const void *a, const void *b)
{
    const struct tally_overdue *first = a, *second = b;
    int64_t late = first->used - first->planned, other = second->used - second->planned;

    return late != other ? (late < other ? 1 : -1) : strcmp(first->request, second->request);
}

/* *shown becomes pointers to all items, sorted: the items keep their places. */
static bool arrange(void *shown, void *items, size_t count, size_t size,
                    int (*compare)(const void *, const void *))
{
    void **earlier, **pointers;
    size_t i;

    memcpy(&earlier, shown, sizeof earlier);
    if (!(pointers = reallocarray(earlier, count + 1, sizeof *pointers)))
        return false;
    memcpy(shown, &pointers, sizeof pointers);
    for (i = 0; i < count; i++)
        pointers[i] = (char *)items + i * size;
    qsort(pointers, count, sizeof *pointers, compare);
    return true;
}

/* ---- the whole ---- */

static bool sum_procedure(struct tally_procedure *procedure)
{
    size_t i;

    procedure->open = procedure->overdue = 0;
    sum_times(&procedure->planned);
    sum_times(&procedure->used);
    sum_times(&procedure->elapsed);
    for (i = 0; i < procedure->step_count; i++) {
        procedure->steps[i].open = procedure->steps[i].overdue = 0;
        sum_times(&procedure->steps[i].used);
    }
    return arrange(&procedure->shown, procedure->steps, procedure->step_count,
                   sizeof *procedure->steps, by_procedure) &&
           arrange(&procedure->shown_reasons, procedure->reasons, procedure->reason_count,
                   sizeof *procedure->reasons, by_frequency);
}

static bool add_overdue(struct kunci_flow_report *report, const struct tally_request *request,
                        int64_t used)
{
    const char *applicant = role_names[ROLE_PEMOHON];
    const struct tally_procedure *procedure = &report->procedures[request->procedure];
    struct tally_overdue *grown =
        room_for_one(report->overdue, report->overdue_count, sizeof *grown);

    if (!grown)
        return false;
    report->overdue = grown;
    grown[report->overdue_count++] = (struct tally_overdue){
        .request = request->id,
        .institution = request->institution,
        .desk = request->desk,
        .person =
            request->desk && strcmp(request->desk, applicant) == 0 ? request->applicant : NULL,
        .procedure = procedure->name,
        .version = procedure->version,
        .step = procedure->steps[request->step].name,
        .planned = request->planned,
        .used = used,
    };
    return true;
}

static bool sum_request(struct kunci_flow_report *report, const struct tally_request *request)
{
    struct tally_procedure *procedure = &report->procedures[request->procedure];
    int64_t used = tally_used(report, request, tally_now(report));

    if (request->over)
        return true;
    procedure->open++;
    if (request->step == NO_STEP)
        return true;
    procedure->steps[request->step].open++;
    if (!request->planned || used <= request->planned)
        return true;
    procedure->overdue++;
    procedure->steps[request->step].overdue++;
    return add_overdue(report, request, used);
}

int64_t tally_now(const struct kunci_flow_report *report)
{
    const struct kunci_flow_report_options *options = &report->options;

    return options->until && options->until < options->now ? options->until : options->now;
}

bool tally_sum(struct kunci_flow_report *report)
{
    size_t i;

    report->overdue_count = 0;
    for (i = 0; i < report->procedure_count; i++)
        if (!sum_procedure(&report->procedures[i]))
            return false;
    for (i = 0; i < report->request_count; i++)
        if (!sum_request(report, &report->requests[i]))
            return false;
    if (report->overdue_count)
        qsort(report->overdue, report->overdue_count, sizeof *report->overdue, by_lateness);
    return arrange(&report->shown, report->procedures, report->procedure_count,
                   sizeof *report->procedures, by_name);
}
