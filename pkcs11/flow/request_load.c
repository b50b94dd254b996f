#include "flow/request_file.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Beyond the year 30000 no clock goes, and sums of moments stay whole. */
static const int64_t moment_max = 1000000000000;

/* The request as it is being read, and what is looked at when its text has been. */
struct reading {
    struct kunci_request request;
    struct json_document document;
    char *procedure, *version, *step;
    json_t *clock, *data[DATA_SETS], *doers;
    struct kunci_err *err;
};

#define IN(member) .offset = offsetof(struct reading, member)
#define OF(member) .offset = offsetof(struct reading, request.member)

static const char *const given_names[] = {"reminder", "overdue", "escalation", NULL};

static const struct json_field of_clock[] = {
    {.name = "used",
     .kind = JSON_KIND_INT,
     .offset = offsetof(struct step_clock, used),
     .required = true,
     .max = moment_max},
    {.name = "since",
     .kind = JSON_KIND_INT,
     .offset = offsetof(struct step_clock, since),
     .required = true,
     .max = moment_max},
    {.name = "paused",
     .kind = JSON_KIND_BOOL,
     .offset = offsetof(struct step_clock, paused),
     .required = true},
    {.name = "given",
     .kind = JSON_KIND_SET,
     .offset = offsetof(struct step_clock, given),
     .required = true,
     .choices = given_names},
};

struct doing {
    char *step;
    struct doer doer;
};
static const struct json_field of_doer[] = {
    {.name = "step",
     .kind = JSON_KIND_STRING,
     .offset = offsetof(struct doing, step),
     .required = true},
    {.name = "person", .kind = JSON_KIND_STRING, .offset = offsetof(struct doing, doer.person)},
    {.name = "of", .kind = JSON_KIND_STRING, .offset = offsetof(struct doing, doer.of)},
};

/* ---- parts ---- */

static enum kunci_rc damaged(const struct reading *in, const char *what)
{
    return err_set(in->err, KUNCI_CONFIG_INVALID, in->document.name, what);
}

static enum kunci_rc read_clock(struct reading *in)
{
    return json_read_object(&in->document, in->clock, of_clock, sizeof of_clock / sizeof *of_clock,
                            &in->request.clock, in->err);
}

static enum kunci_rc read_data(struct reading *in, unsigned set)
{
    char **data = in->request.data[set];
    struct json_field fields[FIELDS];
    enum kunci_rc rc;
    unsigned i;

    for (i = 0; i < FIELDS; i++)
        fields[i] = (struct json_field){
            .name = field_names[i], .kind = JSON_KIND_STRING, .offset = i * sizeof *data};
    if ((rc = json_read_object(&in->document, in->data[set], fields, FIELDS, data, in->err)) !=
        KUNCI_OK)
        return rc;
    for (i = 0; i < FIELDS; i++)
        if (data[i] && strlen(data[i]) > VALUE_MAX)
            return damaged(in, _("a text is too long"));
    return KUNCI_OK;
}

static enum kunci_rc read_doer(struct reading *in, json_t *object)
{
    struct doing doing = {.step = NULL};
    enum kunci_rc rc = json_read_object(&in->document, object, of_doer,
                                        sizeof of_doer / sizeof *of_doer, &doing, in->err);
    int step = doing.step ? procedure_step(in->request.sop, doing.step) : -1;

    free(doing.step);
    if (rc == KUNCI_OK && (step < 0 || in->request.doers[step].person || !doing.doer.person))
        rc = damaged(in, _("it names no such step, or nobody who did it"));
    if (rc == KUNCI_OK) {
        in->request.doers[step] = doing.doer;
        return KUNCI_OK;
    }
    free(doing.doer.person);
    free(doing.doer.of);
    return rc;
}

static enum kunci_rc read_doers(struct reading *in)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < json_array_size(in->doers); i++)
        rc = read_doer(in, json_array_get(in->doers, i));
    return rc;
}

/* That it stands where the procedure lets it stand. */
static enum kunci_rc read_place(struct reading *in)
{
    struct kunci_request *request = &in->request;
    const struct step *step;

    request->step = in->step ? procedure_step(request->sop, in->step) : STEP_END;
    if ((in->step && request->step < 0) || !in->step != (request->state >= STATE_CLOSED))
        return damaged(in, _("state and step do not fit the procedure"));
    step = request_step(request);
    if (request->calling && (!step || !step->calls || !request->clock.paused))
        return damaged(in, _("it waits for a procedure that it has not called"));
    return KUNCI_OK;
}

static enum kunci_rc check_procedure(struct reading *in)
{
    const struct kunci_sop *sop = in->request.sop;

    if (strcmp(in->procedure, sop->name) == 0 && strcmp(in->version, sop->version) == 0)
        return KUNCI_OK;
    return damaged(in, _("it began by another procedure"));
}

/* ---- whole ---- */

