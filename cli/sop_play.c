/* kunci sop play: a procedure tried out, line by line, with people and a world that are
 * made up as one goes. What a step calls is played too, and ended before it goes on. */
#include "cli/sop_book.h"
#include "cli/when.h"
#include "cli/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 8, WORDS = 4, LINE = 2048, FACTS = 16 };

struct play {
    struct command *command;
    struct sop_book *book;
    struct kunci_request *requests[DEPTH]; /* the last is the one that runs */
    unsigned depth;
    unsigned numbered;
    int64_t now;
    struct {
        char name[32], value[32];
    } facts[FACTS];
    unsigned fact_count;
    struct kunci_flow_port port;
    const struct kunci_sop *called; /* by the event at work; NULL: none */
    const char *reason;             /* why */
};

/* ---- the world ---- */

static int64_t now(void *context)
{
    return ((struct play *)context)->now;
}

static const char *fact(void *context, const struct kunci_request *request, const char *name)
{
    struct play *play = context;
    unsigned i;

    (void)request;
    for (i = 0; i < play->fact_count; i++)
        if (strcmp(play->facts[i].name, name) == 0)
            return play->facts[i].value;
    return NULL;
}

static enum kunci_rc set_fact(struct play *play, const char *name, const char *value)
{
    unsigned i = 0;

    while (i < play->fact_count && strcmp(play->facts[i].name, name) != 0)
        i++;
    if (i == FACTS)
        return KUNCI_FLOW_FIELD_MISSING;
    play->fact_count += i == play->fact_count;
    snprintf(play->facts[i].name, sizeof play->facts[i].name, "%s", name);
    snprintf(play->facts[i].value, sizeof play->facts[i].value, "%s", value);
    return KUNCI_OK;
}

/* What the authority would do to the holder's certificate. */
static const struct effect {
    const char *deed, *fact, *value;
} effects[] = {
    {"issue", "certificate", "active"},   {"resume", "certificate", "active"},
    {"revoke", "certificate", "revoked"}, {"suspend", "certificate", "suspended"},
    {"data-change", "data", "changed"},   {"account-activate", "account", "active"},
    {"pin-set", "token", "ready"},        {"pin-reset", "token", "ready"},
};

static enum kunci_rc act(void *context, const struct kunci_request *request, const char *deed,
                         struct kunci_err *err)
{
    struct play *play = context;
    size_t i;

    (void)request;
    (void)err;
    out_printf(&play->command->out, "    + %s\n", deed);
    for (i = 0; i < sizeof effects / sizeof *effects; i++)
        if (strcmp(effects[i].deed, deed) == 0)
            return set_fact(play, effects[i].fact, effects[i].value);
    return KUNCI_OK;
}

static enum kunci_rc notify(void *context, const struct kunci_request *request, const char *role,
                            const char *message, struct kunci_err *err)
{
    (void)request;
    (void)err;
    out_printf(&((struct play *)context)->command->out, "    > %s: %s\n", role, message);
    return KUNCI_OK;
}

/* With --json the events are the answer: "kunci sop report" reads them. */
static enum kunci_rc note(void *context, const struct kunci_flow_entry *entry,
                          struct kunci_err *err)
{
    struct play *play = context;
    char *line = NULL;
    enum kunci_rc rc;

    if (!play->command->out.json)
        return KUNCI_OK;
    if ((rc = kunci_flow_entry_write(entry, &line, err)) == KUNCI_OK)
        fprintf(play->command->out.file, "%s\n", line);
    free(line);
    return rc;
}

/* ---- requests within requests ---- */

static struct kunci_request *running(const struct play *play)
{
    return play->depth ? play->requests[play->depth - 1] : NULL;
}

static enum kunci_rc begin(struct play *play, const struct kunci_sop *sop, const char *reason,
                           struct kunci_err *err)
{
    struct kunci_request_begin how = {
        .applicant = "pemohon", .institution = "contoh", .reason = reason, .called = play->depth};
    char id[16];
    enum kunci_rc rc;

    if (play->depth == DEPTH)
        return fail(err, KUNCI_SOP_FAULTY, kunci_sop_name(sop), _("too many call each other"));
    snprintf(id, sizeof id, "%u", ++play->numbered);
    how.id = id;
    rc = kunci_request_new(sop, &how, &play->port, &play->requests[play->depth], err);
    play->depth += rc == KUNCI_OK;
    return rc;
}

