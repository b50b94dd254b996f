#include "cli/report.h"

#include "cli/answer.h"
#include "cli/trust.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

static bool put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

static bool put_time(json_t *object, const char *name, int64_t when)
{
    return !when || put(object, name, answer_time(when));
}

static bool put_path(json_t *object, const struct kunci_path *path)
{
    return !path || put(object, "path", trust_steps(path));
}

/* Frees what could not be filled. */
static json_t *finished(json_t *object, bool good)
{
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *timestamp_json(const struct kunci_timestamp_report *timestamp)
{
    const char *over = timestamp->of_content ? N_("content") : N_("signature");
    json_t *shown = trust_judgement(timestamp->indication, timestamp->reason, timestamp->detail);

    return finished(
        shown, put(shown, "over", json_string(over)) && put_time(shown, "time", timestamp->time) &&
                   put_path(shown, timestamp->path) &&
                   (!timestamp->path || !timestamp->path->count ||
                    put(shown, "authority", json_string(timestamp->path->steps[0].info.subject))));
}

static json_t *timestamps_json(const struct kunci_signature_report *signature)
{
    json_t *shown = json_array();
    bool good = true;
    size_t i;

    for (i = 0; i < signature->timestamp_count; i++)
        good &= json_array_append_new(shown, timestamp_json(&signature->timestamps[i])) == 0;
    return finished(shown, good);
}

static bool is_checked(const struct kunci_path *path)
{
    bool checked = path && path->count;
    size_t i;

    for (i = 0; checked && i < path->count; i++)
        checked = path->steps[i].anchor || path->steps[i].revoked == KUNCI_GOOD;
    return checked;
}

static json_t *signature_json(const struct kunci_signature_report *signature)
{
    const struct kunci_path *path = signature->path;
    json_t *shown = trust_judgement(signature->indication, signature->reason, signature->detail);
    bool good = put(shown, "level", json_string(signature->level)) &&
                put(shown, "algorithm", json_string(signature->algorithm)) &&
                put(shown, "timestamped", json_boolean(signature->timestamped)) &&
                put_time(shown, "claimed_time", signature->claimed_time) &&
                put_time(shown, "best_time", signature->best_time) &&
                put_time(shown, "content_time", signature->content_time) && put_path(shown, path) &&
                put(shown, "revocation_checked", json_boolean(is_checked(path))) &&
                put(shown, "timestamps", timestamps_json(signature));

    if (good && signature->timestamped)
        good = put_time(shown, "proved_time", signature->best_time);
    if (good && path && path->count)
        good = put(shown, "signer", json_string(path->steps[0].info.subject));
    return finished(shown, good);
}

json_t *report_json(const struct kunci_report *report)
{
    json_t *shown = trust_judgement(report->indication, report->reason, report->detail),
           *signatures = json_array();
    char name[4096];
    bool good = true;
    size_t i;

    for (i = 0; i < report->count; i++)
        good &= json_array_append_new(signatures, signature_json(&report->signatures[i])) == 0;
    words_printable(name, sizeof name, report->name); /* it need not be UTF-8 */
    good = put(shown, "signatures", signatures) && good && put(shown, "file", json_string(name)) &&
           put_time(shown, "at", report->now);
    return finished(shown, good);
}

struct kunci_report *report_unjudged(const char *name, int64_t now, const struct kunci_err *why)
{
    struct kunci_report *report = calloc(1, sizeof *report);

    if (report && !(report->name = strdup(name)))
        kunci_report_free(&report);
    if (!report)
        return NULL;
    report->now = now;
    report->indication = KUNCI_INDETERMINATE;
    kunci_err_sentence(why, report->detail, sizeof report->detail);
    return report;
}

/* ---- for people ---- */

static const struct column signature_columns[] = {
    {"signer", N_("Signed by"), false},
    {"indication", N_("Judgement"), false},
    {"reason", N_("Reason"), false},
    {"sentence", N_("That means"), false},
    {"detail", N_("Detail"), false},
    {"proved_time", N_("Proved time"), false},
    {"content_time", N_("Made after"), false},
    {"claimed_time", N_("Claimed time"), false},
    {"level", N_("Form"), false},
    {"algorithm", N_("Algorithm"), false},
    {NULL, NULL, false},
};

static const struct column timestamp_columns[] = {
    {"time", N_("Timestamp"), false}, {"authority", N_("Authority"), false},
    {"over", N_("Stamped"), true},    {"indication", N_("Judgement"), false},
    {"reason", N_("Reason"), false},  {NULL, NULL, false},
};

static void print_table(struct out *out, const json_t *rows, const struct column *columns)
{
    if (json_array_size(rows) == 0)
        return;
    out_printf(out, "\n");
    out_table(out, rows, columns);
}

/* It passed, but only because that was not asked for. */
static bool is_unchecked(const json_t *signature)
{
    return json_is_false(json_object_get(signature, "revocation_checked")) &&
           !*json_string_value(json_object_get(signature, "reason"));
}

static void print_signature(struct out *out, const json_t *signature)
{
    out_printf(out, "\n");
    out_fields(out, signature, signature_columns);
    if (json_object_get(signature, "claimed_time") && !json_object_get(signature, "proved_time"))
        out_printf(out, "%s\n", _("The claimed time is the signer's word; nothing proves it."));
    if (is_unchecked(signature))
        out_printf(out, "%s\n", _("Whether all certificates were still in force was not checked."));
    print_table(out, json_object_get(signature, "path"), trust_step_columns);
    print_table(out, json_object_get(signature, "timestamps"), timestamp_columns);
}

void report_print(struct out *out, const json_t *report)
{
    const json_t *signatures = json_object_get(report, "signatures");
    size_t i;

    out_printf(out, "%s: %s\n", json_string_value(json_object_get(report, "file")),
               json_string_value(json_object_get(report, "indication")));
    if (json_array_size(signatures) == 0) {
        out_printf(out, "\n");
        out_fields(out, report, trust_judgement_columns);
    }
    for (i = 0; i < json_array_size(signatures); i++)
        print_signature(out, json_array_get(signatures, i));
}
