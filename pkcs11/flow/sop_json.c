/* All of a procedure as one JSON document; docs/man/kunci_sop_svg.3 tells its names. */
#include "base/error.h"
#include "base/json.h"
#include "flow/procedure.h"
#include "flow/tell.h"

#include <jansson.h>
#include <stdlib.h>

/* What lacks is null; NULL is for lack of memory, which json_pack() hands on. */
static json_t *text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *words(const struct words *words)
{
    return words->id || words->en ? json_pack("{s:s?, s:s?}", "id", words->id, "en", words->en)
                                  : json_null();
}

/* Takes the item over. */
static bool add(json_t *list, json_t *item)
{
    return json_array_append_new(list, item) == 0;
}

/* The list, or NULL where something of it is missing. */
static json_t *whole(json_t *list, bool good)
{
    if (good && list)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *words_list(const struct words_list *from)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < from->count; i++)
        good = add(list, words(&from->items[i]));
    return whole(list, good);
}

/* The names of a set's members. */
static json_t *names(const char *const *all, uint64_t set)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && all[i]; i++)
        if (set >> i & 1)
            good = add(list, json_string(all[i]));
    return whole(list, good);
}

static json_t *minutes(int64_t seconds)
{
    char to[32];

    tell_minutes(to, seconds);
    return seconds ? json_string(to) : json_null();
}

/* ---- the header ---- */

static json_t *revisions(const struct header *head)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < head->revision_count; i++) {
        const struct revision *revision = &head->revisions[i];

        good = add(list, json_pack("{s:o, s:o, s:o}", "date", text(revision->date), "text",
                                   words(&revision->text), "by", words(&revision->by)));
    }
    return whole(list, good);
}

static json_t *header(const struct header *head)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "number", text(head->number), "made", text(head->made), "revised",
                     text(head->revised), "effective", text(head->effective), "agency",
                     words(&head->agency), "unit", words(&head->unit), "approved_by",
                     words(&head->approved_by), "legal_basis", words_list(&head->legal_basis),
                     "qualifications", words_list(&head->qualifications), "equipment",
                     words_list(&head->equipment), "related", words_list(&head->related),
                     "warnings", words_list(&head->warnings), "records", words_list(&head->records),
                     "revisions", revisions(head));
}

static json_t *lanes(const struct kunci_sop *sop)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < sop->lane_count; i++)
        good = add(list, json_pack("{s:s, s:o, s:s}", "role", role_names[sop->lanes[i].role],
                                   "title", words(&sop->lanes[i].title), "shown",
                                   tell_actor(sop, sop->lanes[i].role)));
    return whole(list, good);
}

static json_t *outcomes(const struct total *total)
{
    json_t *object = json_object();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < total->outcome_count; i++)
        good = json_object_set_new(object, total->outcomes[i].step,
                                   text(total->outcomes[i].outcome)) == 0;
    return whole(object, good);
}

static json_t *totals(const struct kunci_sop *sop)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < sop->total_count; i++) {
        const struct total *total = &sop->totals[i];

        good = add(list, json_pack("{s:o, s:o, s:I, s:o}", "text", words(&total->text), "minutes",
                                   minutes(total->seconds), "seconds", (json_int_t)total->seconds,
                                   "outcomes", outcomes(total)));
    }
    return whole(list, good);
}

/* ---- steps ---- */

static json_t *number(const struct kunci_sop *sop, int target)
{
    char to[16];

    if (target == STEP_END)
        return json_null();
    step_number(&sop->steps[target], to);
    return json_string(to);
}

static json_t *name(const struct kunci_sop *sop, int target)
{
    return json_string(target == STEP_END ? "end" : sop->steps[target].name);
}

static json_t *condition(const struct condition *when)
{
    json_t *object = json_object();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < FACTS; i++)
        if (when->values[i])
            good = json_object_set_new(object, fact_names[i],
                                       names(fact_values[i], when->values[i])) == 0;
    return whole(object, good);
}

