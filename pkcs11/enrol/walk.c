#include "enrol/walk.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

/* Between two looks at a request that others have to go on with. */
enum { WAIT_FIRST_MS = 250, WAIT_MOST_MS = 60000, SLICE_MS = 500 };

enum { STEPS_MOST = 500 };

/* ---- what the request document says ---- */

bool walk_is_mine(const struct walk *walk)
{
    return json_is_true(json_object_get(walk->request, "yours"));
}

bool walk_is_over(const struct walk *walk)
{
    return walk->request && !*ams_text(walk->request, "step");
}

bool walk_needs(const struct walk *walk, const char *list, const char *word)
{
    const json_t *all = json_object_get(json_object_get(walk->request, "needs"), list), *one;
    size_t i;

    json_array_foreach(all, i,
                       one) if (!word || (json_is_string(one) &&
                                          strcmp(json_string_value(one), word) == 0)) return true;
    return false;
}

static void number_of(const struct walk *walk, char *to, size_t size)
{
    snprintf(to, size, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(walk->request, "id")));
}

void walk_path(const struct walk *walk, const char *behind, char *to, size_t size)
{
    snprintf(to, size, "/v1/requests/%s%s", journal_now(walk->journal)->request, behind);
}

/* ---- the person ---- */

void walk_tell(const struct walk *walk, enum kunci_enrol_news news, const char *about)
{
    const struct kunci_enrol_port *port = &walk->options->port;

    if (port->tell)
        port->tell(port->context, news, about ? about : "");
}

enum kunci_rc walk_ask(const struct walk *walk, enum kunci_enrol_question what, json_t *shown,
                       struct kunci_err *err)
{
    const struct kunci_enrol_port *port = &walk->options->port;
    char *text = json_write(shown, JSON_COMPACT | JSON_PRESERVE_ORDER);
    enum kunci_rc rc = KUNCI_OK;

    json_decref(shown);
    if (!text)
        return err_no_memory(err);
    if (port->confirm)
        rc = port->confirm(port->context, what, text, err);
    free(text);
    return rc;
}

static enum kunci_rc check_stop(const struct walk *walk, struct kunci_err *err)
{
    const volatile int *stop = walk->options->port.stop;
    const char *request = journal_now(walk->journal)->request;

    return stop && *stop ? err_set(err, KUNCI_REQUEST_PAUSED, request, NULL) : KUNCI_OK;
}

/* ---- the authority ---- */

/* Takes the document over where it is one. */
static enum kunci_rc keep(struct walk *walk, json_t *document, struct kunci_err *err)
{
    if (!json_is_integer(json_object_get(document, "id")) || !*ams_text(document, "state")) {
        json_decref(document);
        return ams_complain(walk->ams, _("it is no request"), err);
    }
    json_decref(walk->request);
    walk->request = document;
    return KUNCI_OK;
}

enum kunci_rc walk_send(struct walk *walk, json_t *event, struct kunci_err *err)
{
    json_t *answer;
    char path[128];
    enum kunci_rc rc;

    walk_path(walk, "/events", path, sizeof path);
    rc = ams_call(walk->ams, "POST", path, event, &answer, err);
    return rc == KUNCI_OK ? keep(walk, answer, err) : rc;
}

static enum kunci_rc look(struct walk *walk, struct kunci_err *err)
{
    json_t *answer;
    char path[128];
    enum kunci_rc rc;

    walk_path(walk, "", path, sizeof path);
    rc = ams_call(walk->ams, "GET", path, NULL, &answer, err);
    return rc == KUNCI_OK ? keep(walk, answer, err) : rc;
}

/* ---- the request begun ---- */

static bool may_pass(enum kunci_rc rc)
{
    return rc == KUNCI_FETCH_FAILED || rc == KUNCI_FETCH_LATE || rc == KUNCI_TOO_MANY ||
           rc == KUNCI_AMS_ANSWER || kunci_err_exit(rc) == 3;
}

