#include "flow/request_file.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <jansson.h>

/* An object or a list that is being filled; what fails sticks. */
struct filling {
    bool failed, unreadable;
};

static void put(struct filling *filling, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        filling->failed = true;
}

/* json_string() says no more than that it failed. */
static bool is_utf8(const char *text)
{
    json_t *value = json_string_nocheck(text);
    bool readable = !value || json_dumpb(value, NULL, 0, JSON_ENCODE_ANY) > 0;

    json_decref(value);
    return readable;
}

static json_t *text_of(struct filling *filling, const char *text)
{
    json_t *value = json_string(text);

    if (!value && !is_utf8(text))
        filling->unreadable = true;
    return value;
}

/* What is not there is left out. */
static void put_text(struct filling *filling, json_t *object, const char *name, const char *text)
{
    if (text)
        put(filling, object, name, text_of(filling, text));
}

static void add(struct filling *filling, json_t *list, const char *text)
{
    if (json_array_append_new(list, text_of(filling, text)) != 0)
        filling->failed = true;
}

static json_t *clock_of(struct filling *filling, const struct step_clock *clock)
{
    static const char *const given[] = {"reminder", "overdue", "escalation"};
    json_t *object = json_object(), *list = json_array();
    unsigned i;

    put(filling, object, "used", json_integer(clock->used));
    put(filling, object, "since", json_integer(clock->since));
    put(filling, object, "paused", json_boolean(clock->paused));
    for (i = 0; i < sizeof given / sizeof *given; i++)
        if (clock->given & 1u << i)
            add(filling, list, given[i]);
    put(filling, object, "given", list);
    return object;
}

static json_t *deeds_of(struct filling *filling, const struct kunci_request *request)
{
    json_t *list = json_array();
    unsigned i;

    for (i = 0; i < DEEDS; i++)
        if (request->deeds & 1u << i)
            add(filling, list, deed_names[i]);
    return list;
}

static json_t *documents_of(struct filling *filling, const struct kunci_request *request)
{
    json_t *list = json_array();
    unsigned i;

    for (i = 0; i < request->sop->document_count; i++)
        if (request->documents & 1u << i)
            add(filling, list, request->sop->documents[i].name);
    return list;
}

static json_t *data_of(struct filling *filling, char *const data[FIELDS])
{
    json_t *object = json_object();
    unsigned i;

    for (i = 0; i < FIELDS; i++)
        put_text(filling, object, field_names[i], data[i]);
    return object;
}

static json_t *doers_of(struct filling *filling, const struct kunci_request *request)
{
    json_t *list = json_array();
    unsigned i;

    for (i = 0; i < request->sop->step_count; i++) {
        const struct doer *doer = &request->doers[i];
        json_t *object;

        if (!doer->person && !doer->of)
            continue;
        object = json_object();
        put_text(filling, object, "step", request->sop->steps[i].name);
        put_text(filling, object, "person", doer->person);
        put_text(filling, object, "of", doer->of);
        if (json_array_append_new(list, object) != 0)
            filling->failed = true;
    }
    return list;
}

static json_t *domains_of(struct filling *filling, char *const *domains)
{
    json_t *list = json_array();

    for (; *domains; domains++)
        add(filling, list, *domains);
    return list;
}

static json_t *written(struct filling *filling, const struct kunci_request *request)
{
    const struct step *step = request_step(request);
    json_t *object = json_object();

    put_text(filling, object, "procedure", request->sop->name);
    put_text(filling, object, "version", request->sop->version);
    put_text(filling, object, "id", request->id);
    put_text(filling, object, "applicant", request->applicant);
    put_text(filling, object, "institution", request->institution);
    put_text(filling, object, "reason", request->reason);
    put(filling, object, "called", json_boolean(request->called));
    put_text(filling, object, "state", state_names[request->state]);
    put_text(filling, object, "step", step ? step->name : NULL);
    put(filling, object, "clock", clock_of(filling, &request->clock));
    put(filling, object, "began", json_integer(request->began));
    put(filling, object, "touched", json_integer(request->touched));
    put(filling, object, "deeds", deeds_of(filling, request));
    put(filling, object, "documents", documents_of(filling, request));
    put(filling, object, "person", data_of(filling, request->data[KUNCI_FLOW_PERSON]));
    put(filling, object, "letter", data_of(filling, request->data[KUNCI_FLOW_LETTER]));
    put(filling, object, "card", data_of(filling, request->data[KUNCI_FLOW_CARD]));
    put(filling, object, "doers", doers_of(filling, request));
    put(filling, object, "calling", json_boolean(request->calling));
    put_text(filling, object, "chosen", request->chosen);
    put_text(filling, object, "waits_for", role_names[request->waits_for]);
    if (request->domains)
        put(filling, object, "domains", domains_of(filling, request->domains));
    return object;
}

enum kunci_rc request_save(const struct kunci_request *request, char **json, struct kunci_err *err)
{
    struct filling filling = {false, false};
    json_t *object = written(&filling, request);

    *json = filling.failed ? NULL : json_write(object, JSON_COMPACT);
    json_decref(object);
    if (*json)
        return KUNCI_OK;
    if (filling.unreadable)
        return err_set(err, KUNCI_BODY_INVALID, NULL, _("a text is not UTF-8"));
    return err_no_memory(err);
}
