/* The steps of a procedure: first as they stand in the file, then what they say of each
 * other by name. */
#include "flow/procedure_read.h"

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts of a step ---- */

/* A step that names no branches has one: to the step named by "next", or else to the one
 * below it. */
static enum kunci_rc read_only_branch(const struct reading *in, const char *next, struct step *step)
{
    const struct kunci_sop *sop = in->sop;
    const struct step *below = step + 1;

    if (!(step->branches = calloc(1, sizeof *step->branches)))
        return err_no_memory(in->err);
    step->branch_count = 1;
    if (!next)
        next = below < sop->steps + sop->step_count ? below->name : "end";
    step->branches[0].to = strdup(next);
    return step->branches[0].to ? KUNCI_OK : err_no_memory(in->err);
}

static enum kunci_rc read_reject(const struct reading *in, json_t *object, struct step *step)
{
    struct reject_file {
        char *to;
        json_t *text;
        bool added;
    } file = {NULL, NULL, false};
    static const struct json_field fields[] = {
        FIELD(struct reject_file, "to", JSON_KIND_STRING, to),
        FIELD(struct reject_file, "text", JSON_KIND_VALUE, text),
        FIELD(struct reject_file, "added", JSON_KIND_BOOL, added),
    };
    enum kunci_rc rc;

    if (!object)
        return KUNCI_OK;
    rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);
    step->rejects = true;
    step->reject_to = file.to;
    step->reject_added = file.added;
    return rc == KUNCI_OK ? read_words(in, object, "text", file.text, &step->reject_text) : rc;
}

static enum kunci_rc read_notice(const struct reading *in, json_t *object, struct notice *out)
{
    struct notice_file {
        int to;
        char *message;
    } file = {0, NULL};
    static const struct json_field fields[] = {
        WORD(struct notice_file, "to", to, role_names, true),
        NEEDED(struct notice_file, "message", JSON_KIND_STRING, message),
    };
    enum kunci_rc rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);

    out->to = (enum role)file.to;
    out->message = file.message;
    return rc == KUNCI_OK ? check_name(in, object, "message", out->message) : rc;
}

static enum kunci_rc read_notices(const struct reading *in, json_t *list, struct step *step)
{
    enum kunci_rc rc;
    unsigned i;

    rc = read_room(in, list, sizeof *step->notices, &step->notices, &step->notice_count);
    for (i = 0; rc == KUNCI_OK && i < step->notice_count; i++)
        rc = read_notice(in, json_array_get(list, i), &step->notices[i]);
    return rc;
}

static enum kunci_rc read_call(const struct reading *in, json_t *object, struct step *step)
{
    struct call_file {
        char *procedure;
        int reason;
    } file = {NULL, -1};
    static const struct json_field fields[] = {
        NEEDED(struct call_file, "procedure", JSON_KIND_STRING, procedure),
        WORD(struct call_file, "reason", reason, reason_names, false),
    };
    enum kunci_rc rc = KUNCI_OK;

    if (object)
        rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);
    step->calls = file.procedure;
    step->call_reason = file.reason;
    return rc == KUNCI_OK ? check_text(in, object, "procedure", step->calls) : rc;
}

static enum kunci_rc take_deeds(const struct reading *in, const json_t *owner, char **names,
                                struct step *step)
{
    for (; names && *names; names++) {
        if (step->deed_count == DEEDS_MAX)
            return json_complain(in->file, owner, "does", _("these are too many"), in->err);
        step->deeds[step->deed_count++] = (enum deed)word_index(deed_names, *names);
    }
    return KUNCI_OK;
}

static enum kunci_rc take_documents(const struct reading *in, const json_t *owner, char **names,
                                    struct step *step)
{
    int place;

    for (; names && *names; names++) {
        if ((place = document_place(in->sop, *names)) < 0)
            return json_complain(in->file, owner, "documents",
                                 _("a document is not known; \"documents\" at the top of the "
                                   "file names further ones"),
                                 in->err);
        step->documents |= 1u << place;
    }
    return KUNCI_OK;
}