static json_t *first_words(const struct walk *walk)
{
    const struct record *now = journal_now(walk->journal);
    json_t *body = json_pack("{s:s, s:s, s:{}}", "key", now->flow, "kind", walk->kind, "advance");
    struct kunci_cert_info info = {0};
    struct kunci_err unread = KUNCI_ERR_INIT;
    int failed = !body;
    size_t len;

    if (walk->old && !failed) {
        const unsigned char *der = kunci_cert_der(walk->old, &len);

        failed = kunci_cert_describe(der, len, &info, &unread) != KUNCI_OK ||
                 json_object_set_new(body, "certificate", json_string(info.serial)) != 0;
    } else if (!walk->keyed && walk->options->cert && !failed) {
        failed = json_object_set_new(body, "certificate", json_string(walk->options->cert)) != 0;
    }
    if (now->reason && !failed)
        failed = json_object_set_new(body, "reason", json_string(now->reason)) != 0;
    kunci_cert_info_clear(&info);
    if (!failed)
        return body;
    json_decref(body);
    return NULL;
}

/* The flow's key makes it one request, however often it is sent. What the authority refused
 * never was one. */
static enum kunci_rc hand_in(struct walk *walk, struct kunci_err *err)
{
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    json_t *answer = NULL, *body, *more;
    char number[24];
    enum kunci_rc rc = journal_begin(walk->journal, ARROW_REQUEST, NULL, err);

    if (rc != KUNCI_OK)
        return rc;
    body = first_words(walk);
    rc =
        body ? ams_call(walk->ams, "POST", "/v1/requests", body, &answer, err) : err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = keep(walk, answer, err);
    else if (!may_pass(rc) && journal_close(walk->journal, "refused", &unsaid) != KUNCI_OK)
        return rc;
    if (rc != KUNCI_OK)
        return rc;
    number_of(walk, number, sizeof number);
    more = json_pack("{s:s}", "request", number);
    return more ? journal_done(walk->journal, ARROW_REQUEST, more, err) : err_no_memory(err);
}

/* ---- what is the holder's ---- */

static enum kunci_rc agree(struct walk *walk, struct kunci_err *err)
{
    enum kunci_rc rc;

    if (walk->agreed)
        return KUNCI_OK;
    rc = walk_ask(walk, KUNCI_ENROL_DATA,
                  json_pack("{s:s, s:O, s:s}", "account", ams_text(walk->me, "account"), "data",
                            json_object_get(walk->me, "data"), "subject",
                            ams_text(walk->me, "subject")),
                  err);
    walk->agreed = rc == KUNCI_OK;
    return rc;
}

/* The one outcome that confirming the data stands for; others are the person's to say, by
 * another way than this. */
static enum kunci_rc choose_outcomes(struct walk *walk, json_t *event, struct kunci_err *err)
{
    const char *step = ams_text(walk->request, "step");
    enum kunci_rc rc;
    json_t *outcomes;

    if (!walk_needs(walk, "outcomes", "right"))
        return KUNCI_OK;
    if ((rc = agree(walk, err)) != KUNCI_OK)
        return rc;
    outcomes = json_object();
    return outcomes && json_object_set_new(outcomes, step, json_string("right")) == 0 &&
                   json_object_set_new(event, "outcomes", outcomes) == 0
               ? KUNCI_OK
               : err_no_memory(err);
}

static enum kunci_rc add_csr(struct walk *walk, json_t *event, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    json_t *proof = NULL;
    enum kunci_rc rc;

    if (!walk->keyed)
        return KUNCI_OK;
    if (!walk_needs(walk, "deeds", "key-new") && !walk_needs(walk, "deeds", "csr-new") &&
        !walk_needs(walk, "deeds", "prove-old"))
        return KUNCI_OK;
    if ((rc = walk_key(walk, err)) != KUNCI_OK || (rc = walk_csr(walk, err)) != KUNCI_OK)
        return rc;
    if (json_object_set_new(event, "csr", ams_base64(now->csr.data, now->csr.len)) != 0)
        return err_no_memory(err);
    if (!walk->old && !walk_needs(walk, "deeds", "prove-old"))
        return KUNCI_OK;
    if ((rc = walk_prove_old(walk, &proof, err)) != KUNCI_OK)
        return rc;
    return json_object_set_new(event, "proof_old", proof) == 0 ? KUNCI_OK : err_no_memory(err);
}

