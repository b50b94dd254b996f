#include "flow/procedure.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking ---- */

const char *words_shown(const struct words *words)
{
    const char *english = words->en ? words->en : words->id;
    const char *shown = strcmp(text_language(), "en") == 0 ? english : words->id;

    return shown ? shown : "";
}

int procedure_step(const struct kunci_sop *sop, const char *name)
{
    unsigned i;

    for (i = 0; i < sop->step_count; i++)
        if (strcmp(sop->steps[i].name, name) == 0)
            return (int)i;
    return -1;
}

int document_place(const struct kunci_sop *sop, const char *name)
{
    unsigned i;

    for (i = 0; i < sop->document_count; i++)
        if (strcmp(sop->documents[i].name, name) == 0)
            return (int)i;
    return -1;
}

void step_number(const struct step *step, char to[16])
{
    const char letter[] = {step->letter, '\0'};

    snprintf(to, 16, "%u%s", step->number, letter);
}

int step_reject_target(const struct kunci_sop *sop, const struct step *step)
{
    return step->reject_to ? step->reject_target : sop->return_target;
}

const char *kunci_sop_name(const struct kunci_sop *sop)
{
    return sop->name;
}

const char *kunci_sop_version(const struct kunci_sop *sop)
{
    return sop->version;
}

const char *kunci_sop_kind(const struct kunci_sop *sop)
{
    return sop_kind_names[sop->kind];
}

const char *kunci_sop_title(const struct kunci_sop *sop)
{
    return words_shown(&sop->title);
}

/* ---- freeing ---- */

static void words_clear(struct words *words)
{
    free(words->id);
    free(words->en);
}

static void list_clear(struct words_list *list)
{
    unsigned i;

    for (i = 0; i < list->count; i++)
        words_clear(&list->items[i]);
    free(list->items);
}

static void header_clear(struct header *header)
{
    struct words_list *lists[] = {&header->legal_basis, &header->qualifications, &header->equipment,
                                  &header->related,     &header->warnings,       &header->records};
    unsigned i;

    free(header->number);
    free(header->made);
    free(header->revised);
    free(header->effective);
    words_clear(&header->agency);
    words_clear(&header->unit);
    words_clear(&header->approved_by);
    for (i = 0; i < sizeof lists / sizeof *lists; i++)
        list_clear(lists[i]);
    for (i = 0; i < header->revision_count; i++) {
        free(header->revisions[i].date);
        words_clear(&header->revisions[i].text);
        words_clear(&header->revisions[i].by);
    }
    free(header->revisions);
}

static void branches_clear(struct step *step)
{
    unsigned i;

    for (i = 0; i < step->branch_count; i++) {
        free(step->branches[i].outcome);
        words_clear(&step->branches[i].text);
        free(step->branches[i].to);
    }
    free(step->branches);
}

static void step_clear(struct step *step)
{
    unsigned i;

    free(step->name);
    words_clear(&step->text);
    words_clear(&step->output);
    words_clear(&step->remarks);
    list_clear(&step->needs);
    free(step->calls);
    branches_clear(step);
    words_clear(&step->reject_text);
    free(step->reject_to);
    for (i = 0; i < step->notice_count; i++)
        free(step->notices[i].message);
    free(step->notices);
    json_list_free(&step->other_than);
}

static void total_clear(struct total *total)
{
    unsigned i;

    words_clear(&total->text);
    for (i = 0; i < total->outcome_count; i++) {
        free(total->outcomes[i].step);
        free(total->outcomes[i].outcome);
    }
    free(total->outcomes);
}

static void parts_clear(struct kunci_sop *sop)
{
    unsigned i;

    for (i = 0; i < sop->lane_count; i++)
        words_clear(&sop->lanes[i].title);
    for (i = 0; i < sop->document_count; i++) {
        free(sop->documents[i].name);
        words_clear(&sop->documents[i].title);
    }
    for (i = 0; i < sop->total_count; i++)
        total_clear(&sop->totals[i]);
    for (i = 0; i < sop->step_count; i++)
        step_clear(&sop->steps[i]);
}

void kunci_sop_free(struct kunci_sop **sop)
{
    struct kunci_sop *gone = *sop;

    *sop = NULL;
    if (!gone || --gone->holders > 0)
        return;
    parts_clear(gone);
    header_clear(&gone->header);
    words_clear(&gone->title);
    words_clear(&gone->source);
    free(gone->name);
    free(gone->version);
    free(gone->lanes);
    free(gone->documents);
    free(gone->hours.holidays);
    free(gone->totals);
    free(gone->steps);
    free(gone->return_to);
    free(gone);
}
