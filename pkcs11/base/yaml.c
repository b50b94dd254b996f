#include "base/yaml.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* An object or array that is not complete, and of an object the name whose
 * value comes next. */
struct level {
    json_t *container;
    char *key;
    size_t key_line;
};

struct reader {
    struct json_document *document;
    const char *bytes;
    struct level levels[YAML_MAX_DEPTH];
    size_t depth;
    bool started;
    struct kunci_err *err;
};

static enum kunci_rc complain(const struct reader *reader, size_t line, const char *what)
{
    return err_setf(reader->err, KUNCI_CONFIG_INVALID, reader->document->name, _("line %zu: %s"),
                    line, what);
}

/* Puts a value, which it takes, where the document has got to. */
static enum kunci_rc put(struct reader *reader, json_t *value, size_t line)
{
    struct level *level;
    enum kunci_rc rc = KUNCI_OK;

    if (!value)
        return err_no_memory(reader->err);
    if (reader->depth == 0) {
        reader->document->root = value;
        return KUNCI_OK;
    }
    level = &reader->levels[reader->depth - 1];
    if (json_is_array(level->container))
        return json_array_append_new(level->container, value) == 0 ? KUNCI_OK
                                                                   : err_no_memory(reader->err);
    if (!level->key) {
        json_decref(value);
        return complain(reader, line, _("a name must be plain text"));
    }
    if (json_object_set_new(level->container, level->key, value) != 0 ||
        !json_note_line(reader->document, level->container, level->key, level->key_line))
        rc = err_no_memory(reader->err);
    free(level->key);
    level->key = NULL;
    return rc;
}

static enum kunci_rc enter(struct reader *reader, json_t *container, size_t line)
{
    enum kunci_rc rc;

    if (reader->depth == YAML_MAX_DEPTH) {
        json_decref(container);
        return complain(reader, line, _("too many levels"));
    }
    if ((rc = put(reader, container, line)) != KUNCI_OK)
        return rc;
    reader->levels[reader->depth++] = (struct level){.container = container};
    return KUNCI_OK;
}

static bool is_integer(const char *text, json_int_t *number)
{
    const char *digits = text + (*text == '-');
    char *end;

    if (*digits < '0' || *digits > '9' || (digits[0] == '0' && digits[1] != '\0'))
        return false;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static json_t *plain(const char *text)
{
    json_int_t number;

    if (strcmp(text, "true") == 0)
        return json_true();
    if (strcmp(text, "false") == 0)
        return json_false();
    if (strcmp(text, "") == 0 || strcmp(text, "~") == 0 || strcmp(text, "null") == 0)
        return json_null();
    return is_integer(text, &number) ? json_integer(number) : json_string(text);
}

static enum kunci_rc take_key(struct reader *reader, struct level *level, const char *text,
                              size_t line)
{
    if (json_object_get(level->container, text))
        return complain(reader, line, _("a name stands there twice"));
    level->key = strdup(text);
    level->key_line = line;
    return level->key ? KUNCI_OK : err_no_memory(reader->err);
}

static enum kunci_rc take_scalar(struct reader *reader, const yaml_event_t *event, size_t line)
{
    struct level *level = reader->depth ? &reader->levels[reader->depth - 1] : NULL;
    const char *text = (const char *)event->data.scalar.value;

    if (strlen(text) != event->data.scalar.length)
        return complain(reader, line, _("text cannot hold a NUL"));
    if (level && json_is_object(level->container) && !level->key)
        return take_key(reader, level, text, line);
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return put(reader, plain(text), line);
    return put(reader, json_string(text), line);
}

/* What would make a value depend on more than its place. */
static bool is_adorned(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return event->data.document_start.tag_directives.start !=
               event->data.document_start.tag_directives.end;
    case YAML_ALIAS_EVENT:
        return true;
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor || event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    default:
        return false;
    }
}

static enum kunci_rc take(struct reader *reader, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;

    if (is_adorned(event))
        return complain(reader, line, _("anchors, aliases and tags are not known here"));
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (reader->started)
            return complain(reader, line, _("a second document begins"));
        reader->started = true;
        return KUNCI_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(reader, event, line);
    case YAML_SEQUENCE_START_EVENT:
        return enter(reader, json_array(), line);
    case YAML_MAPPING_START_EVENT:
        return enter(reader, json_object(), line);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        reader->depth--;
        return KUNCI_OK;
    default:
        return KUNCI_OK;
    }
}

/* Of bytes that are no UTF-8 libyaml tells the offset only. */
static size_t problem_line(const struct reader *reader, const yaml_parser_t *parser)
{
    size_t i, line = 1;

    if (parser->error != YAML_READER_ERROR)
        return parser->problem_mark.line + 1;
    for (i = 0; i < parser->problem_offset; i++)
        line += reader->bytes[i] == '\n';
    return line;
}

static enum kunci_rc take_all(struct reader *reader, yaml_parser_t *parser)
{
    enum kunci_rc rc = KUNCI_OK;
    bool ended = false;

    while (rc == KUNCI_OK && !ended) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                return err_no_memory(reader->err);
            return complain(reader, problem_line(reader, parser), parser->problem);
        }
        rc = take(reader, &event);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return rc;
}

enum kunci_rc yaml_read(const char *name, const void *bytes, size_t len, struct json_document *out,
                        struct kunci_err *err)
{
    struct reader reader = {.document = out, .bytes = len ? bytes : "", .err = err};
    yaml_parser_t parser;
    enum kunci_rc rc;

    *out = (struct json_document){.name = name};
    if (len > YAML_MAX_SIZE)
        return err_set(err, KUNCI_FILE_TOO_LARGE, name, NULL);
    if (!yaml_parser_initialize(&parser))
        return err_no_memory(err);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)reader.bytes, len);
    rc = take_all(&reader, &parser);
    while (reader.depth)
        free(reader.levels[--reader.depth].key);
    if (rc == KUNCI_OK && (!out->root || json_is_null(out->root)) && !(out->root = json_object()))
        rc = err_no_memory(err);
    yaml_parser_delete(&parser);
    if (rc != KUNCI_OK)
        json_document_clear(out);
    return rc;
}
