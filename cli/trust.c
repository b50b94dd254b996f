#include "cli/trust.h"

#include "cli/answer.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* The words of --revocation, in the order of the enum. */
static enum kunci_revocation revocation_of(const char *word)
{
    if (strcasecmp(word, "soft") == 0)
        return KUNCI_REVOCATION_SOFT;
    return strcasecmp(word, "off") == 0 ? KUNCI_REVOCATION_OFF : KUNCI_REVOCATION_HARD;
}

enum kunci_rc trust_open(const struct command *command, struct kunci_trust **out,
                         struct kunci_err *err)
{
    const struct kunci_config_trust *set = &command->config.trust;
    const char *const given[] = {command->option[OPT_TRUST], NULL};
    const char *const policies[] = {command->option[OPT_POLICY], NULL};
    const char *how = command->option[OPT_REVOCATION];
    const struct kunci_trust_options judging = {
        .anchors = *given ? given : (const char *const *)set->anchors,
        .others = (const char *const *)set->others,
        .system = !*given && (set->system || !set->anchors),
        .revocation = how ? revocation_of(how) : set->revocation,
        .offline = set->offline || command->option[OPT_OFFLINE],
        .cache = set->cache,
        .policies = *policies ? policies : NULL,
    };

    return kunci_trust_new(&judging, out, err);
}

json_t *trust_judgement(enum kunci_indication indication, enum kunci_reason reason,
                        const char *detail)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "indication", kunci_indication_name(indication),
                     "reason", kunci_reason_name(reason), "sentence", kunci_reason_sentence(reason),
                     "detail", detail);
}

const struct column trust_judgement_columns[] = {
    {"indication", N_("Judgement"), false}, {"reason", N_("Reason"), false},
    {"sentence", N_("That means"), false},  {"detail", N_("Detail"), false},
    {"at", N_("At the moment"), false},     {NULL, NULL, false},
};

static const char *const states[] = {[KUNCI_NOT_CHECKED] = N_("not checked"),
                                     [KUNCI_GOOD] = N_("good"),
                                     [KUNCI_IS_REVOKED] = N_("revoked"),
                                     [KUNCI_UNKNOWN] = N_("not known")};

static bool put_time(json_t *object, const char *name, int64_t when)
{
    return !when || json_object_set_new(object, name, answer_time(when)) == 0;
}

static json_t *step_json(const struct kunci_path_step *step)
{
    json_t *shown = answer_certificate(&step->info);
    json_t *more = json_pack("{s:b, s:s, s:s, s:s}", "anchor", step->anchor, "revocation",
                             step->anchor ? "" : states[step->revoked], "source", step->source,
                             "trouble", step->trouble);

    if (!more || json_object_update(shown, more) != 0 ||
        !put_time(shown, "this_update", step->this_update) ||
        !put_time(shown, "next_update", step->next_update) ||
        !put_time(shown, "revoked_at", step->revoked_at) ||
        (step->revoked_why >= 0 &&
         json_object_set_new(shown, "revoked_why", json_integer(step->revoked_why)) != 0)) {
        json_decref(shown);
        shown = NULL;
    }
    json_decref(more);
    return shown;
}

json_t *trust_steps(const struct kunci_path *path)
{
    json_t *steps = json_array();
    size_t i;

    for (i = 0; i < path->count; i++)
        if (json_array_append_new(steps, step_json(&path->steps[i])) != 0) {
            json_decref(steps);
            return NULL;
        }
    return steps;
}

const struct column trust_step_columns[] = {
    {"subject", N_("Subject"), false},        {"not_after", N_("Valid until"), false},
    {"anchor", N_("Anchor"), false},          {"revocation", N_("Revocation"), true},
    {"source", N_("Told by"), false},         {"revoked_at", N_("Revoked at"), false},
    {"trouble", N_("Not checked as"), false}, {NULL, NULL, false},
};
