#include "audit/line.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <time.h>

bool audit_time(int64_t at, char to[AUDIT_TIME])
{
    time_t seconds = (time_t)at;
    struct tm tm;

    return gmtime_r(&seconds, &tm) && tm.tm_year >= -1900 && tm.tm_year <= 9999 - 1900 &&
           strftime(to, AUDIT_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

bool audit_is_hash(const char *text)
{
    return text && strlen(text) == AUDIT_HEX - 1 &&
           strspn(text, "0123456789abcdef") == AUDIT_HEX - 1;
}

static const char *text_of(const json_t *root, const char *name)
{
    return json_string_value(json_object_get(root, name));
}

bool audit_json(const char *text, size_t len, json_t **out)
{
    json_error_t said;

    /* Without memory Jansson may tell of a mistake in the text, or lose a piece of it
     * without a word. */
    errno = 0;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &said);
    if (errno != ENOMEM)
        return true;
    json_decref(*out);
    *out = NULL;
    return false;
}

static const char *take_members(struct audit_line *line)
{
    const json_t *seq = json_object_get(line->root, "seq");
    const char *prev = text_of(line->root, "prev");

    line->at = text_of(line->root, "at");
    line->event = text_of(line->root, "event");
    if (!json_is_integer(seq) || !audit_is_hash(prev) || !line->at || !line->event ||
        !text_of(line->root, "node") || !text_of(line->root, "by"))
        return _("it is no line of the trail");
    line->seq = json_integer_value(seq);
    memcpy(line->prev, prev, AUDIT_HEX);
    if (strcmp(line->event, "seal") == 0) {
        line->cms = text_of(json_object_get(line->root, "details"), "cms");
        if (!line->cms)
            return _("it is a seal without a signature");
    }
    return NULL;
}

/* A line is not blamed for what a piece of it that was lost for lack of memory says. */
static enum kunci_rc look_again(const char *text, size_t len, struct kunci_err *err)
{
    struct audit_line again = {.seq = 0};
    bool is_line = audit_json(text, len, &again.root) && !take_members(&again);

    audit_line_clear(&again);
    return is_line ? err_no_memory(err) : KUNCI_OK;
}

enum kunci_rc audit_line_read(const char *text, size_t len, struct audit_line *out,
                              const char **wrong, struct kunci_err *err)
{
    *out = (struct audit_line){.seq = 0};
    *wrong = NULL;
    if (len > AUDIT_LINE_MAX) {
        *wrong = _("it is too long");
        return KUNCI_OK;
    }
    if (!audit_json(text, len, &out->root))
        return err_no_memory(err);
    *wrong = take_members(out);
    return *wrong ? look_again(text, len, err) : KUNCI_OK;
}

void audit_line_clear(struct audit_line *line)
{
    json_decref(line->root);
    line->root = NULL;
}
