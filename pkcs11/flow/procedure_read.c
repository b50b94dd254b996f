/* A procedure's file as a whole; its steps are read by procedure_steps.c. */
#include "flow/procedure_read.h"

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts in two languages ---- */

static enum kunci_rc no_words(const struct reading *in, const json_t *owner, const char *key)
{
    return json_complain(in->file, owner, key,
                         _("it must be text, or a text for each of id and en"), in->err);
}

enum kunci_rc check_text(const struct reading *in, const json_t *owner, const char *key,
                         const char *text)
{
    for (; text && *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\n') || *text == 0x7f)
            return json_complain(in->file, owner, key, _("there is a control character in it"),
                                 in->err);
    return KUNCI_OK;
}

static enum kunci_rc read_both(const struct reading *in, json_t *object, struct words *out)
{
    static const struct json_field fields[] = {
        NEEDED(struct words, "id", JSON_KIND_STRING, id),
        FIELD(struct words, "en", JSON_KIND_STRING, en),
    };
    enum kunci_rc rc = json_read_object(in->file, object, fields, COUNT(fields), out, in->err);

    if (rc == KUNCI_OK)
        rc = check_text(in, object, "id", out->id);
    return rc == KUNCI_OK ? check_text(in, object, "en", out->en) : rc;
}

enum kunci_rc read_words(const struct reading *in, const json_t *owner, const char *key,
                         json_t *value, struct words *out)
{
    const char *text = json_string_value(value);

    if (!value)
        return KUNCI_OK;
    if (json_is_object(value))
        return read_both(in, value, out);
    if (!text || !*text || strlen(text) != json_string_length(value))
        return no_words(in, owner, key);
    out->id = strdup(text);
    return out->id ? check_text(in, owner, key, text) : err_no_memory(in->err);
}

enum kunci_rc read_room(const struct reading *in, const json_t *list, size_t size, void *out,
                        unsigned *count)
{
    size_t wanted = json_array_size(list);
    void *room = wanted ? calloc(wanted, size) : NULL;

    *count = (unsigned)(room ? wanted : 0);
    memcpy(out, &room, sizeof room);
    return room || !wanted ? KUNCI_OK : err_no_memory(in->err);
}

enum kunci_rc read_words_list(const struct reading *in, const json_t *owner, const char *key,
                              json_t *value, struct words_list *out)
{
    enum kunci_rc rc = KUNCI_OK;
    json_t *item;
    size_t i;

    if (value && !json_is_array(value))
        return json_complain(in->file, owner, key, _("it must be a list"), in->err);
    rc = read_room(in, value, sizeof *out->items, &out->items, &out->count);
    for (i = 0; rc == KUNCI_OK && i < out->count; i++) {
        item = json_array_get(value, i);
        rc = read_words(in, owner, key, item, &out->items[i]);
    }
    return rc;
}

/* ---- names ---- */

enum kunci_rc check_name(const struct reading *in, const json_t *owner, const char *key,
                         const char *name)
{
    size_t len = name ? strlen(name) : 0;

    if (!name || (len > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
                  *name != '-' && name[len - 1] != '-'))
        return KUNCI_OK;
    return json_complain(in->file, owner, key,
                         _("a name has only a to z, 0 to 9, and \"-\" in between"), in->err);
}

/* ---- small sections ---- */

static enum kunci_rc read_lanes(const struct reading *in, json_t *list)
{
    struct lane_file {
        int role;
        json_t *title;
    };
    static const struct json_field fields[] = {
        WORD(struct lane_file, "role", role, role_names, true),
        FIELD(struct lane_file, "title", JSON_KIND_VALUE, title),
    };
    struct kunci_sop *sop = in->sop;
    enum kunci_rc rc = read_room(in, list, sizeof *sop->lanes, &sop->lanes, &sop->lane_count);
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < sop->lane_count; i++) {
        json_t *object = json_array_get(list, i);
        struct lane_file lane = {0, NULL};

        rc = json_read_object(in->file, object, fields, COUNT(fields), &lane, in->err);
        if (rc == KUNCI_OK)
            rc = read_words(in, object, "title", lane.title, &sop->lanes[i].title);
        sop->lanes[i].role = (enum role)lane.role;
    }
    return rc;
}

static enum kunci_rc copy_document(const struct reading *in, const struct document_kind *kind,
                                   struct document *to)
{
    to->name = strdup(kind->name);
    to->title.id = strdup(kind->id);
    to->title.en = strdup(kind->en);
    return to->name && to->title.id && to->title.en ? KUNCI_OK : err_no_memory(in->err);
}

/* What a token makes is kept beside the documents, by these names: whoever could attach one
 * of them would exchange what was proved. */
static const char *const reserved[] = {"csr", "proof-old", "proof-new", NULL};

/* Those that every procedure knows, and behind them the file's own. */
static enum kunci_rc read_documents(const struct reading *in, json_t *object)
{
    struct kunci_sop *sop = in->sop;
    enum kunci_rc rc = KUNCI_OK;
    const char *name;
    json_t *title = NULL;