/* It begins once the event that called it is over: until then nothing else may. */
static enum kunci_rc call(void *context, const struct kunci_request *request, const char *procedure,
                          const char *reason, struct kunci_err *err)
{
    struct play *play = context;

    (void)request;
    play->called = kunci_sop_find(play->book->book, procedure, NULL, NULL);
    play->reason = reason;
    return play->called ? KUNCI_OK : fail(err, KUNCI_SOP_NOT_FOUND, procedure, NULL);
}

static enum kunci_rc begin_called(struct play *play, struct kunci_err *err)
{
    const struct kunci_sop *called = play->called;

    play->called = NULL;
    return called ? begin(play, called, play->reason, err) : KUNCI_OK;
}

/* What is over goes, and whoever called it hears of it. */
static enum kunci_rc end_finished(struct play *play, struct kunci_err *err)
{
    struct kunci_request_view view;
    enum kunci_rc rc = KUNCI_OK;

    while (rc == KUNCI_OK && play->depth > 1) {
        struct kunci_flow_event event = {.verb = KUNCI_FLOW_RETURN, .actor = {.person = "kunci"}};

        kunci_request_look(running(play), play->now, &view);
        if (view.step)
            break;
        event.outcome = view.state;
        kunci_request_free(&play->requests[--play->depth]);
        rc = kunci_flow_apply(running(play), &event, &play->port, err);
    }
    return rc;
}

/* ---- one line ---- */

/* Cuts a line into words; the last one keeps its blanks. */
static unsigned cut(char *line, char *word[WORDS])
{
    unsigned count = 0;

    while (count < WORDS) {
        line += strspn(line, " \t");
        if (!*line || *line == '#')
            break;
        word[count++] = line;
        line += count < WORDS ? strcspn(line, " \t") : strlen(line);
        if (*line)
            *line++ = '\0';
    }
    return count;
}

static enum kunci_rc unknown(const char *word, struct kunci_err *err)
{
    return fail(err, KUNCI_PLAY_UNKNOWN, word, NULL);
}

/* "+90m", or a moment. */
static enum kunci_rc set_clock(struct play *play, const char *text, struct kunci_err *err)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end;
    long number;
    size_t i;

    if (*text != '+')
        return when_read(text, &play->now) ? KUNCI_OK : unknown(text, err);
    number = strtol(text + 1, &end, 10);
    for (i = 0; i < sizeof units / sizeof *units; i++)
        if (end > text + 1 && *end == units[i].unit && !end[1] && number >= 0 && number < 1000000) {
            play->now += number * units[i].seconds;
            return running(play) ? kunci_flow_tick(running(play), &play->port, err) : KUNCI_OK;
        }
    return unknown(text, err);
}

/* What a person may say behind his role, and which of an event's texts the next words are. */
enum part { NOTHING, OUTCOME, REASON, NAME, NAME_AND_VALUE };

static const struct saying {
    const char *word;
    enum kunci_flow_verb verb;
    enum kunci_flow_data data;
    enum part part;
} sayings[] = {
    {"do", KUNCI_FLOW_DO, 0, OUTCOME},
    {"reject", KUNCI_FLOW_REJECT, 0, REASON},
    {"withdraw", KUNCI_FLOW_WITHDRAW, 0, REASON},
    {"attach", KUNCI_FLOW_ATTACH, 0, NAME},
    {"fill", KUNCI_FLOW_FILL, KUNCI_FLOW_PERSON, NAME_AND_VALUE},
    {"letter", KUNCI_FLOW_FILL, KUNCI_FLOW_LETTER, NAME_AND_VALUE},
    {"card", KUNCI_FLOW_FILL, KUNCI_FLOW_CARD, NAME_AND_VALUE},
    {"ask", KUNCI_FLOW_ASK, 0, NAME},
    {"answer", KUNCI_FLOW_ANSWER, 0, REASON},
};

static const struct saying *find_saying(const char *word)
{
    size_t i;

    for (i = 0; word && i < sizeof sayings / sizeof *sayings; i++)
        if (strcmp(sayings[i].word, word) == 0)
            return &sayings[i];
    return NULL;
}

/* A reason may have blanks in it: its words were cut apart. */
static void join(char *first, char *second)
{
    if (second)
        second[-1] = ' ';
    (void)first;
}

static void take_parts(const struct saying *saying, char *first, char *second,
                       struct kunci_flow_event *event)
{
    event->verb = saying->verb;
    event->data = saying->data;
    if (saying->part == OUTCOME) {
        event->outcome = first;
    } else if (saying->part == REASON) {
        join(first, second);
        event->reason = first;
    } else {
        event->name = first;
        event->value = second;
    }
}