static enum kunci_rc read_members(struct reading *in)
{
    const char *documents[DOCUMENTS_MAX + 1] = {NULL};
    const struct json_field fields[] = {
        {.name = "procedure", .kind = JSON_KIND_STRING, IN(procedure), .required = true},
        {.name = "version", .kind = JSON_KIND_STRING, IN(version), .required = true},
        {.name = "id", .kind = JSON_KIND_STRING, OF(id), .required = true},
        {.name = "applicant", .kind = JSON_KIND_STRING, OF(applicant), .required = true},
        {.name = "institution", .kind = JSON_KIND_STRING, OF(institution), .required = true},
        {.name = "reason", .kind = JSON_KIND_STRING, OF(reason)},
        {.name = "called", .kind = JSON_KIND_BOOL, OF(called), .required = true},
        {.name = "state",
         .kind = JSON_KIND_CHOICE,
         OF(state),
         .required = true,
         .choices = state_names},
        {.name = "step", .kind = JSON_KIND_STRING, IN(step)},
        {.name = "clock", .kind = JSON_KIND_OBJECT, IN(clock), .required = true},
        {.name = "began", .kind = JSON_KIND_INT, OF(began), .required = true, .max = moment_max},
        {.name = "touched",
         .kind = JSON_KIND_INT,
         OF(touched),
         .required = true,
         .max = moment_max},
        {.name = "deeds",
         .kind = JSON_KIND_SET,
         OF(deeds),
         .required = true,
         .choices = deed_names},
        {.name = "documents",
         .kind = JSON_KIND_SET,
         OF(documents),
         .required = true,
         .choices = documents},
        {.name = "person", .kind = JSON_KIND_OBJECT, IN(data[KUNCI_FLOW_PERSON]), .required = true},
        {.name = "letter", .kind = JSON_KIND_OBJECT, IN(data[KUNCI_FLOW_LETTER]), .required = true},
        {.name = "card", .kind = JSON_KIND_OBJECT, IN(data[KUNCI_FLOW_CARD]), .required = true},
        {.name = "doers", .kind = JSON_KIND_OBJECTS, IN(doers), .required = true},
        {.name = "calling", .kind = JSON_KIND_BOOL, OF(calling), .required = true},
        {.name = "chosen", .kind = JSON_KIND_STRING, OF(chosen)},
        {.name = "waits_for",
         .kind = JSON_KIND_CHOICE,
         OF(waits_for),
         .required = true,
         .choices = role_names},
        {.name = "domains", .kind = JSON_KIND_LIST, OF(domains)},
    };
    unsigned i;

    for (i = 0; i < in->request.sop->document_count; i++)
        documents[i] = in->request.sop->documents[i].name;
    return json_read_object(&in->document, in->document.root, fields,
                            sizeof fields / sizeof *fields, in, in->err);
}

static enum kunci_rc read_all(struct reading *in)
{
    enum kunci_rc rc;
    unsigned i;

    if ((rc = read_members(in)) != KUNCI_OK || (rc = check_procedure(in)) != KUNCI_OK ||
        (rc = read_clock(in)) != KUNCI_OK || (rc = read_place(in)) != KUNCI_OK)
        return rc;
    for (i = 0; rc == KUNCI_OK && i < DATA_SETS; i++)
        rc = read_data(in, i);
    return rc == KUNCI_OK ? read_doers(in) : rc;
}

/* The readers beneath know of settings only. */
static enum kunci_rc of_a_store(struct kunci_err *err)
{
    if (err->rc == KUNCI_CONFIG_INVALID)
        err->rc = KUNCI_STORE_DAMAGED;
    return err->rc;
}

static enum kunci_rc parse(struct json_document *document, const char *json, size_t len,
                           struct kunci_err *err)
{
    json_error_t wrong;

    document->name = _("of requests");
    document->root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &wrong);
    if (document->root)
        return KUNCI_OK;
    if (json_error_code(&wrong) == json_error_out_of_memory)
        return err_no_memory(err);
    return err_set(err, KUNCI_CONFIG_INVALID, document->name,
                   _("it is no JSON object, or not a whole one"));
}

enum kunci_rc request_load(const struct kunci_sop *sop, const char *json, size_t len,
                           struct kunci_request **out, struct kunci_err *err)
{
    struct reading in = {.request = {.sop = sop, .step = STEP_END}, .err = err};
    struct kunci_request *request = malloc(sizeof *request);
    enum kunci_rc rc;

    *out = NULL;
    if (!request)
        return err_no_memory(err);
    if ((rc = parse(&in.document, json, len, err)) == KUNCI_OK)
        rc = read_all(&in);
    *request = in.request;
    if (rc == KUNCI_OK)
        *out = request;
    else
        kunci_request_free(&request);
    free(in.procedure);
    free(in.version);
    free(in.step);
    json_document_clear(&in.document);
    return rc == KUNCI_OK ? rc : of_a_store(err);
}
