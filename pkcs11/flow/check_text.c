/* Texts in both languages, and documents that are asked for. */
#include "flow/check_sop.h"

struct texts {
    struct checking *in;
    bool in_english; /* one is */
    bool telling;    /* of those that are not */
};

static void look(struct texts *texts, const struct step *step, const char *key,
                 const struct words *words)
{
    if (words->en)
        texts->in_english = true;
    else if (words->id && texts->telling)
        check_found(texts->in, FINDING_ENGLISH_MISSING, step, key, NULL);
}

static void look_at_list(struct texts *texts, const struct step *step, const char *key,
                         const struct words_list *list)
{
    unsigned i;

    for (i = 0; i < list->count; i++)
        look(texts, step, key, &list->items[i]);
}

static void look_at_step(struct texts *texts, const struct step *step)
{
    unsigned i;

    look(texts, step, "text", &step->text);
    look(texts, step, "output", &step->output);
    look(texts, step, "remarks", &step->remarks);
    look_at_list(texts, step, "needs", &step->needs);
    for (i = 0; i < step->branch_count; i++)
        look(texts, step, "branches", &step->branches[i].text);
    look(texts, step, "reject", &step->reject_text);
}

static void look_at_header(struct texts *texts, const struct header *header)
{
    unsigned i;

    look(texts, NULL, "agency", &header->agency);
    look(texts, NULL, "unit", &header->unit);
    look(texts, NULL, "approved_by", &header->approved_by);
    look_at_list(texts, NULL, "legal_basis", &header->legal_basis);
    look_at_list(texts, NULL, "qualifications", &header->qualifications);
    look_at_list(texts, NULL, "equipment", &header->equipment);
    look_at_list(texts, NULL, "related", &header->related);
    look_at_list(texts, NULL, "warnings", &header->warnings);
    look_at_list(texts, NULL, "records", &header->records);
    for (i = 0; i < header->revision_count; i++)
        look(texts, NULL, "revisions", &header->revisions[i].text);
}

/* But for the titles of lanes: many an office has one name. */
static void look_at_all(struct texts *texts)
{
    const struct kunci_sop *sop = texts->in->sop;
    unsigned i;

    look(texts, NULL, "title", &sop->title);
    look(texts, NULL, "source", &sop->source);
    look_at_header(texts, &sop->header);
    for (i = 0; i < sop->document_count; i++)
        if (i >= document_kind_count)
            look(texts, NULL, sop->documents[i].name, &sop->documents[i].title);
    for (i = 0; i < sop->total_count; i++)
        look(texts, NULL, "totals", &sop->totals[i].text);
    for (i = 0; i < sop->step_count; i++)
        look_at_step(texts, &sop->steps[i]);
}

static void check_documents(struct checking *in)
{
    uint32_t asked = 0;
    unsigned i;

    for (i = 0; i < in->sop->step_count; i++)
        asked |= in->sop->steps[i].documents;
    for (i = document_kind_count; i < in->sop->document_count; i++)
        if (!(asked & 1u << i))
            check_found(in, FINDING_DOCUMENT_UNUSED, NULL, in->sop->documents[i].name, NULL);
}

void check_texts(struct checking *in)
{
    struct texts texts = {.in = in};

    look_at_all(&texts);
    texts.telling = texts.in_english;
    look_at_all(&texts);
    check_documents(in);
}