/* "op:siti do right" */
static enum kunci_rc say(struct play *play, char *word[WORDS], unsigned count,
                         struct kunci_err *err)
{
    const struct saying *saying = count > 1 ? find_saying(word[1]) : NULL;
    char *person = strchr(word[0], ':');
    struct kunci_flow_grant grant = {.role = word[0], .scope = ""};
    struct kunci_flow_event event = {.actor = {.grants = &grant, .grant_count = 1}};
    enum kunci_rc rc;

    if (!saying)
        return unknown(count > 1 ? word[1] : word[0], err);
    if (person)
        *person++ = '\0';
    event.actor.person = person && *person ? person : word[0];
    take_parts(saying, count > 2 ? word[2] : NULL, count > 3 ? word[3] : NULL, &event);
    rc = kunci_flow_apply(running(play), &event, &play->port, err);
    if (rc == KUNCI_OK && (rc = begin_called(play, err)) == KUNCI_OK)
        rc = end_finished(play, err);
    return rc;
}

static enum kunci_rc take_line(struct play *play, char *line, struct kunci_err *err)
{
    char *word[WORDS];
    unsigned count;

    line[strcspn(line, "\r\n")] = '\0';
    if ((count = cut(line, word)) == 0)
        return KUNCI_OK;
    if (count == 2 && strcmp(word[0], "clock") == 0)
        return set_clock(play, word[1], err);
    if (count == 3 && strcmp(word[0], "fact") == 0)
        return set_fact(play, word[1], word[2]) == KUNCI_OK ? KUNCI_OK : unknown(word[1], err);
    return say(play, word, count, err);
}

/* ---- the whole ---- */

static void show(const struct play *play)
{
    const struct out *out = &play->command->out;
    struct kunci_request_view view;
    char possible[512];

    if (out->json || !running(play))
        return;
    kunci_request_look(running(play), play->now, &view);
    if (!view.step) {
        out_printf(&play->command->out, _("It is over: %s.\n"), view.state);
        return;
    }
    kunci_request_possible(running(play), possible, sizeof possible);
    out_printf(&play->command->out, "%*s%s · %s · %s: %s\n", (int)(play->depth - 1) * 2, "",
               view.step, view.state, view.waits_for, possible);
}

static bool is_over(const struct play *play)
{
    struct kunci_request_view view;

    kunci_request_look(running(play), play->now, &view);
    return play->depth == 1 && !view.step;
}

/* A person may try again; in a file a refusal is the end. */
static enum kunci_rc take_lines(struct play *play, FILE *file, struct kunci_err *err)
{
    bool asked = isatty(fileno(file));
    char line[LINE];
    enum kunci_rc rc = KUNCI_OK;

    show(play);
    while (rc == KUNCI_OK && !is_over(play) && fgets(line, sizeof line, file)) {
        rc = take_line(play, line, err);
        if (rc != KUNCI_OK && asked) {
            out_error(&play->command->out, err);
            *err = (struct kunci_err)KUNCI_ERR_INIT;
            rc = KUNCI_OK;
        }
        if (rc == KUNCI_OK)
            show(play);
    }
    return rc;
}

static enum kunci_rc play_file(struct play *play, const char *path, struct kunci_err *err)
{
    FILE *file = path ? fopen(path, "re") : stdin;
    enum kunci_rc rc;

    if (!file)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    rc = take_lines(play, file, err);
    if (path)
        fclose(file);
    return rc;
}

enum kunci_rc cmd_sop_play(struct command *command, struct kunci_err *err)
{
    struct sop_book book;
    struct play play = {
        .command = command,
        .book = &book,
        .port = {
            .now = now, .fact = fact, .act = act, .call = call, .notify = notify, .log = note}};
    const struct kunci_sop *sop;
    enum kunci_rc rc;

    play.port.context = &play;
    if (command->argument_count > 2)
        return fail(err, KUNCI_USAGE_ARGUMENT, command->arguments[2], NULL);
    if ((rc = sop_book_open(command, &book, err)) == KUNCI_OK &&
        (rc = when_option(command, OPT_AT, kunci_now(), &play.now, err)) == KUNCI_OK &&
        (rc = sop_book_named(&book, command->argument, &sop, err)) == KUNCI_OK &&
        (rc = begin(&play, sop, NULL, err)) == KUNCI_OK)
        rc = play_file(&play, command->argument_count > 1 ? command->arguments[1] : NULL, err);
    while (play.depth)
        kunci_request_free(&play.requests[--play.depth]);
    sop_book_close(&book);
    return rc;
}
