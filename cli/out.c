#include "cli/out.h"

#include "cli/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wrote(struct out *out, bool good)
{
    if (!good && !out->errnum)
        out->errnum = errno;
}

void out_printf(struct out *out, const char *format, ...)
{
    va_list args;

    if (out->json)
        return;
    va_start(args, format);
    wrote(out, vfprintf(out->file, format, args) >= 0);
    va_end(args);
}

void out_bytes(struct out *out, const void *bytes, size_t len)
{
    wrote(out, fwrite(bytes, 1, len, out->file) == len);
}

void out_json(struct out *out, const json_t *document)
{
    wrote(out, json_dumpf(document, out->file, JSON_COMPACT) == 0 && fputc('\n', out->file) != EOF);
}

/* How many columns of a terminal the text takes. */
static size_t width_of(const char *text)
{
    size_t width = 0, len;
    int columns;

    for (; (len = words_next(text, &columns)) != 0; text += len)
        width += columns < 0 ? 1 : (size_t)columns;
    return width;
}

/* A value as people read it, all but lists; number is room for one. */
static const char *text_of(const json_t *value, const struct column *column, char number[static 32])
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        if (column->word && json_string_length(value))
            return _(json_string_value(value));
        return json_string_value(value);
    case JSON_INTEGER:
        snprintf(number, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return number;
    case JSON_TRUE:
        return _("yes");
    case JSON_FALSE:
        return _("no");
    default:
        return "";
    }
}

static bool is_empty(const json_t *value, const struct column *column)
{
    char number[32];

    return json_is_array(value) ? json_array_size(value) == 0 : !*text_of(value, column, number);
}

static size_t width_of_value(const json_t *value, const struct column *column)
{
    size_t i, width = 0;
    char number[32];

    if (!json_is_array(value))
        return width_of(text_of(value, column, number));
    for (i = 0; i < json_array_size(value); i++) {
        width += i ? strlen(", ") : 0;
        width += width_of(text_of(json_array_get(value, i), column, number));
    }
    return width;
}

/* Values come from tokens, from an authority and from those who apply there: none of them
 * may move the cursor, or colour what others wrote. */
static void print_text(struct out *out, const char *text)
{
    size_t len;
    int columns;

    for (; (len = words_next(text, &columns)) != 0; text += len)
        out_printf(out, "%.*s", columns < 0 ? 1 : (int)len, columns < 0 ? "?" : text);
}

/* Lists stand there whole, with commas. */
static void print_value(struct out *out, const json_t *value, const struct column *column)
{
    char number[32];
    size_t i;

    if (!json_is_array(value))
        print_text(out, text_of(value, column, number));
    for (i = 0; i < json_array_size(value); i++) {
        out_printf(out, "%s", i ? ", " : "");
        print_text(out, text_of(json_array_get(value, i), column, number));
    }
}

static void pad(struct out *out, size_t own, size_t width)
{
    out_printf(out, "%*s", own < width ? (int)(width - own) : 0, "");
}

static void print_title(struct out *out, const struct column *column, size_t width)
{
    out_printf(out, "%s", _(column->title));
    pad(out, width_of(_(column->title)), width);
}

static size_t column_width(const json_t *rows, const struct column *column)
{
    size_t i, width = width_of(_(column->title));
    const json_t *row;

    json_array_foreach(rows, i, row)
    {
        size_t own = width_of_value(json_object_get(row, column->field), column);

        width = own > width ? own : width;
    }
    return width;
}

enum { COLUMNS_MAX = 12, GAP = 2 };

void out_table(struct out *out, const json_t *rows, const struct column *columns)
{
    size_t width[COLUMNS_MAX] = {0}, i, c;
    const json_t *row;

    if (out->json)
        return;
    /* The last one is not padded: no line ends in blanks. */
    for (c = 0; c < COLUMNS_MAX && columns[c].field; c++)
        width[c] = columns[c + 1].field ? column_width(rows, &columns[c]) + GAP : 0;
    for (c = 0; c < COLUMNS_MAX && columns[c].field; c++)
        print_title(out, &columns[c], width[c]);
    out_printf(out, "\n");
    json_array_foreach(rows, i, row)
    {
        for (c = 0; c < COLUMNS_MAX && columns[c].field; c++) {
            const json_t *value = json_object_get(row, columns[c].field);

            print_value(out, value, &columns[c]);
            pad(out, width_of_value(value, &columns[c]), width[c]);
        }
        out_printf(out, "\n");
    }
}

void out_fields(struct out *out, const json_t *object, const struct column *columns)
{
    const struct column *column;
    size_t width = 0;

    for (column = columns; column->field; column++) {
        size_t own = width_of(_(column->title)) + GAP;

        width = own > width ? own : width;
    }
    for (column = columns; column->field; column++) {
        const json_t *value = json_object_get(object, column->field);

        if (is_empty(value, column))
            continue;
        print_title(out, column, width);
        print_value(out, value, column);
        out_printf(out, "\n");
    }
}

void out_note(const struct out *out, const char *format, ...)
{
    va_list args;

    if (out->json || out->quiet)
        return;
    va_start(args, format);
    vfprintf(out->notes, format, args);
    va_end(args);
    fputc('\n', out->notes);
}

static bool on_terminal(const struct out *out)
{
    return !out->quiet && isatty(fileno(out->notes));
}

void out_working(const struct out *out, const char *sentence)
{
    if (!on_terminal(out))
        return;
    fputs(sentence, out->notes);
    fflush(out->notes);
}

void out_done(const struct out *out)
{
    if (!on_terminal(out))
        return;
    fputs("\r\033[K", out->notes); /* to the left edge, and the line is wiped */
    fflush(out->notes);
}

enum kunci_rc out_put(json_t *object, const char *name, json_t *value, struct kunci_err *err)
{
    return json_object_set_new(object, name, value) == 0 ? KUNCI_OK : fail_memory(err);
}

enum kunci_rc out_end(struct out *out, struct kunci_err *err)
{
    wrote(out, fflush(out->file) == 0);
    return out->errnum ? fail_system(err, KUNCI_FILE_WRITE, _("Standard output"), out->errnum)
                       : KUNCI_OK;
}

static json_t *error_document(const struct kunci_err *err, const char *sentence, const char *next)
{
    return json_pack("{s:{s:s, s:s, s:s, s:s?, s:s?}}", "error", "name", kunci_err_name(err->rc),
                     "message", sentence, "next", next, "answer", *err->answer ? err->answer : NULL,
                     "where", *err->where ? err->where : NULL);
}

void out_error(struct out *out, const struct kunci_err *err)
{
    char sentence[1024], next[1024];
    json_t *document;
    size_t used;

    kunci_err_sentence(err, sentence, sizeof sentence);
    kunci_err_next(err, next, sizeof next);
    if ((err->rc == KUNCI_USAGE_COMMAND || err->rc == KUNCI_USAGE_OPTION) && *err->detail) {
        used = strlen(next);
        snprintf(next + used, sizeof next - used, " ");
        snprintf(next + used + 1, sizeof next - used - 1, _("Perhaps you meant \"%s\"."),
                 err->detail);
    }
    if (out->json && !out->errnum) { /* what cannot be written to is told to nobody */
        document = error_document(err, sentence, next);
        if (document)
            out_json(out, document);
        json_decref(document);
    } else {
        fprintf(out->notes, "kunci: %s\n%s\n", sentence, next);
    }
}
