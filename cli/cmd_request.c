/* kunci request: what operators decide upon, and what applicants have asked for. */
#include "cli/answer.h"
#include "cli/confirm.h"
#include "cli/counter.h"
#include "cli/file.h"
#include "cli/request_show.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_MAX = 10 << 20 };

/* ---- the number ---- */

static enum kunci_rc path_of(const struct command *command, const char *behind, char *to,
                             size_t size, struct kunci_err *err)
{
    const char *number = command->argument;

    if (strlen(number) > 18 || !*number || strspn(number, "0123456789") != strlen(number))
        return fail(err, KUNCI_USAGE_VALUE, "N", _("it must be the number of a request"));
    snprintf(to, size, "/v1/requests/%s%s", number, behind);
    return KUNCI_OK;
}

/* ---- list ---- */

static const struct column list_columns[] = {
    {"id", N_("Request"), false},
    {"kind", N_("Kind"), true},
    {"title", N_("Procedure"), false},
    {"applicant", N_("Applicant"), false},
    {"institution", N_("Institution"), false},
    {"state", N_("State"), true},
    {"step", N_("Step"), false},
    {"role", N_("Waits for"), true},
    {"due_at", N_("Due"), false},
    {NULL, NULL, false},
};

static enum kunci_rc list_page(struct counter *counter, const char *what, json_int_t after,
                               json_t *all, json_int_t *next, struct kunci_err *err)
{
    json_t *answer;
    char path[160];
    enum kunci_rc rc;

    if (after)
        snprintf(path, sizeof path, "/v1/requests?%s&limit=200&after=%" JSON_INTEGER_FORMAT, what,
                 after);
    else
        snprintf(path, sizeof path, "/v1/requests?%s&limit=200", what);
    if ((rc = counter_get(counter, path, &answer, err)) != KUNCI_OK)
        return rc;
    *next = json_integer_value(json_object_get(answer, "next"));
    if (json_array_extend(all, json_object_get(answer, "requests")) != 0)
        rc = fail_memory(err);
    json_decref(answer);
    return rc;
}

static const struct column notice_columns[] = {
    {"at", N_("Time"), false},
    {"message", N_("Notice"), true},
    {"request", N_("Request"), false},
    {"certificate", N_("Certificate"), false},
    {NULL, NULL, false},
};

/* What the authority has to say to whoever is logged in. */
static enum kunci_rc tell_notices(struct command *command, struct counter *counter,
                                  struct kunci_err *err)
{
    json_t *me = NULL, *notices;
    enum kunci_rc rc = counter_get(counter, "/v1/me", &me, err);

    if (rc != KUNCI_OK)
        return rc;
    notices = json_object_get(me, "notices");
    if (json_array_size(notices))
        out_table(&command->out, notices, notice_columns);
    rc = out_put(command->answer, "notices", json_incref(notices), err);
    json_decref(me);
    return rc;
}

enum kunci_rc cmd_request_list(struct command *command, struct kunci_err *err)
{
    bool mine = command->option[OPT_MINE], over = command->option[OPT_ALL];
    struct counter counter = {.ams = NULL};
    json_int_t next = 0, after;
    json_t *all = json_array();
    char what[64];
    enum kunci_rc rc;

    snprintf(what, sizeof what, "for=%s&state=%s", mine ? "mine" : "me", over ? "all" : "open");
    if (over && !mine)
        rc = fail(err, KUNCI_USAGE_VALUE, "--all", _("it needs --mine beside it"));
    else if ((rc = counter_open(command, &counter, err)) == KUNCI_OK)
        rc = counter_login(command, &counter, false, err);
    while (rc == KUNCI_OK) {
        after = next;
        if ((rc = list_page(&counter, what, after, all, &next, err)) == KUNCI_OK && next <= after)
            break;
    }
    if (rc == KUNCI_OK) {
        if (json_array_size(all) == 0)
            out_printf(&command->out, "%s\n", _("There is no request."));
        else
            out_table(&command->out, all, list_columns);
        rc = out_put(command->answer, "requests", json_incref(all), err);
    }
    if (rc == KUNCI_OK && mine)
        rc = tell_notices(command, &counter, err);
    json_decref(all);
    counter_close(&counter);
    return rc;
}

