#include "flow/entry.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum member_kind { MEMBER_TIME, MEMBER_TEXT, MEMBER_SECONDS };

static const struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;
    bool required;
} members[] = {
#define MEMBER(name, kind, required)                                                               \
    {                                                                                              \
#name, MEMBER_##kind, offsetof(struct kunci_flow_entry, name), required                    \
    }
    MEMBER(at, TIME, true),           MEMBER(request, TEXT, true),
    MEMBER(procedure, TEXT, true),    MEMBER(version, TEXT, false),
    MEMBER(institution, TEXT, false), MEMBER(event, TEXT, true),
    MEMBER(step, TEXT, false),        MEMBER(outcome, TEXT, false),
    MEMBER(reason, TEXT, false),      MEMBER(by, TEXT, false),
    MEMBER(of, TEXT, false),          MEMBER(role, TEXT, false),
    MEMBER(waits_for, TEXT, false),   MEMBER(used, SECONDS, false),
    MEMBER(planned, SECONDS, false),
#undef MEMBER
};
enum { MEMBERS = sizeof members / sizeof *members };

/* The last second of the year 9999, and a hundred years. */
static const int64_t time_max = 253402300799, seconds_max = 3155760000;

/* ---- writing ---- */

static void write_time(struct buf *line, int64_t at)
{
    char text[32];
    time_t seconds = (time_t)at;
    struct tm tm;

    if (at < 0 || at > time_max || !gmtime_r(&seconds, &tm)) {
        buf_printf(line, "%lld", (long long)at);
        return;
    }
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_printf(line, "\"%s\"", text);
}

/* What is printable needs no more than these two escapes. */
static void write_text(struct buf *line, const char *text)
{
    char printable[ENTRY_TEXT_MAX + 1];
    const char *p;

    text_printable(printable, sizeof printable, text, strlen(text));
    buf_text(line, "\"");
    for (p = printable; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_text(line, "\\");
        buf_add(line, p, 1);
    }
    buf_text(line, "\"");
}

static void write_member(struct buf *line, const struct member *member,
                         const struct kunci_flow_entry *entry)
{
    const char *from = (const char *)entry + member->offset, *text = NULL;
    int64_t number = 0;

    if (member->kind == MEMBER_TEXT)
        memcpy(&text, from, sizeof text);
    else
        memcpy(&number, from, sizeof number);
    if (member->kind == MEMBER_TEXT && (!text || !*text))
        return;
    buf_printf(line, "%s\"%s\":", line->len > 1 ? "," : "", member->name);
    if (member->kind == MEMBER_TEXT)
        write_text(line, text);
    else if (member->kind == MEMBER_TIME)
        write_time(line, number);
    else
        buf_printf(line, "%lld", (long long)number);
}

enum kunci_rc kunci_flow_entry_write(const struct kunci_flow_entry *entry, char **line,
                                     struct kunci_err *err)
{
    struct buf written = {0};
    size_t i;

    buf_text(&written, "{");
    for (i = 0; i < MEMBERS; i++)
        write_member(&written, &members[i], entry);
    buf_text(&written, "}");
    *line = buf_take(&written);
    return *line ? KUNCI_OK : err_no_memory(err);
}

/* ---- reading ---- */

enum kunci_rc entry_complain(const struct entry_line *line, const char *what, struct kunci_err *err)
{
    return err_setf(err, KUNCI_FLOW_EVENTS_INVALID, line->file, _("line %zu: %s"), line->number,
                    what);
}

/* -1 where there are none. */
static int two_digits(const char *text)
{
    return strspn(text, "0123456789") >= 2 ? 10 * (text[0] - '0') + text[1] - '0' : -1;
}

/* The part behind the seconds: "Z", "+07:00"; parts of a second are passed over. */
static bool read_zone(const char *text, int64_t *offset)
{
    int hours, minutes;

    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    *offset = 0;
    if (strcmp(text, "Z") == 0)
        return true;
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || text[3] != ':')
        return false;
    hours = two_digits(text + 1);
    minutes = two_digits(text + 4);
    *offset = (*text == '-' ? -60 : 60) * (60 * hours + minutes);
    return hours >= 0 && hours <= 14 && minutes >= 0 && minutes <= 59;
}

/* "2026-11-21T08:00:00+07:00" */
static bool read_moment(const char *text, int64_t *at)
{
    enum { PLAIN = 19 };
    struct tm tm = {.tm_isdst = 0}, given;
    int64_t offset;
    const char *end;

    if (strlen(text) <= PLAIN || strspn(text, "0123456789-T:") < PLAIN)
        return false;
    end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end != text + PLAIN || !read_zone(end, &offset))
        return false;
    given = tm;
    *at = timegm(&tm) - offset;
    return tm.tm_mday == given.tm_mday && tm.tm_sec == given.tm_sec; /* else no such day */
}

const char *entry_read_time(const json_t *value, int64_t *to)
{
    const char *text = json_string_value(value);

    if (json_is_integer(value))
        *to = json_integer_value(value);
    else if (!text || !read_moment(text, to))
        return N_("\"at\" must be seconds since 1970, or like 2026-11-21T08:00:00+07:00");
    if (*to < 0 || *to > time_max)
        return N_("\"at\" lies before 1970 or after 9999");
    return NULL;
}

static const char *read_text(const json_t *value, const char **to)
{
    if (!json_is_string(value))
        return N_("what must be text is something else");
    if (json_string_length(value) > ENTRY_TEXT_MAX)
        return N_("a text is too long");
    *to = json_string_length(value) ? json_string_value(value) : NULL;
    return NULL;
}

static const char *read_seconds(const json_t *value, int64_t *to)
{
    *to = json_integer_value(value);
    return json_is_integer(value) && *to >= 0 && *to <= seconds_max
               ? NULL
               : N_("\"used\" and \"planned\" must be whole seconds");
}

/* NULL, or what is wrong. */
static const char *read_member(const json_t *object, const struct member *member,
                               struct kunci_flow_entry *out)
{
    const json_t *value = json_object_get(object, member->name);
    char *to = (char *)out + member->offset;
    const char *text = NULL, *wrong;
    int64_t number = 0;

    if (!value || json_is_null(value))
        return member->required ? N_("\"at\", \"request\", \"procedure\" and \"event\" must be "
                                     "there")
                                : NULL;
    if (member->kind == MEMBER_TEXT) {
        if ((wrong = read_text(value, &text)) == NULL && !text && member->required)
            return N_("\"request\", \"procedure\" and \"event\" must not be empty");
        memcpy(to, &text, sizeof text);
        return wrong;
    }
    wrong = member->kind == MEMBER_TIME ? entry_read_time(value, &number)
                                        : read_seconds(value, &number);
    memcpy(to, &number, sizeof number);
    return wrong;
}

enum kunci_rc entry_read(const struct entry_line *line, json_t **holder,
                         struct kunci_flow_entry *out, struct kunci_err *err)
{
    const char *wrong = NULL;
    size_t i;

    *out = (struct kunci_flow_entry){.used = -1};
    *holder = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(*holder))
        wrong = N_("it is no JSON object, or not a whole one");
    for (i = 0; !wrong && i < MEMBERS; i++)
        wrong = read_member(*holder, &members[i], out);
    if (!wrong)
        return KUNCI_OK;
    json_decref(*holder);
    *holder = NULL;
    return entry_complain(line, _(wrong), err);
}
