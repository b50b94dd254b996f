/* Documents and data: brought to a request, and asked for by its steps. */
#include "base/error.h"
#include "base/text.h"
#include "flow/engine.h"

#include <stdlib.h>
#include <string.h>

static int find_document(const struct kunci_sop *sop, const char *name)
{
    unsigned i;

    for (i = 0; i < sop->document_count; i++)
        if (strcmp(sop->documents[i].name, name) == 0)
            return (int)i;
    return -1;
}

enum kunci_rc turn_attach(const struct turn *turn)
{
    const char *name = turn->event->name;
    int document = name ? find_document(turn->request->sop, name) : -1;
    enum kunci_rc rc;

    if (document < 0)
        return err_set(turn->err, KUNCI_FLOW_DOCUMENT_MISSING, request_step(turn->request)->name,
                       _("the procedure knows no document of that name"));
    if ((rc = turn_log(turn, "attached", name, NULL)) == KUNCI_OK)
        turn->request->documents |= 1u << document;
    return rc;
}

enum kunci_rc turn_fill(const struct turn *turn)
{
    const struct kunci_flow_event *event = turn->event;
    int field = event->name ? word_index(field_names, event->name) : -1;

    if (field < 0 || (unsigned)event->data >= DATA_SETS || !event->value)
        return err_set(turn->err, KUNCI_FLOW_FIELD_MISSING, request_step(turn->request)->name,
                       _("the procedure knows no data of that name"));
    if (strlen(event->value) > VALUE_MAX)
        return err_set(turn->err, KUNCI_FLOW_FIELD_MISSING, request_step(turn->request)->name,
                       _("the text is too long"));
    return text_keep(&turn->request->data[event->data][field], *event->value ? event->value : NULL)
               ? KUNCI_OK
               : err_no_memory(turn->err);
}

/* ---- before a step is done ---- */

static enum kunci_rc check_documents(const struct turn *turn, const struct step *step)
{
    uint32_t missing = step->documents & ~turn->request->documents;
    unsigned i;

    for (i = 0; i < turn->request->sop->document_count; i++)
        if (missing & 1u << i)
            return err_set(turn->err, KUNCI_FLOW_DOCUMENT_MISSING, step->name,
                           turn->request->sop->documents[i].name);
    return KUNCI_OK;
}

/* The reason may have come with the call instead. */
static bool is_filled(const struct kunci_request *request, enum field field)
{
    return request->data[KUNCI_FLOW_PERSON][field] || (field == FIELD_REASON && request->reason);
}

static enum kunci_rc check_fields(const struct turn *turn, const struct step *step)
{
    unsigned i;

    for (i = 0; i < FIELDS; i++)
        if (step->fields & 1u << i && !is_filled(turn->request, (enum field)i))
            return err_set(turn->err, KUNCI_FLOW_FIELD_MISSING, step->name, field_names[i]);
    return KUNCI_OK;
}

enum kunci_rc turn_check_gathered(const struct turn *turn)
{
    const struct step *step = request_step(turn->request);
    enum kunci_rc rc;

    if ((rc = check_documents(turn, step)) == KUNCI_OK)
        rc = check_fields(turn, step);
    return rc;
}
