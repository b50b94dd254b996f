/* A report for programs; all times in seconds. */
#include "base/error.h"
#include "base/json.h"
#include "flow/tally_show.h"

#include <string.h>

static void put(json_t *object, const char *name, json_t *value, bool *whole)
{
    *whole = json_object_set_new(object, name, value) == 0 && *whole;
}

static void put_number(json_t *object, const char *name, int64_t number, bool *whole)
{
    put(object, name, json_integer(number), whole);
}

static void put_text(json_t *object, const char *name, const char *text, bool *whole)
{
    put(object, name, text && *text ? json_string(text) : json_null(), whole);
}

/* Appended at once, so that the list owns it whatever fails later. */
static json_t *put_item(json_t *list, bool *whole)
{
    json_t *item = json_object();

    *whole = json_array_append_new(list, item) == 0 && *whole;
    return *whole ? item : NULL;
}

static json_t *put_list(json_t *object, const char *name, bool *whole)
{
    json_t *list = json_array();

    put(object, name, list, whole);
    return *whole ? list : NULL;
}

static void put_times(json_t *object, const char *name, const struct times *times, bool *whole)
{
    json_t *to = json_object();

    put(object, name, to, whole);
    if (!*whole)
        return;
    put_number(to, "count", (int64_t)times->count, whole);
    put(to, "median", times->count ? json_integer(times->median) : json_null(), whole);
    put(to, "ninetieth", times->count ? json_integer(times->ninetieth) : json_null(), whole);
    put(to, "worst", times->count ? json_integer(times->worst) : json_null(), whole);
}

static void put_step(json_t *list, const struct tally_step *step, bool *whole)
{
    json_t *to = put_item(list, whole);
    char number[16];

    show_number(step, number);
    put_text(to, "step", step->name, whole);
    put_text(to, "number", number, whole);
    put_text(to, "actor", step->known ? role_names[step->known->actor] : NULL, whole);
    put(to, "planned", step->planned ? json_integer(step->planned) : json_null(), whole);
    put_times(to, "used", &step->used, whole);
    put_number(to, "rejected", (int64_t)step->rejected, whole);
    put_number(to, "withdrawn", (int64_t)step->withdrawn, whole);
    put_number(to, "timed_out", (int64_t)step->timed_out, whole);
    put_number(to, "open", (int64_t)step->open, whole);
    put_number(to, "overdue", (int64_t)step->overdue, whole);
}

static void put_counts(json_t *to, const struct tally_procedure *procedure, bool *whole)
{
    put_number(to, "started", (int64_t)procedure->started, whole);
    put_number(to, "closed", (int64_t)procedure->closed, whole);
    put_number(to, "rejected", (int64_t)procedure->rejected, whole);
    put_number(to, "withdrawn", (int64_t)procedure->withdrawn, whole);
    put_number(to, "timed_out", (int64_t)procedure->timed_out, whole);
    put_number(to, "open", (int64_t)procedure->open, whole);
    put_number(to, "overdue", (int64_t)procedure->overdue, whole);
    put_times(to, "planned", &procedure->planned, whole);
    put_times(to, "used", &procedure->used, whole);
    put_times(to, "elapsed", &procedure->elapsed, whole);
}

static void put_reason(json_t *list, const struct tally_reason *reason, bool *whole)
{
    json_t *to = put_item(list, whole);

    put_text(to, "reason", reason->text, whole);
    put_number(to, "count", (int64_t)reason->count, whole);
}

static void put_procedure(json_t *list, const struct tally_procedure *procedure, bool *whole)
{
    json_t *to = put_item(list, whole), *within;
    size_t i;

    put_text(to, "procedure", procedure->name, whole);
    put_text(to, "version", procedure->version, whole);
    put_counts(to, procedure, whole);
    within = put_list(to, "steps", whole);
    for (i = 0; i < procedure->step_count; i++)
        put_step(within, procedure->shown[i], whole);
    within = put_list(to, "reasons", whole);
    for (i = 0; i < procedure->reason_count; i++)
        put_reason(within, procedure->shown_reasons[i], whole);
}

static void put_overdue(json_t *list, const struct tally_overdue *overdue, bool *whole)
{
    json_t *to = put_item(list, whole);

    put_text(to, "request", overdue->request, whole);
    put_text(to, "procedure", overdue->procedure, whole);
    put_text(to, "step", overdue->step, whole);
    put_text(to, "role", overdue->desk, whole);
    put_text(to, "person", overdue->person, whole);
    put_text(to, "institution", overdue->institution, whole);
    put_number(to, "planned", overdue->planned, whole);
    put_number(to, "used", overdue->used, whole);
}

static void put_limit(json_t *object, const char *name, int64_t at, bool *whole)
{
    put(object, name, at ? json_integer(at) : json_null(), whole);
}

enum kunci_rc kunci_flow_report_json(struct kunci_flow_report *report, char **out,
                                     struct kunci_err *err)
{
    json_t *root = json_object(), *list;
    bool whole = root && tally_sum(report);
    size_t i;

    put_number(root, "now", tally_now(report), &whole);
    put_limit(root, "since", report->options.since, &whole);
    put_limit(root, "until", report->options.until, &whole);
    list = put_list(root, "procedures", &whole);
    for (i = 0; whole && i < report->procedure_count; i++)
        put_procedure(list, report->shown[i], &whole);
    list = put_list(root, "overdue", &whole);
    for (i = 0; whole && i < report->overdue_count; i++)
        put_overdue(list, &report->overdue[i], &whole);
    *out = whole ? json_write(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    return *out ? KUNCI_OK : err_no_memory(err);
}
