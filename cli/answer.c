#include "cli/answer.h"

#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

json_t *answer_time(int64_t when)
{
    time_t seconds = (time_t)when;
    struct tm parts;
    char text[64];

    if (!gmtime_r(&seconds, &parts) ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return json_sprintf("@%lld", (long long)when); /* a year no calendar has */
    return json_string(text);
}

/* The worst that is known of a PIN. */
static const char *state(bool locked, bool final_try, bool count_low, bool to_change, bool untold)
{
    if (locked)
        return N_("locked");
    if (final_try)
        return N_("last try");
    if (count_low)
        return N_("wrong PIN given before");
    if (to_change)
        return N_("must be changed");
    return untold ? N_("in order, as far as the token tells") : N_("in order");
}

static const char *pin_state(const struct kunci_token_info *info)
{
    if (!info->initialised)
        return N_("blank token");
    if (!info->user_pin_set)
        return N_("not set");
    return state(info->user_locked, info->user_final_try, info->user_count_low,
                 info->user_to_change, info->tries_untold);
}

static const char *so_pin_state(const struct kunci_token_info *info)
{
    if (!info->initialised)
        return N_("blank token");
    return state(info->so_locked, info->so_final_try, info->so_count_low, info->so_to_change,
                 info->tries_untold);
}

static json_t *who(const struct kunci_token_info *info, const char *uri)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "label", info->label,
                     "manufacturer", info->manufacturer, "model", info->model, "serial",
                     info->serial, "slot", info->slot, "slot_id", (json_int_t)info->slot_id,
                     "module", info->module, "uri", uri, "hardware", info->hardware, "firmware",
                     info->firmware);
}

/* The program too, where one is needed. */
static json_t *pin_reset(const struct kunci_token_info *info)
{
    static const char *const names[] = {
        [KUNCI_PIN_RESET_SO] = N_("the security officer's PIN"),
        [KUNCI_PIN_RESET_PUK] = N_("the PUK"),
    };

    return json_string(info->pin_reset == KUNCI_PIN_RESET_TOOL ? info->pin_reset_tool
                                                               : names[info->pin_reset]);
}

static json_t *abilities(const struct kunci_token_info *info)
{
    char flags[2 + 2 * sizeof info->flags + 1];

    snprintf(flags, sizeof flags, "0x%lx", info->flags);
    return json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:s, s:I, s:I}", "initialised",
                     info->initialised, "write_protected", info->write_protected, "pinpad",
                     info->pinpad, "login_required", info->login_required, "removable",
                     info->removable, "hardware_slot", info->hardware_slot, "rng", info->rng,
                     "clock", info->clock, "flags", flags, "pin_min", (json_int_t)info->pin_min,
                     "pin_max", (json_int_t)info->pin_max);
}

static json_t *pins(const struct kunci_token_info *info)
{
    return json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:s, s:s, s:o}", "user_pin_set",
                     info->user_pin_set, "user_count_low", info->user_count_low, "user_final_try",
                     info->user_final_try, "user_locked", info->user_locked, "user_to_change",
                     info->user_to_change, "so_count_low", info->so_count_low, "so_final_try",
                     info->so_final_try, "so_locked", info->so_locked, "so_to_change",
                     info->so_to_change, "pin_state", pin_state(info), "so_pin_state",
                     so_pin_state(info), "pin_reset", pin_reset(info));
}

json_t *answer_token(const struct kunci_token_info *info, const char *uri)
{
    json_t *all = who(info, uri), *more[] = {abilities(info), pins(info)};
    size_t i;

    for (i = 0; i < sizeof more / sizeof *more; i++) {
        if (json_object_update(all, more[i]) != 0) {
            json_decref(all);
            all = NULL;
        }
        json_decref(more[i]);
    }
    return all;
}

enum kunci_rc answer_put_token(json_t *object, const char *name, struct kunci_token *token,
                               struct kunci_err *err)
{
    struct kunci_token_info info;
    enum kunci_rc rc = kunci_token_info(token, &info, err);
    char *uri = NULL;

    if (rc == KUNCI_OK)
        rc = kunci_token_uri(token, &uri, err);
    if (rc == KUNCI_OK)
        rc = out_put(object, name, answer_token(&info, uri), err);
    free(uri);
    return rc;
}

