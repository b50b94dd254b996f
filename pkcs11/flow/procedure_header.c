/* What stands above and beside the steps: the paper's header, working hours, the minutes
 * that it states. */
#include "flow/procedure_read.h"

#include "base/error.h"
#include "base/text.h"
#include "flow/identity.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- days ---- */

/* So many digits, and behind them that character. */
static bool take_number(const char **text, unsigned digits, char end, int *number)
{
    for (*number = 0; digits > 0 && **text >= '0' && **text <= '9'; digits--)
        *number = *number * 10 + *(*text)++ - '0';
    return digits == 0 && *(*text)++ == end;
}

/* Days since 1970 of a date like "2026-05-26"; false where there is no such day. */
static bool read_day(const char *text, int64_t *day)
{
    struct day date;
    struct tm parts;

    if (!take_number(&text, 4, '-', &date.year) || !take_number(&text, 2, '-', &date.month) ||
        !take_number(&text, 2, '\0', &date.day) || date.year < 1970 || !day_exists(&date))
        return false;
    parts = (struct tm){.tm_year = date.year - 1900, .tm_mon = date.month - 1, .tm_mday = date.day};
    *day = timegm(&parts) / 86400;
    return true;
}

bool is_day(const char *text)
{
    int64_t day;

    return read_day(text, &day);
}

/* ---- the paper's header ---- */

struct header_file {
    struct header header;
    json_t *agency, *unit, *approved_by;
    json_t *legal_basis, *qualifications, *equipment, *related, *warnings, *records, *revisions;
};

#define TEXT(name, member) FIELD(struct header_file, name, JSON_KIND_STRING, header.member)
#define PART(name)         FIELD(struct header_file, #name, JSON_KIND_VALUE, name)

static const struct json_field header_fields[] = {
    TEXT("number", number),
    TEXT("made", made),
    TEXT("revised", revised),
    TEXT("effective", effective),
    PART(agency),
    PART(unit),
    PART(approved_by),
    PART(legal_basis),
    PART(qualifications),
    PART(equipment),
    PART(related),
    PART(warnings),
    PART(records),
    FIELD(struct header_file, "revisions", JSON_KIND_OBJECTS, revisions),
};

static enum kunci_rc read_revision(const struct reading *in, json_t *object, struct revision *out)
{
    struct revision_file {
        char *date;
        json_t *text, *by;
    } file = {NULL, NULL, NULL};
    static const struct json_field fields[] = {
        NEEDED(struct revision_file, "date", JSON_KIND_STRING, date),
        NEEDED(struct revision_file, "text", JSON_KIND_VALUE, text),
        FIELD(struct revision_file, "by", JSON_KIND_VALUE, by),
    };
    enum kunci_rc rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);

    out->date = file.date;
    if (rc == KUNCI_OK && !is_day(out->date))
        return json_complain(in->file, object, "date", _("it must be a day like 2026-05-26"),
                             in->err);
    if (rc == KUNCI_OK)
        rc = read_words(in, object, "text", file.text, &out->text);
    return rc == KUNCI_OK ? read_words(in, object, "by", file.by, &out->by) : rc;
}

static enum kunci_rc read_revisions(const struct reading *in, json_t *list)
{
    struct header *header = &in->sop->header;
    enum kunci_rc rc =
        read_room(in, list, sizeof *header->revisions, &header->revisions, &header->revision_count);
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < header->revision_count; i++)
        rc = read_revision(in, json_array_get(list, i), &header->revisions[i]);
    return rc;
}

static enum kunci_rc check_days(const struct reading *in, json_t *object)
{
    const struct header *header = &in->sop->header;
    const struct {
        const char *key, *day;
    } days[] = {
        {"made", header->made}, {"revised", header->revised}, {"effective", header->effective}};
    size_t i;

    for (i = 0; i < COUNT(days); i++)
        if (days[i].day && !is_day(days[i].day))
            return json_complain(in->file, object, days[i].key,
                                 _("it must be a day like 2026-05-26"), in->err);
    return KUNCI_OK;
}

enum kunci_rc read_header(const struct reading *in, json_t *object)
{
    struct header *header = &in->sop->header;
    struct header_file file = {.agency = NULL};
    enum kunci_rc rc;
    size_t i;

    if (!object)
        return KUNCI_OK;
    rc = json_read_object(in->file, object, header_fields, COUNT(header_fields), &file, in->err);
    *header = file.header;
    if (rc == KUNCI_OK)
        rc = check_text(in, object, "number", header->number);
    if (rc == KUNCI_OK)
        rc = check_days(in, object);
    if (rc == KUNCI_OK) {
        const struct {
            const char *key;
            json_t *value;
            struct words *words;
            struct words_list *list;
        } parts[] = {
            {"agency", file.agency, &header->agency, NULL},
            {"unit", file.unit, &header->unit, NULL},
            {"approved_by", file.approved_by, &header->approved_by, NULL},
            {"legal_basis", file.legal_basis, NULL, &header->legal_basis},
            {"qualifications", file.qualifications, NULL, &header->qualifications},
            {"equipment", file.equipment, NULL, &header->equipment},
            {"related", file.related, NULL, &header->related},
            {"warnings", file.warnings, NULL, &header->warnings},
            {"records", file.records, NULL, &header->records},
        };

        for (i = 0; rc == KUNCI_OK && i < COUNT(parts); i++)
            rc = parts[i].words
                     ? read_words(in, object, parts[i].key, parts[i].value, parts[i].words)
                     : read_words_list(in, object, parts[i].key, parts[i].value, parts[i].list);
    }
    return rc == KUNCI_OK ? read_revisions(in, file.revisions) : rc;
}