/* ---- show ---- */

enum kunci_rc cmd_request_show(struct command *command, struct kunci_err *err)
{
    struct counter counter = {.ams = NULL};
    json_t *request = NULL;
    char path[64];
    enum kunci_rc rc;

    if ((rc = path_of(command, "", path, sizeof path, err)) == KUNCI_OK &&
        (rc = counter_open(command, &counter, err)) == KUNCI_OK &&
        (rc = counter_login(command, &counter, false, err)) == KUNCI_OK &&
        (rc = counter_get(&counter, path, &request, err)) == KUNCI_OK) {
        request_show(&command->out, request);
        rc = out_put(command->answer, "request", json_incref(request), err);
    }
    json_decref(request);
    counter_close(&counter);
    return rc;
}

/* ---- decisions ---- */

/* Which acts of procedures each verb does. */
static const struct way {
    const char *verb, *acts; /* separated by blanks; NULL: any */
    const char *question;    /* marked by N_() */
} ways[] = {
    {"verify", " verify check receive ",
     N_("You declare it to be checked and right, and your token signs that.")},
    {"approve", " approve execute close notify ", N_("You approve it, and your token signs that.")},
    {"dispose", " dispose follow-up register forward ",
     N_("You pass it on, and your token signs that.")},
    {"reject", NULL, N_("You reject it, and your token signs that.")},
};