static enum kunci_rc check_fields(const struct json_document *read, struct kunci_err *err)
{
    static const char *const sets[] = {"person", "letter", "card"};
    const char *set, *name;
    json_t *values, *value;
    size_t i;

    json_object_foreach(read->root, set, values)
    {
        for (i = 0; i < 3 && strcmp(set, sets[i]) != 0; i++)
            ;
        if (i == 3 || !json_is_object(values))
            return json_complain(read, read->root, set, _("it must be person, letter or card"),
                                 err);
        json_object_foreach(values, name, value) if (!json_is_string(value)) return json_complain(
            read, values, name, _("it must be a text; a number stands in quotes"), err);
    }
    return KUNCI_OK;
}

static enum kunci_rc add_fields(const struct walk *walk, json_t *event, struct kunci_err *err)
{
    const struct kunci_enrol_options *options = walk->options;
    struct json_document read = {.name = NULL};
    enum kunci_rc rc;

    if (!options->fields)
        return KUNCI_OK;
    if ((rc = yaml_read(options->fields_name, options->fields, options->fields_len, &read, err)) ==
            KUNCI_OK &&
        (rc = check_fields(&read, err)) == KUNCI_OK &&
        json_object_set(event, "fields", read.root) != 0)
        rc = err_no_memory(err);
    json_document_clear(&read);
    return rc;
}

static enum kunci_rc attach(struct walk *walk, struct kunci_err *err)
{
    const struct kunci_enrol_options *options = walk->options;
    enum kunci_rc rc = KUNCI_OK;
    json_t *answer;
    char behind[96], path[192];
    size_t i;

    for (i = 0; rc == KUNCI_OK && !walk->attached && i < options->attachment_count; i++) {
        const struct kunci_attachment *one = &options->attachments[i];

        snprintf(behind, sizeof behind, "/documents/%s", one->name);
        walk_path(walk, behind, path, sizeof path);
        if ((rc = ams_put(walk->ams, path, one->bytes, one->len, &answer, err)) == KUNCI_OK)
            rc = keep(walk, answer, err);
    }
    walk->attached = rc == KUNCI_OK;
    return rc;
}

/* What is missing is said by name: the person can give it with the next run. */
static enum kunci_rc say_missing(const struct walk *walk, struct kunci_err *err)
{
    static const struct {
        const char *list;
        enum kunci_rc rc;
    } rows[] = {
        {"documents", KUNCI_FLOW_DOCUMENT_MISSING},
        {"fields", KUNCI_FLOW_FIELD_MISSING},
        {"outcomes", KUNCI_FLOW_NOT_POSSIBLE},
        {"deeds", KUNCI_FLOW_NOT_POSSIBLE},
    };
    const json_t *needs = json_object_get(walk->request, "needs"), *one;
    const char *step = ams_text(walk->request, "step");
    struct buf names = {0};
    enum kunci_rc rc;
    size_t i, j;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!walk_needs(walk, rows[i].list, NULL))
            continue;
        json_array_foreach(json_object_get(needs, rows[i].list), j, one) buf_printf(
            &names, "%s%s", j ? ", " : "", json_is_string(one) ? json_string_value(one) : "");
        rc = err_set(err, rows[i].rc, step, names.data);
        buf_clear(&names);
        return rc;
    }
    return err_set(err, KUNCI_FLOW_NOT_POSSIBLE, step, ams_text(walk->request, "possible"));
}

/* Everything that can be given is given; the authority does all steps that it is enough
 * for. */
static enum kunci_rc advance(struct walk *walk, struct kunci_err *err)
{
    char step[96], number[24];
    json_t *event;
    enum kunci_rc rc;

