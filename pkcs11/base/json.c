#include "base/json.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct json_line {
    const json_t *object;
    const char *key; /* the object's own copy */
    size_t line;
};

void json_document_clear(struct json_document *document)
{
    json_decref(document->root);
    free(document->lines);
    *document = (struct json_document){0};
}

bool json_note_line(struct json_document *document, json_t *object, const char *key, size_t line)
{
    if (document->line_count == document->line_room) {
        size_t room = document->line_room ? 2 * document->line_room : 16;
        struct json_line *lines = reallocarray(document->lines, room, sizeof *lines);

        if (!lines)
            return false;
        document->lines = lines;
        document->line_room = room;
    }
    document->lines[document->line_count++] = (struct json_line){
        .object = object,
        .key = json_object_iter_key(json_object_iter_at(object, key)),
        .line = line,
    };
    return true;
}

/* 0 where it is not known. */
static size_t line_of(const struct json_document *document, const json_t *object, const char *key)
{
    size_t i;

    for (i = 0; i < document->line_count; i++)
        if (document->lines[i].object == object && strcmp(document->lines[i].key, key) == 0)
            return document->lines[i].line;
    return 0;
}

enum kunci_rc json_complain(const struct json_document *document, const json_t *object,
                            const char *key, const char *what, struct kunci_err *err)
{
    size_t line = line_of(document, object, key);

    if (line)
        return err_setf(err, KUNCI_CONFIG_INVALID, document->name, _("line %zu, \"%s\": %s"), line,
                        key, what);
    return err_setf(err, KUNCI_CONFIG_INVALID, document->name, "\"%s\": %s", key, what);
}

