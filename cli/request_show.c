#include "cli/request_show.h"

#include "cli/words.h"

#include <string.h>

static const struct column request_columns[] = {
    {"id", N_("Request"), false},
    {"kind", N_("Kind"), true},
    {"title", N_("Procedure"), false},
    {"version", N_("Version"), false},
    {"applicant", N_("Applicant"), false},
    {"institution", N_("Institution"), false},
    {"state", N_("State"), true},
    {"step", N_("Step"), false},
    {"step_text", N_("What is to be done"), false},
    {"role", N_("Waits for"), true},
    {"due_at", N_("Due"), false},
    {NULL, NULL, false},
};

static const struct column content_columns[] = {
    {"subject", N_("Subject"), false},
    {"reason", N_("Reason"), false},
    {"certificate", N_("Certificate"), false},
    {"csr_sha256", N_("Request's SHA-256"), false},
    {NULL, NULL, false},
};

static const struct column data_columns[] = {
    {"field", N_("Field"), false},   {"person", N_("Account"), false},
    {"letter", N_("Letter"), false}, {"card", N_("Identity card"), false},
    {"differs", N_("Remark"), true}, {NULL, NULL, false},
};

static const struct column document_columns[] = {
    {"name", N_("Document"), false},
    {"sha256", N_("SHA-256"), false},
    {NULL, NULL, false},
};

static const struct column decision_columns[] = {
    {"n", N_("Decision"), false},
    {"step", N_("Step"), false},
    {"account", N_("By"), false},
    {"verdict", N_("Verdict"), true},
    {"reason", N_("Reason"), false},
    {"at", N_("Time"), false},
    {NULL, NULL, false},
};

/* Words that the authority's answers have and people read in their language. */
static const char *const words[] __attribute__((unused)) = {
    N_("renewal"),    N_("issuance"),    N_("revocation"),  N_("suspension"),   N_("resumption"),
    N_("activation"), N_("data-change"), N_("draft"),       N_("submitted"),    N_("disposed"),
    N_("verifying"),  N_("approved"),    N_("executed"),    N_("notified"),     N_("closed"),
    N_("rejected"),   N_("withdrawn"),   N_("timed-out"),   N_("done"),         N_("reject"),
    N_("pemohon"),    N_("op"),          N_("verifikator"), N_("kepala-dinas"), N_("expiring"),
    N_("issued"),     N_("revoked"),     N_("suspended"),   N_("resumed"),      N_("asked"),
};

static const char *value_of(const json_t *data, const char *set, const char *field)
{
    return json_string_value(json_object_get(json_object_get(data, set), field));
}

static bool differs(const char *said, const char *other)
{
    return said && other && strcmp(said, other) != 0;
}

/* A line for each field that any of the three tells. */
static void add_field(const json_t *data, const char *field, json_t *rows)
{
    const char *person = value_of(data, "person", field), *letter = value_of(data, "letter", field);
    const char *card = value_of(data, "card", field), *before;
    bool differ = differs(person, letter) || differs(person, card) || differs(letter, card);
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        before = json_string_value(json_object_get(row, "field"));
        if (before && strcmp(before, field) == 0)
            return;
    }
    json_array_append_new(rows, json_pack("{s:s, s:s*, s:s*, s:s*, s:s*}", "field", field, "person",
                                          person, "letter", letter, "card", card, "differs",
                                          differ ? N_("differs") : NULL));
}

static void show_data(struct out *out, const json_t *data)
{
    static const char *const sets[] = {"person", "letter", "card"};
    json_t *rows = json_array(), *value;
    const char *field;
    size_t i;

    for (i = 0; i < sizeof sets / sizeof *sets; i++)
        json_object_foreach(json_object_get(data, sets[i]), field, value)
            add_field(data, field, rows);
    if (json_array_size(rows)) {
        out_printf(out, "\n");
        out_table(out, rows, data_columns);
    }
    json_decref(rows);
}

static void show_documents(struct out *out, json_t *documents)
{
    json_t *rows = json_array(), *hash;
    const char *name;

    json_object_foreach(documents, name, hash)
        json_array_append_new(rows, json_pack("{s:s, s:O}", "name", name, "sha256", hash));
    if (json_array_size(rows)) {
        out_printf(out, "\n");
        out_table(out, rows, document_columns);
    }
    json_decref(rows);
}

void request_show(struct out *out, const json_t *request)
{
    const char *text = json_string_value(json_object_get(request, "content"));
    json_t *content = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *decisions = json_object_get(request, "decisions");

    out_fields(out, request, request_columns);
    if (content) {
        out_printf(out, "\n");
        out_fields(out, content, content_columns);
        show_data(out, json_object_get(content, "data"));
        show_documents(out, json_object_get(content, "documents"));
    }
    if (json_array_size(decisions)) {
        out_printf(out, "\n");
        out_table(out, decisions, decision_columns);
    }
    json_decref(content);
}