    if ((rc = attach(walk, err)) != KUNCI_OK)
        return rc;
    snprintf(step, sizeof step, "%s", ams_text(walk->request, "step"));
    event = json_pack("{s:s}", "verb", "advance");
    if (!event)
        return err_no_memory(err);
    if ((rc = choose_outcomes(walk, event, err)) == KUNCI_OK &&
        (rc = add_fields(walk, event, err)) == KUNCI_OK &&
        (rc = add_csr(walk, event, err)) == KUNCI_OK &&
        (rc = journal_begin(walk->journal, ARROW_SUBMIT, NULL, err)) == KUNCI_OK)
        rc = walk_send(walk, json_incref(event), err);
    json_decref(event);
    if (rc != KUNCI_OK || (rc = journal_done(walk->journal, ARROW_SUBMIT, NULL, err)) != KUNCI_OK)
        return rc;
    if (walk_is_mine(walk) && strcmp(step, ams_text(walk->request, "step")) == 0)
        return say_missing(walk, err);
    number_of(walk, number, sizeof number);
    if (!walk_is_mine(walk))
        walk_tell(walk, KUNCI_ENROL_SENT, number);
    return KUNCI_OK;
}

/* ---- waiting ---- */

static enum kunci_rc pause_for(const struct walk *walk, int64_t ms, struct kunci_err *err)
{
    const struct clock *clock = &clock_system;
    int64_t end = clock->steady_ms(clock->context) + ms, left;
    enum kunci_rc rc;

    while ((rc = check_stop(walk, err)) == KUNCI_OK &&
           (left = end - clock->steady_ms(clock->context)) > 0)
        clock->sleep_ms(clock->context, left < SLICE_MS ? left : SLICE_MS);
    return rc;
}

static int64_t next_wait(const struct walk *walk, int64_t ms)
{
    long asked = ams_retry_after(walk->ams);

    ms = ms * 3 / 2 < WAIT_MOST_MS ? ms * 3 / 2 : WAIT_MOST_MS;
    return asked > 0 && ms < asked * 1000 ? asked * 1000 : ms;
}

/* Until it is the holder's turn again, or over. That the authority cannot be reached for a
 * while ends nothing. */
static enum kunci_rc wait_turn(struct walk *walk, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    int64_t ms = WAIT_FIRST_MS;
    bool offline = false;
    char sentence[512];
    enum kunci_rc rc;

    walk_tell(walk, KUNCI_ENROL_WAITS, ams_text(walk->request, "role"));
    while (!walk_is_mine(walk) && !walk_is_over(walk)) {
        if ((rc = pause_for(walk, ms, err)) != KUNCI_OK)
            return rc;
        why = (struct kunci_err)KUNCI_ERR_INIT;
        rc = look(walk, &why);
        ms = next_wait(walk, ms);
        if (rc != KUNCI_OK && !may_pass(rc)) {
            *err = why;
            return rc;
        }
        if (rc != KUNCI_OK && !offline)
            walk_tell(walk, KUNCI_ENROL_OFFLINE,
                      kunci_err_sentence(&why, sentence, sizeof sentence));
        offline = rc != KUNCI_OK;
    }
    return KUNCI_OK;
}

/* ---- rejected, over ---- */

static const json_t *last_rejection(const struct walk *walk)
{
    const json_t *all = json_object_get(walk->request, "decisions"), *one = NULL, *last = NULL;
    size_t i;

    json_array_foreach(all, i, one)
    {
        if (strcmp(ams_text(one, "verdict"), "reject") == 0)
            last = one;
    }
    return last;
}

static enum kunci_rc say_rejected(const struct walk *walk, struct kunci_err *err)
{
    char number[24];

    number_of(walk, number, sizeof number);
    return err_set(err, KUNCI_REQUEST_REJECTED, number, ams_text(last_rejection(walk), "reason"));
}

/* Each is told once. */
static enum kunci_rc tell_rejection(struct walk *walk, struct kunci_err *err)
{
    const char *seen = journal_now(walk->journal)->rejected;
    const json_t *last = last_rejection(walk);
    char which[24];
    json_t *more;

    if (!last)
        return KUNCI_OK;
    snprintf(which, sizeof which, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(last, "n")));
    if (seen && strcmp(seen, which) == 0)
        return KUNCI_OK;
    more = json_pack("{s:s}", "rejected", which);
    if (!more)
        return err_no_memory(err);
    return journal_note(walk->journal, more, err) == KUNCI_OK ? say_rejected(walk, err) : err->rc;
}

/* The authority closes a request when it has the proof, which a run that was killed then
 * has not noted any more. */