static json_t *branches(const struct kunci_sop *sop, const struct step *step)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < step->branch_count; i++) {
        const struct branch *branch = &step->branches[i];

        good = add(list,
                   json_pack("{s:o, s:o, s:o, s:o, s:o}", "outcome", text(branch->outcome), "text",
                             words(&branch->text), "when", condition(&branch->when), "to",
                             name(sop, branch->target), "to_number", number(sop, branch->target)));
    }
    return whole(list, good);
}

static json_t *rejection(const struct kunci_sop *sop, const struct step *step)
{
    int target = step_reject_target(sop, step);

    if (!step->rejects)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:b}", "text", words(&step->reject_text), "to",
                     name(sop, target), "to_number", number(sop, target), "added",
                     step->reject_added);
}

static json_t *documents(const struct kunci_sop *sop, const struct step *step)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < sop->document_count; i++)
        if (step->documents >> i & 1)
            good = add(list, json_pack("{s:s, s:o}", "name", sop->documents[i].name, "title",
                                       words(&sop->documents[i].title)));
    return whole(list, good);
}

static json_t *deeds(const struct step *step)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < step->deed_count; i++)
        good = add(list, json_string(deed_names[step->deeds[i]]));
    return whole(list, good);
}

static json_t *call(const struct step *step)
{
    if (!step->calls)
        return json_null();
    return json_pack("{s:s, s:o}", "procedure", step->calls, "reason",
                     text(step->call_reason < 0 ? NULL : reason_names[step->call_reason]));
}

static json_t *notices(const struct step *step)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < step->notice_count; i++)
        good = add(list, json_pack("{s:s, s:s}", "to", role_names[step->notices[i].to], "message",
                                   step->notices[i].message));
    return whole(list, good);
}

static json_t *others(const struct kunci_sop *sop, const struct step *step)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < sop->step_count; i++)
        if (step->not_by >> i & 1)
            good = add(list, json_string(sop->steps[i].name));
    return whole(list, good);
}

static json_t *one_step(const struct kunci_sop *sop, const struct step *step)
{
    char printed[16];

    step_number(step, printed);
    return json_pack(
        "{s:s, s:s, s:b, s:{s:s, s:s}, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o,"
        " s:o, s:o, s:o, s:o, s:o, s:o}",
        "id", step->name, "number", printed, "added", step->added, "actor", "role",
        role_names[step->actor], "shown", tell_actor(sop, step->actor), "act", act_names[step->act],
        "text", words(&step->text), "needs", words_list(&step->needs), "documents",
        documents(sop, step), "fields", names(field_names, step->fields), "rules",
        names(rule_names, step->rules), "minutes", minutes(step->seconds), "seconds",
        (json_int_t)step->seconds, "output", words(&step->output), "remarks", words(&step->remarks),
        "branches", branches(sop, step), "reject", rejection(sop, step), "does", deeds(step),
        "calls", call(step), "notices", notices(step), "other_than", others(sop, step));
}

static json_t *steps(const struct kunci_sop *sop)
{
    json_t *list = json_array();
    bool good = true;
    unsigned i;

    for (i = 0; good && i < sop->step_count; i++)
        good = add(list, one_step(sop, &sop->steps[i]));
    return whole(list, good);
}

/* ---- service times ---- */

static json_t *service(const struct service *from)
{
    return json_pack("{s:I, s:I, s:s, s:I}", "remind_at", (json_int_t)from->remind_at,
                     "escalate_at", (json_int_t)from->escalate_at, "escalate_to",
                     role_names[from->escalate_to], "expires_days", (json_int_t)from->expires_days);
}

enum kunci_rc kunci_sop_json(const struct kunci_sop *sop, char **out, struct kunci_err *err)
{
    json_t *document = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", sop->name, "version",
        sop->version, "kind", sop_kind_names[sop->kind], "title", words(&sop->title), "source",
        words(&sop->source), "header", header(&sop->header), "lanes", lanes(sop), "service",
        service(&sop->service), "totals", totals(sop), "return_to",
        sop->return_to ? name(sop, sop->return_target) : json_null(), "steps", steps(sop));

    *out = json_write(document, JSON_INDENT(2));
    json_decref(document);
    return *out ? KUNCI_OK : err_no_memory(err);
}