struct step_file {
    struct step step;
    int actor, act;
    int64_t minutes;
    unsigned fields, rules;
    char **documents, **deeds, *next;
    json_t *text, *output, *remarks, *needs, *branches, *reject, *notices, *calls;
};

#define VALUE(name, member) FIELD(struct step_file, name, JSON_KIND_VALUE, member)

static const struct json_field step_fields[] = {
    NEEDED(struct step_file, "id", JSON_KIND_STRING, step.name),
    WORD(struct step_file, "actor", actor, role_names, true),
    WORD(struct step_file, "act", act, act_names, true),
    FIELD(struct step_file, "added", JSON_KIND_BOOL, step.added),
    NEEDED(struct step_file, "text", JSON_KIND_VALUE, text),
    VALUE("output", output),
    VALUE("remarks", remarks),
    VALUE("needs", needs),
    FIELD(struct step_file, "documents", JSON_KIND_LIST, documents),
    {"fields", JSON_KIND_SET, offsetof(struct step_file, fields), false, field_names, 0, 0},
    {"rules", JSON_KIND_SET, offsetof(struct step_file, rules), false, rule_names, 0, 0},
    NUMBER(struct step_file, "minutes", JSON_KIND_DECIMAL, minutes, 0, 100000000),
    {"does", JSON_KIND_LIST, offsetof(struct step_file, deeds), false, deed_names, 0, 0},
    FIELD(struct step_file, "calls", JSON_KIND_OBJECT, calls),
    FIELD(struct step_file, "branches", JSON_KIND_OBJECTS, branches),
    FIELD(struct step_file, "next", JSON_KIND_STRING, next),
    FIELD(struct step_file, "reject", JSON_KIND_OBJECT, reject),
    FIELD(struct step_file, "notices", JSON_KIND_OBJECTS, notices),
    FIELD(struct step_file, "other_than", JSON_KIND_LIST, step.other_than),
};

/* All but the branches, which may need the name of the step below. */
static enum kunci_rc take_step(const struct reading *in, json_t *object,
                               const struct step_file *file, struct step *step)
{
    enum kunci_rc rc;

    step->actor = (enum role)file->actor;
    step->act = (enum act)file->act;
    step->seconds = file->minutes * 60 / 1000;
    step->fields = file->fields;
    step->rules = file->rules;
    if ((rc = read_words(in, object, "text", file->text, &step->text)) == KUNCI_OK &&
        (rc = read_words(in, object, "output", file->output, &step->output)) == KUNCI_OK &&
        (rc = read_words(in, object, "remarks", file->remarks, &step->remarks)) == KUNCI_OK &&
        (rc = read_words_list(in, object, "needs", file->needs, &step->needs)) == KUNCI_OK &&
        (rc = take_documents(in, object, file->documents, step)) == KUNCI_OK &&
        (rc = take_deeds(in, object, file->deeds, step)) == KUNCI_OK &&
        (rc = read_call(in, file->calls, step)) == KUNCI_OK &&
        (rc = read_reject(in, file->reject, step)) == KUNCI_OK &&
        (rc = read_notices(in, file->notices, step)) == KUNCI_OK && file->branches)
        rc = read_branches(in, object, file->branches, step);
    return rc;
}

static enum kunci_rc read_step(const struct reading *in, json_t *object, struct step *step,
                               char **next)
{
    struct step_file file = {.actor = 0};
    enum kunci_rc rc;

    rc = json_read_object(in->file, object, step_fields, COUNT(step_fields), &file, in->err);
    *step = file.step;
    *next = file.next;
    if (rc == KUNCI_OK)
        rc = check_name(in, object, "id", step->name);
    if (rc == KUNCI_OK && strcmp(step->name, "end") == 0)
        rc = json_complain(in->file, object, "id", _("\"end\" is where a procedure is over"),
                           in->err);
    if (rc == KUNCI_OK)
        rc = take_step(in, object, &file, step);
    if (rc == KUNCI_OK && *next && step->branch_count)
        rc = json_complain(in->file, object, "next", _("it stands beside \"branches\""), in->err);
    json_list_free(&file.documents);
    json_list_free(&file.deeds);
    return rc;
}