/* -1 where text is none of them. */
static int choice(const char *const *choices, const char *text)
{
    int i;

    for (i = 0; choices[i]; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    return -1;
}

void json_list_free(char ***list)
{
    char **item;

    for (item = *list; item && *item; item++)
        free(*item);
    free(*list);
    *list = NULL;
}

/* NULL where it is no text that the field may hold. */
static const char *item_text(const struct json_field *field, const json_t *item)
{
    const char *text = json_string_value(item);

    if (!text || !*text || strlen(text) != json_string_length(item))
        return NULL;
    return field->choices && choice(field->choices, text) < 0 ? NULL : text;
}

static const char not_known[] = N_("it must be a list of texts that are known here");

/* A list for which there is no memory is left NULL. */
static const char *store_list(const struct json_field *field, const json_t *value, char ***to)
{
    char **list = calloc(json_array_size(value) + 1, sizeof *list);
    const json_t *item = NULL;
    size_t i;

    json_array_foreach(value, i, item)
    {
        const char *text = item_text(field, item);

        if (!text) {
            json_list_free(&list);
            return _(not_known);
        }
        if (list && !(list[i] = strdup(text)))
            json_list_free(&list);
    }
    json_list_free(to);
    *to = list;
    return NULL;
}

static const char *store_set(const struct json_field *field, const json_t *value, unsigned *to)
{
    const json_t *item = NULL;
    size_t i;

    *to = 0;
    json_array_foreach(value, i, item)
    {
        const char *text = item_text(field, item);

        if (!text)
            return _(not_known);
        *to |= 1u << choice(field->choices, text);
    }
    return NULL;
}

/* "15", "0.3", "46.25": at most three digits behind the point. */
static bool read_decimal(const json_t *value, int64_t *thousandths)
{
    enum { MAX = 1000000000 };
    const char *text = json_string_value(value);
    int64_t whole = json_integer_value(value), part = 0, unit = 1000;

    if (json_is_integer(value)) {
        if (whole < -MAX || whole > MAX)
            return false;
        *thousandths = whole * 1000;
        return true;
    }
    if (!text || *text < '0' || *text > '9')
        return false;
    for (whole = 0; *text >= '0' && *text <= '9' && whole <= MAX; text++)
        whole = whole * 10 + *text - '0';
    if (*text != '.')
        return false;
    for (text++; *text >= '0' && *text <= '9' && unit > 1; text++)
        part += (unit /= 10) * (*text - '0');
    *thousandths = whole * 1000 + part;
    return *text == '\0' && unit < 1000 && whole <= MAX;
}

static bool is_list_of_objects(const json_t *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach(value, i, item) if (!json_is_object(item)) return false;
    return json_is_array(value);
}

/* Stores value at to. Answers what is wrong with it, NULL where nothing is; a
 * string for which there is no memory is left NULL. */
static const char *store(const struct json_field *field, const json_t *value, void *to)
{
    const char *text = json_string_value(value);
    int chosen = field->choices && text ? choice(field->choices, text) : -1;
    int64_t decimal;

    switch (field->kind) {
    case JSON_KIND_STRING:
        if (!text || !*text || strlen(text) != json_string_length(value))
            return _("the value must be text");
        if (field->choices && chosen < 0)
            return _("there is no such choice");
        free(*(char **)to);
        *(char **)to = strdup(text);
        break;
    case JSON_KIND_INT:
        if (!json_is_integer(value))
            return _("the value must be a whole number");
        if (json_integer_value(value) < field->min || json_integer_value(value) > field->max)
            return _("the number is too small or too large");
        *(int64_t *)to = json_integer_value(value);
        break;
    case JSON_KIND_BOOL:
        if (!json_is_boolean(value))
            return _("the value must be true or false");
        *(bool *)to = json_is_true(value);
        break;
    case JSON_KIND_CHOICE:
        if (chosen < 0)
            return _("there is no such choice");
        memcpy(to, &chosen, sizeof chosen);
        break;
    case JSON_KIND_LIST:
    case JSON_KIND_SET:
        if (!json_is_array(value))
            return _("it must be a list");
        return field->kind == JSON_KIND_LIST ? store_list(field, value, to)
                                             : store_set(field, value, to);
    case JSON_KIND_DECIMAL:
        if (!read_decimal(value, &decimal))
            return _("the value must be a number");
        if (decimal < field->min || decimal > field->max)
            return _("the number is too small or too large");
        *(int64_t *)to = decimal;
        break;
    case JSON_KIND_OBJECT:
        if (!json_is_object(value))
            return _("it must be a list of names and their values");
        *(const json_t **)to = value;
        break;
    case JSON_KIND_OBJECTS:
        if (!is_list_of_objects(value))
            return _("it must be a list whose items are names and their values");
        *(const json_t **)to = value;
        break;
    case JSON_KIND_VALUE:
        *(const json_t **)to = value;
        break;
    }
    return NULL;
}

static enum kunci_rc check_names(const struct json_document *document, json_t *object,
                                 const struct json_field *fields, size_t count,
                                 struct kunci_err *err)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t i = 0;

        while (i < count && strcmp(fields[i].name, key) != 0)
            i++;
        if (i == count)
            return json_complain(document, object, key, _("there is no such setting"), err);
    }
    return KUNCI_OK;
}

enum kunci_rc json_read_object(const struct json_document *document, json_t *object,
                               const struct json_field *fields, size_t count, void *to,
                               struct kunci_err *err)
{
    enum kunci_rc rc;
    size_t i;

    if (!json_is_object(object))
        return err_set(err, KUNCI_CONFIG_INVALID, document->name,
                       _("it must be a list of names and their values"));
    if ((rc = check_names(document, object, fields, count, err)) != KUNCI_OK)
        return rc;
    for (i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        char *place = (char *)to + fields[i].offset;
        const char *wrong;

        if (!value && fields[i].required)
            return json_complain(document, object, fields[i].name, _("it is missing"), err);
        if (!value)
            continue;
        if ((wrong = store(&fields[i], value, place)))
            return json_complain(document, object, fields[i].name, wrong, err);
        if ((fields[i].kind == JSON_KIND_STRING || fields[i].kind == JSON_KIND_LIST) &&
            !*(void **)(void *)place)
            return err_no_memory(err);
    }
    return KUNCI_OK;
}