static json_t *texts(char **list)
{
    json_t *array = json_array();

    for (; array && list && *list; list++)
        if (json_array_append_new(array, json_string(*list)) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static json_t *extensions(const struct kunci_cert_info *info)
{
    json_t *array = json_array();
    size_t i;

    for (i = 0; array && i < info->extension_count; i++) {
        const struct kunci_extension_info *one = &info->extensions[i];

        if (json_array_append_new(array, json_pack("{s:s, s:s, s:b, s:s}", "oid", one->oid, "name",
                                                   one->name, "critical", one->critical, "value",
                                                   one->value)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

json_t *answer_request(const struct kunci_cert_info *info)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "subject", info->subject, "public_key",
                     info->public_key, "signature", info->signature, "sha256", info->sha256,
                     "names", texts(info->names), "usages", texts(info->usages), "extensions",
                     extensions(info));
}

json_t *answer_certificate(const struct kunci_cert_info *info)
{
    json_t *all = answer_request(info);
    json_t *more = json_pack("{s:s, s:s, s:o, s:o}", "issuer", info->issuer, "serial", info->serial,
                             "not_before", answer_time(info->not_before), "not_after",
                             answer_time(info->not_after));

    if (json_object_update(all, more) != 0) {
        json_decref(all);
        all = NULL;
    }
    json_decref(more);
    return all;
}

json_t *answer_findings(const struct kunci_lint *lint)
{
    json_t *array = json_array();
    size_t i;

    for (i = 0; array && i < lint->count; i++) {
        const struct kunci_finding *one = &lint->findings[i];

        if (json_array_append_new(array,
                                  json_pack("{s:s, s:s, s:s, s:s}", "rule", one->rule, "level",
                                            one->is_error ? N_("error") : N_("warning"), "clause",
                                            one->clause, "sentence", one->sentence)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

static const struct column finding_columns[] = {
    {"level", N_("Level"), true},
    {"rule", N_("Rule"), false},
    {"clause", N_("Clause"), false},
    {"sentence", N_("What is wrong"), false},
    {NULL, NULL, false},
};

void answer_show_findings(struct out *out, const json_t *findings)
{
    if (json_array_size(findings) == 0)
        out_printf(out, "%s\n", _("No rule is broken."));
    else
        out_table(out, findings, finding_columns);
}

static const struct column extension_columns[] = {
    {"name", N_("Extension"), false},
    {"critical", N_("Critical"), false},
    {"value", N_("Contents"), false},
    {NULL, NULL, false},
};

void answer_show(struct out *out, const json_t *shown)
{
    const json_t *list = json_object_get(shown, "extensions");

    out_fields(out, shown, answer_certificate_columns);
    if (json_array_size(list)) {
        out_printf(out, "\n");
        out_table(out, list, extension_columns);
    }
}

const struct column answer_certificate_columns[] = {
    {"label", N_("Label"), false},
    {"id", N_("Id"), false},
    {"subject", N_("Subject"), false},
    {"issuer", N_("Issuer"), false},
    {"serial", N_("Serial number"), false},
    {"not_before", N_("Valid from"), false},
    {"not_after", N_("Valid until"), false},
    {"public_key", N_("Public key"), false},
    {"signature", N_("Signature"), false},
    {"names", N_("Alternative names"), false},
    {"usages", N_("Uses"), false},
    {"sha256", N_("SHA-256"), false},
    {"has_key", N_("Key on the token"), false},
    {"uri", N_("URI"), false},
    {NULL, NULL, false},
};

json_t *answer_key_types(unsigned types)
{
    json_t *names = json_array();
    unsigned type;

    for (type = 1; type <= KUNCI_KEY_ED25519; type <<= 1)
        if ((types & type) && json_array_append_new(names, json_string(kunci_key_type_name(
                                                               (enum kunci_key_type)type))) != 0) {
            json_decref(names);
            return NULL;
        }
    return names;
}

enum kunci_rc answer_unseen(const char *what, struct kunci_err *err)
{
    struct kunci_err why = *err;

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return fail(err, KUNCI_OUTCOME_UNKNOWN, what, why.detail);
}

json_t *answer_error(const struct kunci_err *err)
{
    char sentence[1024], next[1024];

    if (err->rc == KUNCI_OK)
        return json_null();
    kunci_err_sentence(err, sentence, sizeof sentence);
    kunci_err_next(err, next, sizeof next);
    return json_pack("{s:s, s:s, s:s}", "name", kunci_err_name(err->rc), "message", sentence,
                     "next", next);
}