/* ---- numbers and names ---- */

static enum kunci_rc number_steps(const struct reading *in, const json_t *list)
{
    const struct kunci_sop *sop = in->sop;
    unsigned number = 0, i;
    char letter = '\0';

    for (i = 0; i < sop->step_count; i++) {
        struct step *step = &sop->steps[i];

        if (step->added && letter == 'z')
            return json_complain(in->file, json_array_get(list, i), "added",
                                 _("there are more than 26 of them, one behind the other"),
                                 in->err);
        letter = step->added ? (char)(letter ? letter + 1 : 'a') : '\0';
        number += !step->added;
        step->number = number;
        step->letter = letter;
    }
    return KUNCI_OK;
}

/* STEP_END for "end"; any other name has to be a step's. */
static enum kunci_rc find_target(const struct reading *in, const json_t *owner, const char *key,
                                 const char *name, int *target)
{
    *target = strcmp(name, "end") == 0 ? STEP_END : procedure_step(in->sop, name);
    if (*target >= 0 || strcmp(name, "end") == 0)
        return KUNCI_OK;
    return json_complain(in->file, owner, key, _("there is no such step"), in->err);
}

static enum kunci_rc resolve_others(const struct reading *in, const json_t *owner,
                                    struct step *step)
{
    char **name;
    int other;

    for (name = step->other_than; name && *name; name++) {
        if ((other = procedure_step(in->sop, *name)) < 0)
            return json_complain(in->file, owner, "other_than", _("there is no such step"),
                                 in->err);
        step->not_by |= UINT64_C(1) << other;
    }
    return KUNCI_OK;
}

static enum kunci_rc resolve_step(const struct reading *in, const json_t *object, struct step *step)
{
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    if (&in->sop->steps[procedure_step(in->sop, step->name)] != step)
        return json_complain(in->file, object, "id", _("a step of that name stands above"),
                             in->err);
    for (i = 0; rc == KUNCI_OK && i < step->branch_count; i++) {
        const json_t *list = json_object_get(object, "branches");
        const json_t *owner = list ? json_array_get(list, i) : object;

        rc = find_target(in, owner, list ? "to" : "next", step->branches[i].to,
                         &step->branches[i].target);
    }
    if (rc == KUNCI_OK && step->reject_to)
        rc = find_target(in, json_object_get(object, "reject"), "to", step->reject_to,
                         &step->reject_target);
    return rc == KUNCI_OK ? resolve_others(in, object, step) : rc;
}

static enum kunci_rc resolve(const struct reading *in, const json_t *list)
{
    struct kunci_sop *sop = in->sop;
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    sop->return_target = STEP_END;
    for (i = 0; rc == KUNCI_OK && i < sop->step_count; i++)
        rc = resolve_step(in, json_array_get(list, i), &sop->steps[i]);
    if (rc == KUNCI_OK && sop->return_to)
        rc = find_target(in, in->file->root, "return_to", sop->return_to, &sop->return_target);
    return rc;
}

enum kunci_rc read_steps(const struct reading *in, json_t *list)
{
    struct kunci_sop *sop = in->sop;
    char *next[STEPS_MAX] = {NULL};
    enum kunci_rc rc;
    unsigned i;

    if (json_array_size(list) == 0 || json_array_size(list) > STEPS_MAX)
        return json_complain(in->file, in->file->root, "steps", _("there have to be from 1 to 64"),
                             in->err);
    rc = read_room(in, list, sizeof *sop->steps, &sop->steps, &sop->step_count);
    for (i = 0; rc == KUNCI_OK && i < sop->step_count; i++)
        rc = read_step(in, json_array_get(list, i), &sop->steps[i], &next[i]);
    for (i = 0; rc == KUNCI_OK && i < sop->step_count; i++)
        if (!sop->steps[i].branch_count)
            rc = read_only_branch(in, next[i], &sop->steps[i]);
    for (i = 0; i < STEPS_MAX; i++)
        free(next[i]);
    if (rc == KUNCI_OK)
        rc = number_steps(in, list);
    return rc == KUNCI_OK ? resolve(in, list) : rc;
}