static const struct way *way_of(const struct command *command)
{
    const struct way *way = ways;

    while (strcmp(way->verb, command->verb->verb) != 0)
        way++;
    return way;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static bool does(const struct way *way, const char *act)
{
    char word[40];

    snprintf(word, sizeof word, " %s ", act);
    return !way->acts || strstr(way->acts, word);
}

/* The verb is what the person means to do: where the step is another one, he means another
 * step. */
static enum kunci_rc check_act(const struct way *way, const json_t *request, struct kunci_err *err)
{
    const char *act = text_of(request, "act");
    char meant[96] = "";
    size_t i;

    if (does(way, act))
        return KUNCI_OK;
    for (i = 0; i < sizeof ways / sizeof *ways && !*meant; i++)
        if (ways[i].acts && does(&ways[i], act))
            snprintf(meant, sizeof meant, "kunci request %s", ways[i].verb);
    return fail(err, KUNCI_FLOW_NOT_POSSIBLE, text_of(request, "step"),
                *meant ? meant : text_of(request, "possible"));
}

/* What is shown is what is signed: the digest is of the very text that came. */
static enum kunci_rc decide(struct command *command, struct counter *counter, const char *text,
                            struct kunci_err *err)
{
    const struct way *way = way_of(command);
    const struct kunci_decision decision = {
        .document = text,
        .reject = strcmp(way->verb, "reject") == 0,
        .outcome = command->option[OPT_OUTCOME],
        .reason = command->option[OPT_REASON],
    };
    char *answer_text = NULL, applicant[200], kind[80];
    json_t *request, *answer = NULL;
    enum kunci_rc rc = counter_read(text, &request, err);

    if (rc != KUNCI_OK)
        return rc;
    request_show(&command->out, request);
    words_printable(applicant, sizeof applicant, text_of(request, "applicant"));
    words_printable(kind, sizeof kind, text_of(request, "title"));
    if ((rc = check_act(way, request, err)) == KUNCI_OK &&
        (rc = confirm(command, err, _("Request %s of %s, \"%s\":\n%s"), command->argument,
                      applicant, kind, _(way->question))) == KUNCI_OK &&
        (rc = kunci_decide(counter->ams, counter->signer, &decision, &answer_text, err)) ==
            KUNCI_OK &&
        (rc = counter_read(answer_text, &answer, err)) == KUNCI_OK) {
        out_printf(&command->out, "\n%s\n", _("The decision is signed and handed in."));
        rc = out_put(command->answer, "request", json_incref(answer), err);
    }
    json_decref(request);
    json_decref(answer);
    free(answer_text);
    return rc;
}

enum kunci_rc cmd_request_decide(struct command *command, struct kunci_err *err)
{
    struct counter counter = {.ams = NULL};
    char path[64], *text = NULL;
    enum kunci_rc rc;

    if ((rc = path_of(command, "", path, sizeof path, err)) == KUNCI_OK &&
        (rc = counter_open(command, &counter, err)) == KUNCI_OK &&
        (rc = counter_login(command, &counter, true, err)) == KUNCI_OK &&
        (rc = kunci_ams_get(counter.ams, path, &text, err)) == KUNCI_OK)
        rc = decide(command, &counter, text, err);
    free(text);
    counter_close(&counter);
    return rc;
}

/* ---- the applicant's ---- */

static enum kunci_rc deliver(struct command *command, const char *text, const char *sentence,
                             struct kunci_err *err)
{
    json_t *answer;
    enum kunci_rc rc = counter_read(text, &answer, err);

    if (rc != KUNCI_OK)
        return rc;
    out_printf(&command->out, "%s\n", sentence);
    return out_put(command->answer, "request", answer, err);
}

enum kunci_rc cmd_request_attach(struct command *command, struct kunci_err *err)
{
    const char *name = command->option[OPT_AS];
    struct counter counter = {.ams = NULL};
    char behind[96], path[160], *bytes = NULL, *text = NULL;
    enum kunci_rc rc;
    size_t len = 0;

    if (command->argument_count != 2)
        return fail(err, KUNCI_USAGE_MISSING, "N FILE", NULL);
    if (strlen(name) > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
        return fail(err, KUNCI_USAGE_VALUE, "--as", _("it must be a document's name"));
    snprintf(behind, sizeof behind, "/documents/%s", name);
    if ((rc = path_of(command, behind, path, sizeof path, err)) == KUNCI_OK &&
        (rc = file_read(command->arguments[1], DOCUMENT_MAX, &bytes, &len, err)) == KUNCI_OK &&
        (rc = counter_open(command, &counter, err)) == KUNCI_OK &&
        (rc = counter_login(command, &counter, false, err)) == KUNCI_OK &&
        (rc = kunci_ams_put(counter.ams, path, bytes, len, &text, err)) == KUNCI_OK)
        rc = deliver(command, text, _("The document is attached."), err);
    free(bytes);
    free(text);
    counter_close(&counter);
    return rc;
}

enum kunci_rc cmd_request_withdraw(struct command *command, struct kunci_err *err)
{
    struct counter counter = {.ams = NULL};
    char path[64], *body = NULL, *text = NULL;
    json_t *event =
        json_pack("{s:s, s:s*}", "verb", "withdraw", "reason", command->option[OPT_REASON]);
    enum kunci_rc rc;

    if (!event || !(body = json_dumps(event, JSON_COMPACT)))
        rc = fail_memory(err);
    else if ((rc = path_of(command, "/events", path, sizeof path, err)) == KUNCI_OK &&
             (rc = counter_open(command, &counter, err)) == KUNCI_OK &&
             (rc = counter_login(command, &counter, false, err)) == KUNCI_OK &&
             (rc = confirm(command, err, _("The request %s will be withdrawn."),
                           command->argument)) == KUNCI_OK &&
             (rc = kunci_ams_post(counter.ams, path, body, &text, err)) == KUNCI_OK)
        rc = deliver(command, text, _("The request is withdrawn."), err);
    json_decref(event);
    free(body);
    free(text);
    counter_close(&counter);
    return rc;
}
