/* kunci sop: the procedures listed, shown as their papers have them, and checked. */
#include "cli/file.h"
#include "cli/sop_book.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- list ---- */

static const struct column list_columns[] = {
    {"name", N_("Name"), false},   {"kind", N_("Kind"), false}, {"version", N_("Version"), false},
    {"title", N_("Title"), false}, {NULL, NULL, false},
};

static json_t *describe(const struct kunci_sop *sop)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "name", kunci_sop_name(sop), "kind",
                     kunci_sop_kind(sop), "version", kunci_sop_version(sop), "title",
                     kunci_sop_title(sop));
}

static enum kunci_rc list_book(struct command *command, const struct kunci_sop_book *book,
                               struct kunci_err *err)
{
    json_t *rows = json_array();
    enum kunci_rc rc = rows ? KUNCI_OK : fail_memory(err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < kunci_sop_book_count(book); i++)
        if (json_array_append_new(rows, describe(kunci_sop_at(book, i))) != 0)
            rc = fail_memory(err);
    if (rc == KUNCI_OK)
        out_table(&command->out, rows, list_columns);
    if (rc == KUNCI_OK)
        return out_put(command->answer, "procedures", rows, err);
    json_decref(rows);
    return rc;
}

enum kunci_rc cmd_sop_list(struct command *command, struct kunci_err *err)
{
    struct sop_book book;
    enum kunci_rc rc;

    if ((rc = sop_book_open(command, &book, err)) == KUNCI_OK)
        rc = list_book(command, book.book, err);
    sop_book_close(&book);
    return rc;
}

/* ---- show ---- */

/* Of the terminal; of a file or a pipe as many as a page takes. */
static unsigned columns_of(const struct out *out)
{
    enum { USUAL = 120, LEAST = 60 };
    struct winsize size;
    int fd = fileno(out->file);

    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return USUAL;
    return size.ws_col < LEAST ? LEAST : size.ws_col;
}

typedef enum kunci_rc drawing(const struct kunci_sop *sop, char **out, struct kunci_err *err);

static enum kunci_rc write_drawing(struct command *command, const struct kunci_sop *sop,
                                   enum option_id option, drawing *draw, struct kunci_err *err)
{
    const char *path = command->option[option];
    char *bytes = NULL;
    enum kunci_rc rc;

    if (!path)
        return KUNCI_OK;
    if ((rc = draw(sop, &bytes, err)) == KUNCI_OK)
        rc = file_write(command, path, bytes, strlen(bytes), err);
    free(bytes);
    return rc;
}

static enum kunci_rc show_table(struct command *command, const struct kunci_sop *sop,
                                struct kunci_err *err)
{
    char *text = NULL;
    enum kunci_rc rc = kunci_sop_text(sop, columns_of(&command->out), &text, err);

    if (rc == KUNCI_OK)
        out_printf(&command->out, "%s", text);
    free(text);
    return rc;
}

static enum kunci_rc answer_json(struct command *command, const struct kunci_sop *sop,
                                 struct kunci_err *err)
{
    char *text = NULL;
    enum kunci_rc rc = kunci_sop_json(sop, &text, err);

    if (rc == KUNCI_OK)
        rc = out_put(command->answer, "procedure", json_loads(text, 0, NULL), err);
    free(text);
    return rc;
}

static enum kunci_rc show(struct command *command, const struct kunci_sop *sop,
                          struct kunci_err *err)
{
    bool drawn = command->option[OPT_SVG] || command->option[OPT_HTML];
    enum kunci_rc rc;

    if ((rc = write_drawing(command, sop, OPT_SVG, kunci_sop_svg, err)) == KUNCI_OK)
        rc = write_drawing(command, sop, OPT_HTML, kunci_sop_html, err);
    if (rc == KUNCI_OK && command->out.json)
        rc = answer_json(command, sop, err);
    else if (rc == KUNCI_OK && !drawn)
        rc = show_table(command, sop, err);
    return rc;
}

