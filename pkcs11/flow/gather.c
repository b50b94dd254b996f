/* Documents and data: brought to a request, and asked for by its steps. */
#include "base/buf.h"
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

static enum kunci_rc is_settled(const struct turn *turn)
{
    return err_set(turn->err, KUNCI_FLOW_CONDITION, request_step(turn->request)->name,
                   _("it was decided upon, and stays as it is"));
}

enum kunci_rc turn_attach(const struct turn *turn)
{
    const char *name = turn->event->name;
    int document = name ? find_document(turn->request->sop, name) : -1;
    enum kunci_rc rc;

    if (document < 0)
        return err_set(turn->err, KUNCI_FLOW_DOCUMENT_MISSING, request_step(turn->request)->name,
                       _("the procedure knows no document of that name"));
    if (turn->request->documents & 1u << document && request_is_settled(turn->request))
        return is_settled(turn);
    if ((rc = turn_log(turn, "attached", name, NULL)) == KUNCI_OK)
        turn->request->documents |= 1u << document;
    return rc;
}

enum kunci_rc turn_fill(const struct turn *turn)
{
    const struct kunci_flow_event *event = turn->event;
    const char *before;
    int field = event->name ? word_index(field_names, event->name) : -1;

    if (field < 0 || (unsigned)event->data >= DATA_SETS || !event->value)
        return err_set(turn->err, KUNCI_FLOW_FIELD_MISSING, request_step(turn->request)->name,
                       _("the procedure knows no data of that name"));
    if (strlen(event->value) > VALUE_MAX)
        return err_set(turn->err, KUNCI_FLOW_FIELD_MISSING, request_step(turn->request)->name,
                       _("the text is too long"));
    before = turn->request->data[event->data][field];
    if (before && strcmp(before, event->value) != 0 && request_is_settled(turn->request))
        return is_settled(turn);
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

/* Where a certificate ends, the reason goes into the CRL. */
static enum kunci_rc check_reason(const struct turn *turn, const struct step *step)
{
    const struct kunci_request *request = turn->request;
    const char *said = request->data[KUNCI_FLOW_PERSON][FIELD_REASON];
    struct buf names = {0};
    unsigned i;

    if (request->sop->kind != SOP_REVOCATION && request->sop->kind != SOP_SUSPENSION)
        return KUNCI_OK;
    if (!said || kunci_flow_crl_reason(said, false) >= 0)
        return KUNCI_OK;
    for (i = 0; i < REASONS; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", reason_names[i]);
    if (names.failed)
        err_no_memory(turn->err);
    else
        err_setf(turn->err, KUNCI_FLOW_RULE, step->name, _("the reason has to be one of these: %s"),
                 names.data);
    buf_clear(&names);
    return turn->err->rc;
}

static enum kunci_rc check_fields(const struct turn *turn, const struct step *step)
{
    unsigned i;

    for (i = 0; i < FIELDS; i++)
        if (step->fields & 1u << i && !is_filled(turn->request, (enum field)i))
            return err_set(turn->err, KUNCI_FLOW_FIELD_MISSING, step->name, field_names[i]);
    return step->fields & 1u << FIELD_REASON ? check_reason(turn, step) : KUNCI_OK;
}

/* ---- what the data says ---- */

struct said {
    struct kunci_identity_field fields[FIELDS];
    size_t count;
};

static struct said said_by(const struct kunci_request *request, enum kunci_flow_data whose)
{
    struct said said = {.count = 0};
    unsigned i;

    for (i = 0; i < FIELDS; i++)
        if (request->data[whose][i])
            said.fields[said.count++] =
                (struct kunci_identity_field){field_names[i], request->data[whose][i]};
    return said;
}

/* Every error, field by field; warnings are for whoever verifies. */
static enum kunci_rc complain(const struct turn *turn, const struct kunci_identity *found)
{
    struct buf text = {0};
    size_t i;

    for (i = 0; i < found->count; i++) {
        const struct kunci_identity_finding *one = &found->findings[i];

        if (!one->error)
            continue;
        buf_printf(&text, "%s%s: %s (\"%s\"", text.len ? "; " : "", one->field,
                   kunci_identity_sentence(one), one->value);
        buf_printf(&text, one->other ? ", \"%s\")" : ")", one->other);
    }
    if (text.failed)
        err_no_memory(turn->err);
    else
        err_set(turn->err, KUNCI_FLOW_RULE, request_step(turn->request)->name, text.data);
    buf_clear(&text);
    return turn->err->rc;
}

static enum kunci_rc find_faults(const struct turn *turn, enum rule rule,
                                 struct kunci_identity **out)
{
    const struct kunci_request *request = turn->request;
    struct said person = said_by(request, KUNCI_FLOW_PERSON);
    struct said letter = said_by(request, KUNCI_FLOW_LETTER);
    struct said card = said_by(request, KUNCI_FLOW_CARD);

    if (rule == RULE_IDENTITY)
        return kunci_identity_check(person.fields, person.count,
                                    (const char *const *)request->domains, out, turn->err);
    return kunci_identity_compare(letter.fields, letter.count, card.fields, card.count, out,
                                  turn->err);
}

/* A card of which nothing is known would agree with every letter. */
static enum kunci_rc check_card(const struct turn *turn, const struct step *step)
{
    static const enum field least[] = {FIELD_NIK, FIELD_NAME};
    unsigned i;

    for (i = 0; i < sizeof least / sizeof *least; i++)
        if (!turn->request->data[KUNCI_FLOW_CARD][least[i]])
            return err_setf(turn->err, KUNCI_FLOW_FIELD_MISSING, step->name, "card %s",
                            field_names[least[i]]);
    return KUNCI_OK;
}

static enum kunci_rc check_rule(const struct turn *turn, const struct step *step, enum rule rule)
{
    struct kunci_identity *found = NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (!(step->rules & 1u << rule))
        return KUNCI_OK;
    if (rule == RULE_LETTER)
        rc = check_card(turn, step);
    if (rc == KUNCI_OK && (rc = find_faults(turn, rule, &found)) == KUNCI_OK && found->errors)
        rc = complain(turn, found);
    kunci_identity_free(&found);
    return rc;
}

enum kunci_rc turn_check_gathered(const struct turn *turn)
{
    const struct step *step = request_step(turn->request);
    enum kunci_rc rc;

    if ((rc = check_documents(turn, step)) == KUNCI_OK &&
        (rc = check_fields(turn, step)) == KUNCI_OK &&
        (rc = check_rule(turn, step, RULE_IDENTITY)) == KUNCI_OK)
        rc = check_rule(turn, step, RULE_LETTER);
    return rc;
}
