/* Where a step leads to: by what its actor says, and by the facts. */
#include "flow/procedure_read.h"

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

static enum kunci_rc read_value(const struct reading *in, json_t *object, const char *fact,
                                const char *word, uint32_t *values)
{
    int value = word ? word_index(fact_values[word_index(fact_names, fact)], word) : -1;

    if (value < 0)
        return json_complain(in->file, object, fact, _("this fact has no such value"), in->err);
    *values |= 1u << value;
    return KUNCI_OK;
}

static enum kunci_rc read_condition(const struct reading *in, json_t *object, struct condition *out)
{
    enum kunci_rc rc = KUNCI_OK;
    const char *fact;
    json_t *value, *item;
    size_t i;

    json_object_foreach(object, fact, value)
    {
        int index = word_index(fact_names, fact);

        if (index < 0)
            return json_complain(in->file, object, fact, _("there is no such fact"), in->err);
        if (json_is_array(value) && json_array_size(value) == 0)
            return json_complain(in->file, object, fact, _("it is empty"), in->err);
        if (!json_is_array(value))
            rc = read_value(in, object, fact, json_string_value(value), &out->values[index]);
        json_array_foreach(value, i, item) if (rc == KUNCI_OK) rc =
            read_value(in, object, fact, json_string_value(item), &out->values[index]);
        if (rc != KUNCI_OK)
            return rc;
    }
    return rc;
}

static enum kunci_rc read_branch(const struct reading *in, json_t *object, struct branch *out)
{
    struct branch_file {
        char *outcome, *to;
        json_t *text, *when;
    } file = {NULL, NULL, NULL, NULL};
    static const struct json_field fields[] = {
        FIELD(struct branch_file, "outcome", JSON_KIND_STRING, outcome),
        NEEDED(struct branch_file, "to", JSON_KIND_STRING, to),
        FIELD(struct branch_file, "text", JSON_KIND_VALUE, text),
        FIELD(struct branch_file, "when", JSON_KIND_OBJECT, when),
    };
    enum kunci_rc rc = json_read_object(in->file, object, fields, COUNT(fields), &file, in->err);

    out->outcome = file.outcome;
    out->to = file.to;
    if (rc == KUNCI_OK)
        rc = check_name(in, object, "outcome", out->outcome);
    if (rc == KUNCI_OK && out->outcome && strcmp(out->outcome, OUTCOME_REJECT) == 0)
        rc = json_complain(in->file, object, "outcome",
                           _("a rejection is told of by \"reject\" of the step"), in->err);
    if (rc == KUNCI_OK)
        rc = read_words(in, object, "text", file.text, &out->text);
    return rc == KUNCI_OK ? read_condition(in, file.when, &out->when) : rc;
}

enum kunci_rc read_branches(const struct reading *in, const json_t *owner, json_t *list,
                            struct step *step)
{
    size_t count = json_array_size(list);
    enum kunci_rc rc;
    unsigned i;

    if (count == 0)
        return json_complain(in->file, owner, "branches", _("it is empty"), in->err);
    if (count > BRANCHES_MAX)
        return json_complain(in->file, owner, "branches", _("these are too many"), in->err);
    rc = read_room(in, list, sizeof *step->branches, &step->branches, &step->branch_count);
    for (i = 0; rc == KUNCI_OK && i < step->branch_count; i++)
        rc = read_branch(in, json_array_get(list, i), &step->branches[i]);
    return rc;
}