static enum kunci_rc check_outputs(const struct command *command, struct kunci_err *err)
{
    const char *svg = command->option[OPT_SVG], *html = command->option[OPT_HTML];
    enum kunci_rc rc = svg ? file_check_new(command, svg, err) : KUNCI_OK;

    return rc == KUNCI_OK && html ? file_check_new(command, html, err) : rc;
}

enum kunci_rc cmd_sop_show(struct command *command, struct kunci_err *err)
{
    const struct kunci_sop *sop;
    struct sop_book book;
    enum kunci_rc rc;

    if ((rc = check_outputs(command, err)) != KUNCI_OK)
        return rc;
    if ((rc = sop_book_open(command, &book, err)) == KUNCI_OK &&
        (rc = sop_book_named(&book, command->argument, &sop, err)) == KUNCI_OK)
        rc = show(command, sop, err);
    sop_book_close(&book);
    return rc;
}

/* ---- check ---- */

static const struct column finding_columns[] = {
    {"level", N_("Level"), true},      {"step", N_("Step"), false},
    {"rule", N_("Rule"), false},       {"sentence", N_("What is wrong"), false},
    {"next", N_("What to do"), false}, {NULL, NULL, false},
};

static json_t *finding_json(const struct kunci_sop_finding *one)
{
    return json_pack("{s:s, s:s, s:s?, s:s, s:s}", "rule", one->rule, "level",
                     one->is_fault ? N_("fault") : N_("remark"), "step", one->step, "sentence",
                     one->sentence, "next", one->next);
}

static json_t *findings_json(const struct kunci_sop_findings *findings)
{
    json_t *array = json_array();
    size_t i;

    for (i = 0; array && i < findings->count; i++)
        if (json_array_append_new(array, finding_json(&findings->items[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static void show_findings(struct command *command, const struct kunci_sop *sop,
                          const json_t *findings)
{
    if (json_array_size(findings) == 0) {
        out_printf(&command->out, _("%s: no fault was found.\n"), kunci_sop_name(sop));
        return;
    }
    out_printf(&command->out, "%s\n", kunci_sop_name(sop));
    out_table(&command->out, findings, finding_columns);
}

static enum kunci_rc check_one(struct command *command, struct sop_book *book, const char *name,
                               json_t *answers, struct kunci_err *err)
{
    struct kunci_sop_findings findings = {.count = 0};
    const struct kunci_sop *sop;
    json_t *list = NULL;
    enum kunci_rc rc;

    if ((rc = sop_book_named(book, name, &sop, err)) != KUNCI_OK ||
        (rc = kunci_sop_check(sop, book->book, &findings, err)) != KUNCI_OK)
        return rc;
    command->exit_code |= findings.faults > 0;
    if (!(list = findings_json(&findings)))
        rc = fail_memory(err);
    else
        show_findings(command, sop, list);
    kunci_sop_findings_clear(&findings);
    if (rc == KUNCI_OK &&
        json_array_append_new(answers, json_pack("{s:s, s:s, s:o}", "name", name, "version",
                                                 kunci_sop_version(sop), "findings", list)) != 0)
        rc = fail_memory(err);
    return rc;
}

enum kunci_rc cmd_sop_check(struct command *command, struct kunci_err *err)
{
    json_t *answers = json_array();
    struct sop_book book;
    enum kunci_rc rc;
    size_t i;

    rc = sop_book_open(command, &book, err);
    if (rc == KUNCI_OK && !answers)
        rc = fail_memory(err);
    for (i = 0; rc == KUNCI_OK && i < command->argument_count; i++)
        rc = check_one(command, &book, command->arguments[i], answers, err);
    sop_book_close(&book);
    if (rc == KUNCI_OK)
        return out_put(command->answer, "procedures", answers, err);
    json_decref(answers);
    return rc;
}