/* ---- working hours ---- */

/* "07:30"; with a sign before it, "+07:00". */
static bool read_time(const char *text, bool with_sign, int64_t *seconds)
{
    int sign = 1, hours, minutes;

    if (with_sign) {
        if (*text != '+' && *text != '-')
            return false;
        sign = *text++ == '-' ? -1 : 1;
    }
    if (!take_number(&text, 2, ':', &hours) || !take_number(&text, 2, '\0', &minutes) ||
        minutes > 59 || hours * 60 + minutes > 24 * 60)
        return false;
    *seconds = sign * (hours * 3600LL + minutes * 60LL);
    return true;
}

struct hours_file {
    char *utc_offset, *from, *to;
    unsigned days;
    char **holidays;
};

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
static const struct json_field hours_fields[] = {
    NEEDED(struct hours_file, "utc_offset", JSON_KIND_STRING, utc_offset),
    NEEDED(struct hours_file, "from", JSON_KIND_STRING, from),
    NEEDED(struct hours_file, "to", JSON_KIND_STRING, to),
    {"days", JSON_KIND_SET, offsetof(struct hours_file, days), true, day_names, 0, 0},
    FIELD(struct hours_file, "holidays", JSON_KIND_LIST, holidays),
};

static const char *take_hours(const struct hours_file *file, struct hours *out, const char **key)
{
    char **day;

    *key = "utc_offset";
    if (!read_time(file->utc_offset, true, &out->utc_offset))
        return _("it must be a time like +07:00");
    *key = "from";
    if (!read_time(file->from, false, &out->from))
        return _("it must be a time like 07:30");
    *key = "to";
    if (!read_time(file->to, false, &out->to))
        return _("it must be a time like 07:30");
    if (out->to <= out->from)
        return _("it must be later than \"from\"");
    *key = "days";
    if (!file->days)
        return _("it is empty");
    *key = "holidays";
    for (day = file->holidays; day && *day; day++)
        if (!read_day(*day, &out->holidays[out->holiday_count++]))
            return _("it must be days like 2026-05-26");
    out->days = file->days;
    return NULL;
}

enum kunci_rc read_hours(const struct reading *in, json_t *object)
{
    struct hours_file file = {.from = NULL};
    struct hours *hours = &in->sop->hours;
    const char *key, *wrong;
    enum kunci_rc rc;

    if (!object)
        return KUNCI_OK;
    rc = json_read_object(in->file, object, hours_fields, COUNT(hours_fields), &file, in->err);
    if (rc == KUNCI_OK)
        rc = read_room(in, json_object_get(object, "holidays"), sizeof *hours->holidays,
                       &hours->holidays, &hours->holiday_count);
    hours->holiday_count = 0;
    if (rc == KUNCI_OK && (wrong = take_hours(&file, hours, &key)))
        rc = json_complain(in->file, object, key, wrong, in->err);
    free(file.utc_offset);
    free(file.from);
    free(file.to);
    json_list_free(&file.holidays);
    return rc;
}

/* ---- the minutes that the paper states ---- */

static enum kunci_rc read_outcomes(const struct reading *in, json_t *object, struct total *out)
{
    enum kunci_rc rc;
    const char *step;
    json_t *outcome;

    if (!(out->outcomes = calloc(json_object_size(object) + 1, sizeof *out->outcomes)))
        return err_no_memory(in->err);
    json_object_foreach(object, step, outcome)
    {
        struct total_outcome *next = &out->outcomes[out->outcome_count++];
        const char *text = json_string_value(outcome);

        if (!text || !*text)
            return json_complain(in->file, object, step, _("the value must be text"), in->err);
        if ((rc = check_name(in, object, step, step)) != KUNCI_OK ||
            (rc = check_name(in, object, step, text)) != KUNCI_OK)
            return rc;
        if (!(next->step = strdup(step)) || !(next->outcome = strdup(text)))
            return err_no_memory(in->err);
    }
    return KUNCI_OK;
}

static enum kunci_rc read_total(const struct reading *in, json_t *object, struct total *out)
{
    struct total_file {
        int64_t minutes;
        json_t *text, *outcomes;
    } file = {0, NULL, NULL};
    static const struct json_field fields[] = {
        {"minutes", JSON_KIND_DECIMAL, offsetof(struct total_file, minutes), true, NULL, 0,
         100000000},
        FIELD(struct total_file, "text", JSON_KIND_VALUE, text),
        FIELD(struct total_file, "outcomes", JSON_KIND_OBJECT, outcomes),
    };
    enum kunci_rc rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);

    out->seconds = file.minutes * 60 / 1000;
    if (rc == KUNCI_OK)
        rc = read_words(in, object, "text", file.text, &out->text);
    return rc == KUNCI_OK ? read_outcomes(in, file.outcomes, out) : rc;
}

enum kunci_rc read_totals(const struct reading *in, json_t *list)
{
    struct kunci_sop *sop = in->sop;
    enum kunci_rc rc = read_room(in, list, sizeof *sop->totals, &sop->totals, &sop->total_count);
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < sop->total_count; i++)
        rc = read_total(in, json_array_get(list, i), &sop->totals[i]);
    return rc;
}