static enum kunci_rc finish(struct walk *walk, struct kunci_err *err)
{
    const char *state = ams_text(walk->request, "state");
    const struct record *now = journal_now(walk->journal);
    bool closed = strcmp(state, "closed") == 0 || strcmp(state, "executed") == 0 ||
                  strcmp(state, "notified") == 0;
    char said[32];
    enum kunci_rc rc = KUNCI_OK;

    if (closed && walk->keyed) {
        if (now->ways[ARROW_PROVE] == WAY_BEGUN)
            rc = journal_done(walk->journal, ARROW_PROVE, NULL, err);
        if (rc == KUNCI_OK && now->ways[ARROW_PROVE] != WAY_DONE)
            return ams_complain(walk->ams, _("the request is over without its proof"), err);
        if (rc == KUNCI_OK)
            rc = walk_retire(walk, err);
    }
    snprintf(said, sizeof said, "%s", state);
    if (rc == KUNCI_OK)
        rc = journal_close(walk->journal, said, err);
    if (rc != KUNCI_OK || closed)
        return rc;
    return strcmp(said, "rejected") == 0 ? say_rejected(walk, err)
                                         : err_set(err, KUNCI_FLOW_OVER, NULL, _(said));
}

/* ---- the whole ---- */

static enum kunci_rc step_on(struct walk *walk, bool *done, struct kunci_err *err)
{
    enum kunci_rc rc;

    *done = false;
    if (walk_is_over(walk)) {
        *done = true;
        return finish(walk, err);
    }
    if ((rc = tell_rejection(walk, err)) != KUNCI_OK)
        return rc;
    if (!walk_is_mine(walk)) {
        *done = walk->options->no_wait;
        return *done ? KUNCI_OK : wait_turn(walk, err);
    }
    if (walk->keyed && (walk_needs(walk, "deeds", "write") || walk_needs(walk, "deeds", "prove")))
        return walk_take_cert(walk, err);
    return advance(walk, err);
}

/* Whether the account is the one whose certificate is renewed. */
static bool is_holders(const struct walk *walk)
{
    const json_t *all = json_object_get(walk->me, "certificates"), *one = NULL;
    struct kunci_cert_info info = {0};
    struct kunci_err unread = KUNCI_ERR_INIT;
    const unsigned char *der;
    bool is = false;
    size_t i, len;

    if (!walk->old)
        return false;
    der = kunci_cert_der(walk->old, &len);
    if (kunci_cert_describe(der, len, &info, &unread) == KUNCI_OK)
        json_array_foreach(all, i, one) is |= strcmp(ams_text(one, "serial"), info.serial) == 0;
    kunci_cert_info_clear(&info);
    return is;
}

/* An authority that was put back to an earlier day knows nothing of the request: by the same
 * key it is handed in once more, as long as nothing came of it. */
static enum kunci_rc look_or_hand_in(struct walk *walk, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    enum kunci_rc rc = look(walk, &why);

    if (rc == KUNCI_REQUEST_UNKNOWN && journal_now(walk->journal)->cert.len == 0 &&
        is_holders(walk))
        return hand_in(walk, err);
    if (rc != KUNCI_OK)
        *err = why;
    return rc;
}

/* Where both stand: what was done on the token has to be there still. */
static enum kunci_rc look_again(struct walk *walk, struct kunci_err *err)
{
    enum kunci_rc rc = look_or_hand_in(walk, err);

    return rc == KUNCI_OK && !walk_is_over(walk) && journal_now(walk->journal)->label
               ? walk_key(walk, err)
               : rc;
}

enum kunci_rc walk_on(struct walk *walk, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    unsigned steps = 0;
    bool done = false;
    enum kunci_rc rc;

    rc = now->ways[ARROW_REQUEST] == WAY_DONE ? look_again(walk, err) : agree(walk, err);
    if (rc == KUNCI_OK && now->ways[ARROW_REQUEST] != WAY_DONE)
        rc = hand_in(walk, err);
    while (rc == KUNCI_OK && !done) {
        if (steps++ == STEPS_MOST) /* longer than any procedure: it goes in a circle */
            return ams_complain(walk->ams, _("the request does not come to an end"), err);
        if ((rc = check_stop(walk, err)) == KUNCI_OK)
            rc = step_on(walk, &done, err);
    }
    return rc;
}