    if (document_kind_count + json_object_size(object) > DOCUMENTS_MAX)
        return json_complain(in->file, in->file->root, "documents", _("these are too many"),
                             in->err);
    if (!(sop->documents = calloc(DOCUMENTS_MAX, sizeof *sop->documents)))
        return err_no_memory(in->err);
    while (rc == KUNCI_OK && sop->document_count < document_kind_count) {
        struct document *next = &sop->documents[sop->document_count++];

        rc = copy_document(in, &document_kinds[sop->document_count - 1], next);
    }
    json_object_foreach(object, name, title)
    {
        struct document *next = &sop->documents[sop->document_count];

        if (rc != KUNCI_OK)
            break;
        if (document_place(sop, name) >= 0)
            return json_complain(in->file, object, name, _("this document is known already"),
                                 in->err);
        if (word_index(reserved, name) >= 0)
            return json_complain(in->file, object, name,
                                 _("this name is kept for what a token makes"), in->err);
        sop->document_count++;
        next->name = strdup(name);
        rc = next->name ? check_name(in, object, name, name) : err_no_memory(in->err);
        if (rc == KUNCI_OK)
            rc = read_words(in, object, name, title, &next->title);
    }
    return rc;
}

static enum kunci_rc read_service(const struct reading *in, json_t *object)
{
    struct service_file {
        struct service service;
        int escalate_to;
    } file = {.escalate_to = ROLE_OP};
    static const struct json_field fields[] = {
        NUMBER(struct service_file, "remind_at", JSON_KIND_INT, service.remind_at, 1, 100),
        NUMBER(struct service_file, "escalate_at", JSON_KIND_INT, service.escalate_at, 100, 100000),
        WORD(struct service_file, "escalate_to", escalate_to, role_names, false),
        NUMBER(struct service_file, "expires_days", JSON_KIND_INT, service.expires_days, 1, 3650),
    };
    enum kunci_rc rc = KUNCI_OK;

    if (object)
        rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);
    in->sop->service = file.service;
    in->sop->service.escalate_to = (enum role)file.escalate_to;
    return rc;
}

/* ---- the whole ---- */

struct sections {
    char *version, *return_to;
    int kind;
    json_t *title, *source, *header, *lanes, *documents, *service, *hours, *totals, *steps;
};

static const struct json_field sections[] = {
    NEEDED(struct sections, "version", JSON_KIND_STRING, version),
    WORD(struct sections, "kind", kind, sop_kind_names, true),
    NEEDED(struct sections, "title", JSON_KIND_VALUE, title),
    FIELD(struct sections, "source", JSON_KIND_VALUE, source),
    FIELD(struct sections, "header", JSON_KIND_OBJECT, header),
    FIELD(struct sections, "lanes", JSON_KIND_OBJECTS, lanes),
    FIELD(struct sections, "documents", JSON_KIND_OBJECT, documents),
    FIELD(struct sections, "service", JSON_KIND_OBJECT, service),
    FIELD(struct sections, "hours", JSON_KIND_OBJECT, hours),
    FIELD(struct sections, "totals", JSON_KIND_OBJECTS, totals),
    FIELD(struct sections, "return_to", JSON_KIND_STRING, return_to),
    NEEDED(struct sections, "steps", JSON_KIND_OBJECTS, steps),
};

static enum kunci_rc read_sections(const struct reading *in, const struct sections *from)
{
    struct kunci_sop *sop = in->sop;
    json_t *root = in->file->root;
    enum kunci_rc rc;

    sop->kind = (enum sop_kind)from->kind;
    if ((rc = read_words(in, root, "title", from->title, &sop->title)) == KUNCI_OK &&
        (rc = read_words(in, root, "source", from->source, &sop->source)) == KUNCI_OK &&
        (rc = read_header(in, from->header)) == KUNCI_OK &&
        (rc = read_lanes(in, from->lanes)) == KUNCI_OK &&
        (rc = read_documents(in, from->documents)) == KUNCI_OK &&
        (rc = read_service(in, from->service)) == KUNCI_OK &&
        (rc = read_hours(in, from->hours)) == KUNCI_OK &&
        (rc = read_totals(in, from->totals)) == KUNCI_OK)
        rc = read_steps(in, from->steps);
    return rc;
}

static enum kunci_rc read_file(const struct reading *in)
{
    struct sections from = {.kind = 0};
    enum kunci_rc rc;

    rc = json_read_object(in->file, in->file->root, sections, COUNT(sections), &from, in->err);
    in->sop->version = from.version;
    in->sop->return_to = from.return_to;
    if (rc == KUNCI_OK)
        rc = check_text(in, in->file->root, "version", from.version);
    return rc == KUNCI_OK ? read_sections(in, &from) : rc;
}

/* The readers beneath know of settings only. */
static enum kunci_rc of_a_procedure(struct kunci_err *err)
{
    if (err->rc == KUNCI_CONFIG_INVALID)
        err->rc = KUNCI_SOP_INVALID;
    return err->rc;
}

enum kunci_rc kunci_sop_read(const char *name, const void *bytes, size_t len,
                             struct kunci_sop **out, struct kunci_err *err)
{
    struct json_document file = {.name = NULL};
    struct reading in = {.file = &file, .sop = calloc(1, sizeof *in.sop), .err = err};
    enum kunci_rc rc;

    *out = NULL;
    if (!in.sop)
        return err_no_memory(err);
    in.sop->holders = 1;
    if (!(in.sop->name = strdup(name)))
        rc = err_no_memory(err);
    else if ((rc = yaml_read(name, bytes, len, &file, err)) == KUNCI_OK)
        rc = read_file(&in);
    if (rc == KUNCI_OK)
        *out = in.sop;
    else
        kunci_sop_free(&in.sop);
    json_document_clear(&file);
    return rc == KUNCI_OK ? rc : of_a_procedure(err);
}
